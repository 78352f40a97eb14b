package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"healthcode.example/office/files"
)

// Console is this process's side of a command that a service does: what the service may reach here.
type Console struct {
	In    io.Reader
	Out   io.Writer
	Err   io.Writer
	Files files.Files
	Code  func(error) int // the exit code that an error of Files asks for; 0: none
}

// Forward sends the order to the service that has the socket at path, does here what the service asks for, and gives the exit code of the command. done is
// false where no service runs.
func Forward(ctx context.Context, path string, order Order, c Console) (code int, done bool, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return 0, false, nil
	}
	defer func() { _ = conn.Close() }()
	a := &client{Console: c, args: order.Args, out: json.NewEncoder(conn)}
	defer a.end()
	if err := a.out.Encode(order); err != nil {
		return 0, true, fmt.Errorf("ask the running service: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = a.send(reply{Interrupt: true}) })()
	for in := json.NewDecoder(conn); ; {
		var asked call
		if err := in.Decode(&asked); err != nil {
			return 0, true, fmt.Errorf("the running service broke off; what it has acknowledged is done: %w", err)
		}
		if asked.Op == "exit" {
			return asked.Code, true, nil
		}
		data, err := a.serve(asked)
		answer := reply{Data: data, End: errors.Is(err, io.EOF)}
		if err != nil && !answer.End {
			answer.Error, answer.Code = err.Error(), c.Code(err)
		}
		if err := a.send(answer); err != nil {
			return 0, true, fmt.Errorf("answer the running service: %w", err)
		}
	}
}

// client does what the service asks for.
type client struct {
	Console
	args    []string
	sending sync.Mutex
	out     *json.Encoder
	input   io.ReadCloser
	output  files.Output
}

func (a *client) send(answer reply) error {
	a.sending.Lock()
	defer a.sending.Unlock()
	return a.out.Encode(answer)
}

func (a *client) end() {
	if a.input != nil {
		_ = a.input.Close() // only read
	}
	if a.output != nil {
		a.output.Drop()
	}
}

// serve answers one call. A service gets at no file but those that the arguments name; into a directory that they name it may only save.
func (a *client) serve(asked call) (data []byte, err error) {
	named := func(path string) bool {
		return slices.ContainsFunc(a.args, func(arg string) bool {
			_, value, _ := strings.Cut(arg, "=")
			return arg == path || strings.HasSuffix(arg, "="+path) || filepath.Clean(arg) == path || value != "" && filepath.Clean(value) == path // as in lists/
		})
	}
	if asked.Path != "" && !named(asked.Path) && (asked.Op != "save" || !named(filepath.Dir(asked.Path))) {
		return nil, fmt.Errorf("the command names no file %s", asked.Path)
	}
	switch asked.Op {
	case "out":
		_, err = a.Out.Write(asked.Data)
	case "err":
		_, err = a.Err.Write(asked.Data)
	case "in":
		return readSome(a.In)
	case "open":
		a.input, err = a.Files.Open(asked.Path)
	case "save":
		err = a.Files.Save(asked.Path, asked.Data)
	case "mkdir":
		err = a.Files.Mkdir(asked.Path)
	case "create":
		var begun files.Output
		if begun, err = a.Files.Create(asked.Path); err == nil {
			a.output = begun
		}
	case "read":
		if a.input == nil {
			return nil, errors.New("no file is open")
		}
		return readSome(a.input)
	case "write", "keep", "drop":
		err = a.write(asked)
	default:
		err = fmt.Errorf("the running service asks for %q, which this program does not know: it is of another version", asked.Op)
	}
	return nil, err
}

func (a *client) write(asked call) error {
	if a.output == nil {
		return errors.New("no file is begun")
	}
	switch asked.Op {
	case "write":
		_, err := io.Copy(a.output, bytes.NewReader(asked.Data))
		return err
	case "keep":
		return a.output.Keep()
	}
	a.output.Drop()
	return nil
}

// chunk is what is read at once.
const chunk = 32 << 10

func readSome(r io.Reader) ([]byte, error) {
	b := make([]byte, chunk)
	n, err := r.Read(b)
	if n > 0 {
		err = nil // it comes again at the next call
	}
	return b[:n], err
}
