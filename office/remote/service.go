package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"os"
	"sync"
	"time"
)

// drain is how long a command may take to end when the service does.
const drain = 5 * time.Second

// Service runs commands for other processes. Do does one on the session, which is the other process's side of it, and gives the exit code; After is
// called when a command has ended and before its caller learns of it. Both are called concurrently.
type Service struct {
	Path  string // of the socket
	Do    func(ctx context.Context, order Order, s *Session) (code int)
	After func(ctx context.Context)
	Log   *slog.Logger
}

// Offer opens the socket and works until the returned function is called, which waits for the end of what is under way. A service that cannot offer this
// serves all the same, and says so in the log.
func (v *Service) Offer(ctx context.Context) (stop func()) {
	if err := os.Remove(v.Path); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by a service that was killed: the store's lock is ours
		v.Log.Error("no administration while this runs", slog.Any("error", err))
		return func() {}
	}
	listener, err := net.Listen("unix", v.Path)
	if err == nil {
		err = os.Chmod(v.Path, 0o600)
	}
	if err != nil {
		v.Log.Error("no administration while this runs", slog.Any("error", err))
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
			busy.Go(func() { v.administer(ctx, conn) })
		}
	})
	return func() {
		cancel()
		_ = listener.Close() // which removes the socket
		busy.Wait()
	}
}

// administer runs one command.
func (v *Service) administer(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	order, in, err := readOrder(conn)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(drain)) })()
	s := newSession(in, conn)
	defer close(s.over)
	command, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.receive(cancel)
	code := v.Do(command, order, s)
	v.After(ctx)
	s.calling.Lock()
	defer s.calling.Unlock()
	_ = s.out.Encode(call{Op: "exit", Code: code}) // who is gone does not hear it
}

// maxOrder bounds the first message: more than any command line of the systems that we know. patience is how long it may take to come: it is
// sent as soon as the connection is there.
const (
	maxOrder = 8 << 20
	patience = 5 * time.Second
)

// readOrder reads the first message of a connection, of bounded length and within a bounded time, and gives the reader of all further ones.
func readOrder(conn net.Conn) (order Order, in *json.Decoder, err error) {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
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
