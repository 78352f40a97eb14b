package server

import (
	"io"
	"net/http"
)

// politely answers requests with large bodies so that whoever sends one can read the answer. A connection that is closed while something of the
// request is on its way is reset, and a reset takes the answer away from a client that sends to the end before it reads (RFC 9112 §9.6). So the
// answer goes out first, and then what is left of the body is read and thrown away, up to maxDrain bytes and within the time that a request may
// take; after that the connection is closed, whatever still comes. A body that says it is longer than that is not read at all.
func politely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength >= 0 && r.ContentLength <= readAnyway {
			next.ServeHTTP(w, r)
			return
		}
		control := http.NewResponseController(w)
		if control.EnableFullDuplex() != nil { // only then may a body be read behind the answer; without a socket there is none to reset
			next.ServeHTTP(w, r)
			return
		}
		body := &watchedBody{ReadCloser: r.Body}
		r.Body = body
		next.ServeHTTP(w, r)
		waiting := r.Header.Get("Expect") != "" && !body.begun // for our word before it sends anything
		if body.ended || waiting || r.ContentLength > maxDrain || control.Flush() != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, body, maxDrain) // the answer is sent, and there is nobody to tell
	})
}

// watchedBody knows how far it was read.
type watchedBody struct {
	io.ReadCloser
	begun, ended bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.begun = true
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err != nil
	return n, err
}
