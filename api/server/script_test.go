package server_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The scripts in testdata speak HTTP as text. A line begins with
//
//	> METHOD PATH     a request, with lines "> Name: value" for its header
//	>> text           its body; several lines are joined
//	>>x hexadecimal   its body when it is no text
//	< STATUS          what must come, with lines "< Name: text" for what a header must contain
//	<< text           what the body must contain
//	<! text           what the body must not contain
//	<$name Name       keep a header of the answer as $name
//	= +25h            let time pass
//	= publish, = red child   publish a snapshot, record a positive test
//	= log in                 give the guardian a new session
//
// $name stands for a value of the world.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{world: newWorld(t)}
			s.values = s.variables()
			for n, line := range strings.Split(string(text), "\n") {
				if err := s.step(line); err != nil {
					t.Fatalf("%s:%d: %s: %v", file, n+1, line, err)
				}
			}
			if err := s.call(); err != nil {
				t.Fatalf("%s: at its end: %v", file, err)
			}
		})
	}
}

type script struct {
	*world
	values map[string]string

	method, path, body string
	header             http.Header
	answer             *http.Response
	got                string
}

var variable = regexp.MustCompile(`\$[a-z_]+`)

func (s *script) expand(line string) string {
	return variable.ReplaceAllStringFunc(line, func(name string) string {
		if v, ok := s.values[name[1:]]; ok {
			return v
		}
		return name
	})
}

func (s *script) step(line string) error {
	head, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	name, isKept := strings.CutPrefix(head, "<$")
	if !isKept {
		rest = s.expand(rest)
	}
	if strings.HasPrefix(head, "<") {
		if err := s.call(); err != nil {
			return err
		}
	}
	switch {
	case head == "" || strings.HasPrefix(head, "#"):
		return nil
	case head == ">":
		return s.request(rest)
	case head == ">>":
		s.body += rest
		return nil
	case head == ">>x":
		b, err := hex.DecodeString(rest)
		s.body += string(b)
		return err
	case head == "<":
		return s.expect(rest)
	case head == "<<" && !strings.Contains(s.got, rest):
		return fmt.Errorf("the body is %.600s", s.got)
	case head == "<!" && strings.Contains(s.got, rest):
		return fmt.Errorf("the body has it: %.600s", s.got)
	case head == "<<" || head == "<!":
		return nil
	case isKept:
		s.values[name] = s.answer.Header.Get(rest)
		return nil
	case head == "=":
		return s.happen(rest)
	}
	return fmt.Errorf("no such step")
}

func (s *script) request(rest string) error {
	if name, value, ok := strings.Cut(rest, ": "); ok {
		s.header.Set(name, value)
		return nil
	}
	if err := s.call(); err != nil {
		return err
	}
	s.method, s.path, _ = strings.Cut(rest, " ")
	s.header, s.body, s.answer = http.Header{"Content-Type": {"application/json"}}, "", nil
	return nil
}

// call sends the request that has been gathered, once.
func (s *script) call() error {
	if s.method == "" {
		return nil
	}
	r, err := http.NewRequest(s.method, s.url+s.path, strings.NewReader(s.body))
	if err != nil {
		return err
	}
	r.Header = s.header
	s.method = ""
	s.answer, err = s.http.Do(r)
	if err != nil {
		return err
	}
	defer s.answer.Body.Close()
	b, err := io.ReadAll(s.answer.Body)
	s.got = string(b)
	return err
}

func (s *script) expect(rest string) error {
	if name, value, ok := strings.Cut(rest, ": "); ok {
		if got := strings.Join(s.answer.Header.Values(name), ", "); !strings.Contains(got, value) {
			return fmt.Errorf("the header is %q", got)
		}
		return nil
	}
	if got := fmt.Sprint(s.answer.StatusCode); got != rest {
		return fmt.Errorf("the status is %s, the body %.600s", got, s.got)
	}
	return nil
}

// happen changes the world between two requests.
func (s *script) happen(what string) error {
	if err := s.call(); err != nil {
		return err
	}
	switch what {
	case "publish":
		s.publish()
		return nil
	case "log in":
		s.values["token"] = s.logIn(guardianNumber)
		return nil
	case "red child":
		s.infect(s.child)
		return nil
	}
	d, err := time.ParseDuration(what)
	if err == nil {
		s.advance(d)
	}
	return err
}
