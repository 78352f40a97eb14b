package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"healthcode.example/credential"
	"healthcode.example/gate/scan"
)

// readCode takes the argument of verify and show: - is standard input, a code is itself, whatever names a file is that file, and everything
// else is a text to be judged as it is.
func readCode(c *console, arg string) (scan.Input, error) {
	ctx := context.Background() // an interrupt does not make a picture a slow one
	if arg == "-" {
		return scan.Read(ctx, c.in, "standard input", false)
	}
	if strings.HasPrefix(arg, credential.Prefix) {
		return scan.Input{Text: arg}, nil
	}
	f, err := os.Open(arg)
	if err != nil {
		if looksLikeFile(arg) {
			return scan.Input{}, fmt.Errorf("no code could be read: %w", err)
		}
		return scan.Input{Text: arg}, nil
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return scan.Input{}, usage("%s is a directory: give one of the files in it", arg)
	}
	return scan.Read(ctx, f, arg, isPictureName(arg))
}

func isPictureName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif":
		return true
	}
	return false
}

func looksLikeFile(arg string) bool {
	return isPictureName(arg) || strings.EqualFold(filepath.Ext(arg), ".txt") || strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../") ||
		strings.Contains(arg, "/") && !strings.Contains(arg, ":") // a code of another format may hold a /
}
