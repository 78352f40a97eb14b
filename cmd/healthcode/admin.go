package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// While a service runs, it has the store. A command that finds it in use sends its arguments through a socket in the data directory, which only
// the owner may enter, and the service runs the same command on its open office. The command's side then does what the service asks for: it
// writes the output and reads and writes the files that the arguments name. Every message is one JSON value.

const adminSocket = "admin.sock"

// administrative are the commands that a service runs for another process, by kong's names.
var administrative = []string{"import <file>", "evidence add", "person show", "person add", "person correct", "person merge",
	"person bind", "person unbind", "person guardians", "person end-paper", "person lost", "person deceased", "person erase", "person overrides", "person alike", "issue", "keys list", "keys publish", "keys activate <key>", "keys retire <key>",
	"keys compromise <key>", "bundle export", "partner add", "partner list", "partner remove <name>"}

// adminOrder opens a connection.
type adminOrder struct {
	Args     []string
	Terminal bool
	Colour   bool
	Progress bool
	Program  string
}

// adminCall is what the service asks of the command's side; each is answered, except exit.
type adminCall struct {
	Op   string // out, err, in, open, read, create, write, keep, drop, save, exit
	Path string `json:",omitempty"`
	Data []byte `json:",omitempty"`
	Code int    `json:",omitempty"`
}

type adminReply struct {
	Data      []byte `json:",omitempty"`
	End       bool   `json:",omitempty"`
	Error     string `json:",omitempty"`
	Code      int    `json:",omitempty"` // the exit code that the error asks for
	Interrupt bool   `json:",omitempty"` // answers nothing: the person has pressed Ctrl-C
}

// adminDrain is how long a command may take to end when the service does.
const adminDrain = 5 * time.Second

// offerAdministration runs commands for other processes until the returned function is called, which waits for their end. after is called when
// a command has ended and before its caller learns of it. A service that cannot offer this serves all the same, and says so.
func (o *office) offerAdministration(ctx context.Context, c *console, log *slog.Logger, after func(context.Context)) (stop func()) {
	path := filepath.Join(o.dir, adminSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by a service that was killed: the store's lock is ours
		log.Error("no administration while this runs", slog.Any("error", err))
		return func() {}
	}
	listener, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		log.Error("no administration while this runs", slog.Any("error", err))
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed by stop
			}
			busy.Go(func() { o.administer(ctx, c, conn, after) })
		}
	})
	return func() {
		cancel()
		_ = listener.Close() // which removes the socket
		busy.Wait()
	}
}

// administer runs one command.
func (o *office) administer(ctx context.Context, c *console, conn net.Conn, after func(context.Context)) {
	defer func() { _ = conn.Close() }()
	order, in, err := readOrder(conn)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(adminDrain)) })()
	s := &adminSession{in: in, out: json.NewEncoder(conn), replies: make(chan adminReply), gone: make(chan struct{})}
	command, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.receive(cancel)
	session := &console{
		in: &adminInput{session: s, op: "in"}, out: adminStream{s, "out"}, err: adminStream{s, "err"}, files: s, office: o,
		terminal: order.Terminal, colour: order.Colour, progress: order.Progress, program: order.Program, now: c.now, rand: c.rand,
	}
	code := run(command, order.Args, session)
	after(ctx)
	s.calling.Lock()
	defer s.calling.Unlock()
	_ = s.out.Encode(adminCall{Op: "exit", Code: code}) // who is gone does not hear it
}

// maxOrder bounds the first message: more than any command line of the systems that we know. adminPatience is how long it may take to come: it is
// sent as soon as the connection is there.
const (
	maxOrder      = 8 << 20
	adminPatience = 5 * time.Second
)

// readOrder reads the first message of a connection, of bounded length and within a bounded time, and gives the reader of all further ones.
func readOrder(conn net.Conn) (order adminOrder, in *json.Decoder, err error) {
	if err := conn.SetReadDeadline(time.Now().Add(adminPatience)); err != nil {
		return order, nil, err
	}
	first := &io.LimitedReader{R: conn, N: maxOrder}
	in = json.NewDecoder(first)
	if err := in.Decode(&order); err != nil {
		return order, nil, err
	}
	first.N = math.MaxInt64 // what follows comes in the pieces that the service asks for
	return order, in, conn.SetReadDeadline(time.Time{})
}

// adminSession is the service's side of one connection. It is safe for concurrent use.
type adminSession struct {
	calling sync.Mutex
	in      *json.Decoder
	out     *json.Encoder
	replies chan adminReply
	gone    chan struct{}
}

// receive passes replies on until the connection ends, which interrupts the command like Ctrl-C.
func (s *adminSession) receive(interrupt func()) {
	defer interrupt()
	defer close(s.gone)
	for {
		var reply adminReply
		if s.in.Decode(&reply) != nil {
			return
		}
		if reply.Interrupt {
			interrupt()
			continue
		}
		s.replies <- reply
	}
}

// call asks the other side for something and waits for its answer.
func (s *adminSession) call(op, path string, data []byte) (adminReply, error) {
	s.calling.Lock()
	defer s.calling.Unlock()
	if err := s.out.Encode(adminCall{Op: op, Path: path, Data: data}); err != nil {
		return adminReply{}, err
	}
	select {
	case reply := <-s.replies:
		if reply.Error != "" {
			err := errors.New(reply.Error)
			if reply.Code != 0 {
				return reply, &exitError{reply.Code, err}
			}
			return reply, err
		}
		return reply, nil
	case <-s.gone:
		return adminReply{}, errors.New("whoever gave the command is gone")
	}
}

type adminStream struct {
	session *adminSession
	op      string
}

func (w adminStream) Write(b []byte) (int, error) {
	if _, err := w.session.call(w.op, "", b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// adminInput reads standard input or the open file of the other side. It is for one goroutine at a time.
type adminInput struct {
	session *adminSession
	op      string
	left    []byte
}

func (i *adminInput) Read(b []byte) (int, error) {
	if len(i.left) == 0 {
		reply, err := i.session.call(i.op, "", nil)
		if err != nil {
			return 0, err
		}
		if reply.End {
			return 0, io.EOF
		}
		i.left = reply.Data
	}
	n := copy(b, i.left)
	i.left = i.left[n:]
	return n, nil
}

// Close does nothing: the other side closes its file when the command ends.
func (*adminInput) Close() error { return nil }

func (s *adminSession) open(path string) (io.ReadCloser, error) {
	_, err := s.call("open", path, nil)
	return &adminInput{session: s, op: "read"}, err
}

func (s *adminSession) save(path string, b []byte) error {
	_, err := s.call("save", path, b)
	return err
}

func (s *adminSession) mkdir(path string) error {
	_, err := s.call("mkdir", path, nil)
	return err
}

type adminOutput struct{ adminStream }

func (o adminOutput) keep() error { _, err := o.session.call("keep", "", nil); return err }
func (o adminOutput) drop()       { _, _ = o.session.call("drop", "", nil) } // after an error that is told

func (s *adminSession) create(path string) (output, error) {
	_, err := s.call("create", path, nil)
	return adminOutput{adminStream{s, "write"}}, err
}

// forward sends this process's command line to the service that runs on the directory. done is false where none does.
func forward(ctx context.Context, c *console, dir string) (done bool, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, adminSocket))
	if err != nil {
		return false, nil
	}
	defer func() { _ = conn.Close() }()
	a := &adminClient{c: c, out: json.NewEncoder(conn)}
	defer a.end()
	if err := a.out.Encode(adminOrder{c.args, c.terminal, c.colour, c.progress, c.program}); err != nil {
		return true, fmt.Errorf("ask the running service: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = a.send(adminReply{Interrupt: true}) })()
	for in := json.NewDecoder(conn); ; {
		var call adminCall
		if err := in.Decode(&call); err != nil {
			return true, fmt.Errorf("the running service broke off; what it has acknowledged is done: %w", err)
		}
		if call.Op == "exit" {
			return true, &exitError{code: call.Code}
		}
		data, err := a.serve(call)
		reply := adminReply{Data: data, End: errors.Is(err, io.EOF)}
		if err != nil && !reply.End {
			reply.Error, reply.Code = err.Error(), exitCode(err, 0)
		}
		if err := a.send(reply); err != nil {
			return true, fmt.Errorf("answer the running service: %w", err)
		}
	}
}

// adminClient does what the service asks for.
type adminClient struct {
	c       *console
	sending sync.Mutex
	out     *json.Encoder
	input   io.ReadCloser
	output  output
}

func (a *adminClient) send(reply adminReply) error {
	a.sending.Lock()
	defer a.sending.Unlock()
	return a.out.Encode(reply)
}

func (a *adminClient) end() {
	if a.input != nil {
		_ = a.input.Close() // only read
	}
	if a.output != nil {
		a.output.drop()
	}
}

// serve answers one call. A service gets at no file but those that the arguments name; into a directory that they name it may only save.
func (a *adminClient) serve(call adminCall) (data []byte, err error) {
	named := func(path string) bool {
		return slices.ContainsFunc(a.c.args, func(arg string) bool {
			_, value, _ := strings.Cut(arg, "=")
			return arg == path || strings.HasSuffix(arg, "="+path) || filepath.Clean(arg) == path || value != "" && filepath.Clean(value) == path // as in lists/
		})
	}
	if call.Path != "" && !named(call.Path) && (call.Op != "save" || !named(filepath.Dir(call.Path))) {
		return nil, fmt.Errorf("the command names no file %s", call.Path)
	}
	switch call.Op {
	case "out":
		_, err = a.c.out.Write(call.Data)
	case "err":
		_, err = a.c.err.Write(call.Data)
	case "in":
		return readSome(a.c.in)
	case "open":
		a.input, err = a.c.files.open(call.Path)
	case "save":
		err = a.c.files.save(call.Path, call.Data)
	case "mkdir":
		err = a.c.files.mkdir(call.Path)
	case "create":
		var begun output
		if begun, err = a.c.files.create(call.Path); err == nil {
			a.output = begun
		}
	case "read":
		if a.input == nil {
			return nil, errors.New("no file is open")
		}
		return readSome(a.input)
	case "write", "keep", "drop":
		err = a.write(call)
	default:
		err = fmt.Errorf("the running service asks for %q, which this program does not know: it is of another version", call.Op)
	}
	return nil, err
}

func (a *adminClient) write(call adminCall) error {
	if a.output == nil {
		return errors.New("no file is begun")
	}
	switch call.Op {
	case "write":
		_, err := io.Copy(a.output, bytes.NewReader(call.Data))
		return err
	case "keep":
		return a.output.keep()
	}
	a.output.drop()
	return nil
}

// adminChunk is what is read at once.
const adminChunk = 32 << 10

func readSome(r io.Reader) ([]byte, error) {
	b := make([]byte, adminChunk)
	n, err := r.Read(b)
	if n > 0 {
		err = nil // it comes again at the next call
	}
	return b[:n], err
}
