package gate

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/gate/scan"
	"healthcode.example/gate/verdict"
	"healthcode.example/verifier"
	"healthcode.example/verifier/shc"
	"healthcode.example/wallet/symbol"
)

// Screen shows what a gate has to say. An error of it closes the gate.
type Screen interface {
	Challenge(challenge []byte) error
	Part(p *scan.Part) error
	Verdict(r verifier.Result) error
}

// JSON is a screen for programs: one object a line.
func JSON(w io.Writer) Screen { return objects{w} }

type objects struct{ w io.Writer }

func (o objects) write(v any) error {
	e := json.NewEncoder(o.w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (o objects) Challenge(challenge []byte) error {
	return o.write(map[string]string{"challenge": hex.EncodeToString(challenge)})
}

func (o objects) Part(p *scan.Part) error { return o.write(p) }

func (o objects) Verdict(r verifier.Result) error { return o.write(r) }

// Terminal is a screen for people, in colours where it has any.
func Terminal(w io.Writer, colours bool) Screen { return terminal{w, colours} }

type terminal struct {
	w       io.Writer
	colours bool
}

func (t terminal) Challenge(challenge []byte) error {
	drawn, err := symbol.New(credential.ChallengeText(challenge))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(t.w, "\nLet the wallet scan this and answer within 60 seconds:\n\n") // what fails here fails with the symbol too
	if err := drawn.Draw(t.w, t.colours); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(t.w, "%x\n", challenge)
	return nil
}

// Part says it in no colour and with none of the signs of a verdict.
func (t terminal) Part(p *scan.Part) error {
	next := "show the next"
	if p.Missing > 1 {
		next = fmt.Sprintf("show the other %d", p.Missing)
	}
	_, err := fmt.Fprintf(t.w, "… %s: %s within %d seconds\n  请出示下一部分 · 請出示下一部分\n", p.Seen, next, int(shc.CollectFor/time.Second))
	return err
}

func (t terminal) Verdict(r verifier.Result) error { return verdict.Print(t.w, t.colours, r) }
