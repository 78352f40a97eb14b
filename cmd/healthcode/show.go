package main

import (
	"io"

	"healthcode.example/office/files"
	"healthcode.example/wallet/symbol"
)

type showCommand struct {
	PNG   string  `name:"png" placeholder:"FILE" help:"Write the symbol as a PNG; - is standard output."`
	SVG   string  `name:"svg" placeholder:"FILE" help:"Write the symbol as an SVG; - is standard output."`
	Scale int     `default:"8" help:"Pixels of a module of the PNG, 1 to 64."`
	Code  *string `arg:"" help:"The text of a code, a file of it, or - for standard input."`
}

// Help gives the examples.
func (*showCommand) Help() string {
	return `What is drawn is the text as it stands: a phone's code shown so is a picture of a moment, which no gate accepts a minute later.

Examples:

    healthcode show demo/elder.txt
    healthcode show --png elder.png --scale 12 demo/elder.txt
    healthcode issue --document resident-id:990106194401303151 | healthcode show --svg elder.svg -`
}

// Run draws to the files that were asked for, or else to the terminal.
func (s *showCommand) Run(c *console) error {
	in, err := readCode(c, *s.Code)
	if err != nil {
		return err
	}
	if in.Trouble != "" {
		return usage("nothing to draw: %s", in.Trouble)
	}
	drawn, err := symbol.New(in.Text)
	if err != nil {
		return usage("this text has no symbol: %w", err)
	}
	if s.PNG != "" {
		b, err := drawn.PNG(s.Scale)
		if err != nil {
			return usage("--scale: %w", err)
		}
		if err := c.write(s.PNG, b); err != nil {
			return err
		}
	}
	if s.SVG != "" {
		if err := c.write(s.SVG, drawn.SVG()); err != nil {
			return err
		}
	}
	if s.PNG != "" || s.SVG != "" {
		return nil
	}
	return drawn.Draw(c.out, c.colour)
}

// write makes or replaces a file that only its owner reads, since a code is somebody's, whole or not at all; - is standard output.
func (c *console) write(path string, b []byte) error {
	if path == "-" {
		_, err := c.out.Write(b)
		return err
	}
	return files.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
