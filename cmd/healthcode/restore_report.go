package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"

	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// report writes whose ending is lost: evidence, a lost phone or the end of a guardianship that was recorded after the backup.
func (r *restoreCommand) report(plan *issuer.RestorePlan) (err error) {
	out, done, err := (&console{}).create(r.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	e := json.NewEncoder(out)
	for _, h := range plan.Renewed {
		line := map[string]any{"person": h.Person, "purpose": h.Purpose.String()}
		if h.Purpose == trust.Phone {
			line["device"] = hex.EncodeToString(h.Device[:])
		}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
