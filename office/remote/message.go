// Package remote lets a running service do commands for other processes. While it runs, it has the store. A command that finds the store in use sends its
// arguments through a socket in the data directory, which only the owner may enter, and the service runs the same command on its open office. The command's
// side then does what the service asks for: it writes the output and reads and writes the files that the arguments name. Every message is one JSON value.
package remote

// Socket is the name of the socket in the data directory.
const Socket = "admin.sock"

// Order opens a connection: a command line, and what its process knows of its terminal.
type Order struct {
	Args     []string
	Terminal bool
	Colour   bool
	Progress bool
	Program  string
}

// call is what the service asks of the command's side; each is answered, except exit.
type call struct {
	Op   string // out, err, in, open, read, create, write, keep, drop, save, exit
	Path string `json:",omitempty"`
	Data []byte `json:",omitempty"`
	Code int    `json:",omitempty"`
}

type reply struct {
	Data      []byte `json:",omitempty"`
	End       bool   `json:",omitempty"`
	Error     string `json:",omitempty"`
	Code      int    `json:",omitempty"` // the exit code that the error asks for
	Interrupt bool   `json:",omitempty"` // answers nothing: the person has pressed Ctrl-C
}
