package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"healthcode.example/gate/picture"
)

// FuzzRead: any file is a text or a trouble in words, and as lines of a stream it is as many as it has.
func FuzzRead(f *testing.F) {
	f.Add([]byte("YK1:FUZZ\r\n"), false)
	f.Add([]byte("GIF89a\xff\xff\xff\xff\x80\x00\x00"), true)
	f.Add([]byte("shc:/1/2/5676\nshc:/2/2/2909"), false)
	f.Add(bytes.Repeat([]byte("A"), maxLine+1), false)
	f.Fuzz(func(t *testing.T, b []byte, expected bool) {
		ctx, cancel := context.WithTimeout(t.Context(), picture.MaxReading/4)
		defer cancel()
		in, err := Read(ctx, bytes.NewReader(b), "the input", expected)
		if err != nil || in.Text != "" && in.Trouble != "" {
			t.Errorf("text %q and trouble %q (%v)", in.Text, in.Trouble, err)
		}
		lines, parts, n := NewLines(bytes.NewReader(b)), Collector{}, 0
		for {
			l, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || !l.TooLong && len(l.Text) > maxLine || len(l.Text) > maxLine+2 {
				t.Fatalf("a line of %d bytes, too long: %v (%v)", len(l.Text), l.TooLong, err)
			}
			if l = parts.Take(l, time.Unix(int64(n), 0)); l.Part != nil && (l.Part.Missing < 1 || l.Part.Missing >= l.Part.Of) {
				t.Errorf("a part %+v", l.Part)
			}
			n++
		}
		if want := bytes.Count(b, []byte("\n")); n != want && n != want+1 {
			t.Errorf("%d lines of %d", n, want)
		}
	})
}

// FuzzJoin: several texts are joined if each is a part of a card, and one is left as it is.
func FuzzJoin(f *testing.F) {
	f.Add("shc:/1/2/5676\x00shc:/2/2/2909")
	f.Add("YK1:FUZZ")
	f.Fuzz(func(t *testing.T, all string) {
		texts := strings.Split(all, "\x00")
		joined, err := Join(texts)
		if err == nil && joined != strings.Join(texts, "\n") || err != nil && (joined != "" || len(texts) == 1) {
			t.Errorf("%q are joined to %q (%v)", texts, joined, err)
		}
	})
}
