package server

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v5"
)

// readTexts reads an object of strings; a name a.b is the member b of the object a. What is not there is "".
func (s *Server) readTexts(c *echo.Context, names ...string) (map[string]string, error) {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := s.readBody(c, body, mediaJSON); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(names))
	return out, readJSON(body.Bytes(), func(r *jsonReader) error { return readTextsInto(r, "", names, out) })
}

// readTextsInto reads one object whose place is prefix, which is empty or ends in a dot.
func readTextsInto(r *jsonReader, prefix string, names []string, out map[string]string) error {
	seen := make(map[string]bool)
	return r.object(strings.TrimSuffix(prefix, "."), func(raw []byte) error {
		name := prefix + string(raw)
		twice := seen[name]
		if err := r.once(name, &twice); err != nil {
			return err
		}
		seen[name] = true
		if slices.Contains(names, name) {
			value, err := r.text(name)
			out[name] = string(value)
			return err
		}
		if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+".") }) {
			return readTextsInto(r, name+".", names, out)
		}
		return r.unknown(raw, strings.Join(names, ", "))
	})
}
