// Package scan takes in what comes before a gate: one code as a text, a file or a picture, or line after line of a scanner. What it gives is to be
// judged and has not been.
package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"healthcode.example/gate/picture"
)

// maxInput bounds a file or standard input that is to hold one code: enough for any picture that a camera makes and package picture searches.
const maxInput = 64 << 20

// Input is what one input turned out to be: the text of a symbol, or in words the trouble with the picture that should have held one.
type Input struct {
	Text    string
	Trouble string // empty: none
}

// Read reads one code. It tells a picture from a text by its first bytes; name is how an error calls the input, and expected says that a picture was
// promised. A symbol that is not found within picture.MaxReading, or before the end of the context, is a trouble with the picture.
func Read(ctx context.Context, r io.Reader, name string, expected bool) (Input, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			return Input{}, fmt.Errorf("no code could be read: %w", err)
		}
		return Input{}, fmt.Errorf("no code could be read from %s: %w", name, err)
	}
	kind := http.DetectContentType(b)
	switch {
	case kind == "image/png" || kind == "image/jpeg" || kind == "image/gif":
		if len(b) > maxInput {
			return Input{Trouble: fmt.Sprintf("picture of more than %d MiB", maxInput>>20)}, nil
		}
		ctx, cancel := context.WithTimeout(ctx, picture.MaxReading) // from here on: how long the bytes took is not the picture's doing
		defer cancel()
		text, err := picture.Read(ctx, b)
		if err != nil {
			return Input{Trouble: err.Error()}, nil
		}
		return Input{Text: text}, nil
	case expected || strings.HasPrefix(kind, "image/"):
		return Input{Trouble: "file that is no PNG, JPEG or GIF picture"}, nil
	}
	return Input{Text: string(trimLine(b))}, nil
}

// trimLine takes the end of the line off, and no other white space: a code may end with a space.
func trimLine(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}
