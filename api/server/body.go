package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
)

const mediaJSON = "application/json"

// buffers are for bodies of requests and of responses.
var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 4096)) }}

func takeBuffer() *bytes.Buffer {
	b, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

// giveBuffer returns a buffer to the pool, unless one large request would keep its memory for good.
func giveBuffer(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		buffers.Put(b)
	}
}

// wantMediaType refuses a body that says it is of another media type; parameters are not looked at.
func wantMediaType(c *echo.Context, want string) error {
	given := c.Request().Header.Get("Content-Type")
	if given == want { // as nearly everybody writes it
		return nil
	}
	if got, _, _ := mime.ParseMediaType(given); got == want {
		return nil
	}
	return api.NewProblem(api.CodeMediaType, "send the header Content-Type: "+want)
}

// readBody reads the request's body, which says that it is of the media type, into b. More than the limit is a problem.
func (s *Server) readBody(c *echo.Context, b *bytes.Buffer, mediaType string) error {
	if err := wantMediaType(c, mediaType); err != nil {
		return err
	}
	r := c.Request()
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return api.NewProblem(api.CodeContentEncoding, "send the body without Content-Encoding")
	}
	limited := io.LimitedReader{R: r.Body, N: s.config.MaxBody + 1}
	_, err := b.ReadFrom(&limited)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.Response().Header()["Connection"] = closing
		return api.NewProblem(api.CodeTimeout, "send the whole request within "+s.config.ReadTimeout.String())
	case err != nil:
		return api.NewProblem(api.CodeInvalidRequest, "the body ended early: send as many bytes as Content-Length says")
	case limited.N <= 0:
		return s.tooLarge(c)
	}
	return nil
}

// tooLarge closes the connection when the answer is out; politely sees to it that it arrives.
func (s *Server) tooLarge(c *echo.Context) error {
	c.Response().Header()["Connection"] = closing
	return api.NewProblem(api.CodeTooLarge, "send at most "+strconv.FormatInt(s.config.MaxBody, 10)+" bytes; more codes go into several requests")
}

// send writes v as JSON.
func send(c *echo.Context, status int, mediaType []string, v any) error {
	b := takeBuffer()
	defer giveBuffer(b)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	return sendBytes(c, status, mediaType, b.Bytes())
}

// sendPrivate writes v as JSON that nobody between here and the caller may keep.
func sendPrivate(c *echo.Context, status int, v any) error {
	c.Response().Header()["Cache-Control"] = noStore
	return send(c, status, jsonType, v)
}

func sendBytes(c *echo.Context, status int, mediaType []string, body []byte) error {
	w := c.Response()
	w.Header()["Content-Type"] = mediaType
	if len(body) > 2048 || w.Header()["Connection"] != nil { // others net/http counts itself, if nothing comes behind them
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
