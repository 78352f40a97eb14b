package issuer

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"healthcode.example/trust"
)

// WriteAgain writes whose ending is lost, one JSON object a line: evidence, a lost phone or the end of a guardianship that was recorded after
// the backup and must be recorded again. person and purpose (phone, paper), and of a phone its device in hexadecimal digits.
func (p *RestorePlan) WriteAgain(w io.Writer) error {
	e := json.NewEncoder(w)
	for _, h := range p.Renewed {
		line := map[string]any{"person": h.Person, "purpose": h.Purpose.String()}
		if h.Purpose == trust.Phone {
			line["device"] = hex.EncodeToString(h.Device[:])
		}
		if err := e.Encode(line); err != nil {
			return fmt.Errorf("write what must be recorded again: %w", err)
		}
	}
	return nil
}
