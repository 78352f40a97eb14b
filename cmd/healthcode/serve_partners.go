package main

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"healthcode.example/gate/belief"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// partnersOf lets the service look up partners' codes in the bundles that are kept beside --partners; nil without the flag. Trouble with one is
// logged when it is new: they are read at every publication, and publications are made by several goroutines.
func (s *serveCommand) partnersOf(c *console, log *slog.Logger) (func(*verifier.Verifier, *trust.Bundle) *verifier.Verifier, error) {
	path := string(s.Partners)
	if path == "" {
		return nil, nil
	}
	if _, err := bundlefile.Load(path); err != nil { // beside a name that was mistyped nothing is kept, and nobody would miss it
		return nil, badBundle("--partners: the bundle cannot be read: %w", err)
	}
	var telling sync.Mutex
	told := ""
	return func(v *verifier.Verifier, ours *trust.Bundle) *verifier.Verifier {
		var said strings.Builder
		v = belief.WithKept(v, ours, path, c.now(), func(format string, args ...any) { _, _ = fmt.Fprintf(&said, format, args...) })
		telling.Lock()
		defer telling.Unlock()
		if told != said.String() {
			told = said.String()
			for line := range strings.Lines(told) {
				log.Warn("partners", slog.String("trouble", strings.TrimSpace(strings.TrimPrefix(line, "healthcode: "))))
			}
		}
		return v
	}, nil
}
