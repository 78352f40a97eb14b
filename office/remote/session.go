package remote

import (
	"encoding/json"
	"errors"
	"io"
	"sync"

	"healthcode.example/office/files"
)

// Failure is an error of the other process that asks for an exit code.
type Failure struct {
	Code int
	Err  error
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the error.
func (f *Failure) Unwrap() error { return f.Err }

// Session is the service's side of one connection: the streams and the files of the other process. It is safe for concurrent use, but for a file or the
// input, which are for one goroutine at a time.
type Session struct {
	calling sync.Mutex
	in      *json.Decoder
	out     *json.Encoder
	replies chan reply
	gone    chan struct{} // closed when the other process is
	over    chan struct{} // closed when the command has ended
}

func newSession(in *json.Decoder, out io.Writer) *Session {
	return &Session{in: in, out: json.NewEncoder(out), replies: make(chan reply), gone: make(chan struct{}), over: make(chan struct{})}
}

// receive passes replies on until the connection ends, which interrupts the command like Ctrl-C, or the command does: what nobody has asked for is
// taken by nobody.
func (s *Session) receive(interrupt func()) {
	defer interrupt()
	defer close(s.gone)
	for {
		var got reply
		if s.in.Decode(&got) != nil {
			return
		}
		if got.Interrupt {
			interrupt()
			continue
		}
		select {
		case s.replies <- got:
		case <-s.over:
			return
		}
	}
}

// ask asks the other side for something and waits for its answer.
func (s *Session) ask(op, path string, data []byte) (reply, error) {
	s.calling.Lock()
	defer s.calling.Unlock()
	if err := s.out.Encode(call{Op: op, Path: path, Data: data}); err != nil {
		return reply{}, err
	}
	select {
	case got := <-s.replies:
		if got.Error != "" {
			err := errors.New(got.Error)
			if got.Code != 0 {
				return got, &Failure{got.Code, err}
			}
			return got, err
		}
		return got, nil
	case <-s.gone:
		return reply{}, errors.New("whoever gave the command is gone")
	}
}

// In is the other process's standard input. It is to be called once.
func (s *Session) In() io.Reader { return &input{session: s, op: "in"} }

// Out is its standard output.
func (s *Session) Out() io.Writer { return stream{s, "out"} }

// Err is its standard error.
func (s *Session) Err() io.Writer { return stream{s, "err"} }

type stream struct {
	session *Session
	op      string
}

func (w stream) Write(b []byte) (int, error) {
	if _, err := w.session.ask(w.op, "", b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// input reads standard input or the open file of the other side. It is for one goroutine at a time.
type input struct {
	session *Session
	op      string
	left    []byte
}

func (i *input) Read(b []byte) (int, error) {
	if len(i.left) == 0 {
		got, err := i.session.ask(i.op, "", nil)
		if err != nil {
			return 0, err
		}
		if got.End {
			return 0, io.EOF
		}
		i.left = got.Data
	}
	n := copy(b, i.left)
	i.left = i.left[n:]
	return n, nil
}

// Close does nothing: the other side closes its file when the command ends.
func (*input) Close() error { return nil }

// Open is of files.Files.
func (s *Session) Open(path string) (io.ReadCloser, error) {
	_, err := s.ask("open", path, nil)
	return &input{session: s, op: "read"}, err
}

// Save is of files.Files.
func (s *Session) Save(path string, b []byte) error {
	_, err := s.ask("save", path, b)
	return err
}

// Mkdir is of files.Files.
func (s *Session) Mkdir(path string) error {
	_, err := s.ask("mkdir", path, nil)
	return err
}

type output struct{ stream }

func (o output) Keep() error { _, err := o.session.ask("keep", "", nil); return err }
func (o output) Drop()       { _, _ = o.session.ask("drop", "", nil) } // after an error that is told

// Create is of files.Files.
func (s *Session) Create(path string) (files.Output, error) {
	_, err := s.ask("create", path, nil)
	return output{stream{s, "write"}}, err
}
