package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"healthcode.example/credential"
)

// maxInput bounds a file or standard input that is to hold one code: enough for any picture within maxPixels that a camera makes.
const maxInput = 32 << 20

// input is what an argument turned out to be: the text of a symbol, or the trouble with the picture that should have held one.
type input struct {
	text    string
	trouble string
}

// readCode takes the argument of verify and show: - is standard input, a code is itself, whatever names a file is that file, and everything
// else is a text to be judged as it is.
func readCode(c *console, arg string) (input, error) {
	if arg == "-" {
		return readInput(c.in, "standard input", false)
	}
	if strings.HasPrefix(arg, credential.Prefix) {
		return input{text: arg}, nil
	}
	f, err := os.Open(arg)
	if err != nil {
		if looksLikeFile(arg) {
			return input{}, usage("no code could be read: %w", err)
		}
		return input{text: arg}, nil
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return input{}, usage("%s is a directory: give one of the files in it", arg)
	}
	return readInput(f, arg, isPictureName(arg))
}

func isPictureName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif":
		return true
	}
	return false
}

func looksLikeFile(arg string) bool {
	return isPictureName(arg) || strings.EqualFold(filepath.Ext(arg), ".txt") || strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../")
}

// readInput tells a picture from a text by its first bytes.
func readInput(r io.Reader, name string, picture bool) (input, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			return input{}, fmt.Errorf("no code could be read: %w", err)
		}
		return input{}, fmt.Errorf("no code could be read from %s: %w", name, err)
	}
	kind := http.DetectContentType(b)
	switch {
	case kind == "image/png" || kind == "image/jpeg" || kind == "image/gif":
		if len(b) > maxInput {
			return input{trouble: fmt.Sprintf("picture of more than %d MiB", maxInput>>20)}, nil
		}
		return readPicture(b), nil
	case picture || strings.HasPrefix(kind, "image/"):
		return input{trouble: "file that is no PNG, JPEG or GIF picture"}, nil
	}
	return input{text: string(trimLine(b))}, nil
}

// trimLine takes the end of the line off, and no other white space: a code may end with a space.
func trimLine(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}
