package server

import (
	"bytes"
	"encoding/json"

	"healthcode.example/verifier"
)

// writeResults writes {"result": …} or {"results": […]}.
func writeResults(b *bytes.Buffer, results []verifier.Result, single bool) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if single {
		b.WriteString(`{"result":`)
	} else {
		b.WriteString(`{"results":[`)
	}
	for i := range results {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(&results[i]); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // Encode's line feed
	}
	if !single {
		b.WriteByte(']')
	}
	b.WriteString("}\n")
	return nil
}
