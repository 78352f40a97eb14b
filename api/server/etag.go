package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v5"
)

// sendDocument answers 200 with the body, or 304 when the caller has it already (RFC 9110 §13.1.2).
func sendDocument(c *echo.Context, d document, mediaType, cache string) error {
	h := c.Response().Header()
	h.Set("ETag", d.tag)
	h.Set("Cache-Control", cache)
	if matches(c.Request().Header.Values("If-None-Match"), d.tag) {
		c.Response().WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	return c.Blob(http.StatusOK, mediaType, d.body)
}

// matches says whether tag, a strong one, is among the tags of an If-None-Match field: a list of tags in which a weak one
// compares like a strong one (RFC 9110 §8.8.3.2), or a star. What is no list matches nothing.
func matches(fields []string, tag string) bool {
	for _, field := range fields {
		if strings.TrimSpace(field) == "*" {
			return true
		}
		for rest := field; ; {
			rest = strings.TrimPrefix(strings.TrimLeft(rest, " \t,"), "W/")
			if !strings.HasPrefix(rest, `"`) {
				break
			}
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				break
			}
			if rest[:end+2] == tag {
				return true
			}
			rest = rest[end+2:]
		}
	}
	return false
}
