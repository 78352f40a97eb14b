// Package verdict says a Result of the verifier to the person at the gate, in the words and colours of a terminal.
package verdict

import (
	"fmt"
	"io"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/verifier"
)

// Styles of a verdict: a health colour only for a health colour, neutral grey for everything else that does not accept. The symbol and the
// word say the same as the style, for those who do not see it.
const (
	styleGrey = "1;37;100"
	styleBold = "1"
)

// Style is the ANSI style in which a health colour is shown, such as "1;97;42".
func Style(c credential.Colour) string {
	switch c {
	case credential.Green:
		return "1;97;42"
	case credential.Yellow:
		return "1;30;43"
	case credential.Red:
		return "1;97;41"
	}
	return styleGrey
}

// Headline is the verdict in a word or two, with a symbol that says it too.
func Headline(r verifier.Result) string {
	word, _ := headline(r.Verdict, r.Reason, worstColour(r))
	return word
}

func headline(v verifier.Verdict, r verifier.Reason, colour credential.Colour) (word, style string) {
	switch {
	case v == verifier.Accept:
		return "✔ ACCEPT", Style(colour)
	case v == verifier.CannotSay:
		return "? CANNOT SAY", styleGrey
	case r == verifier.ReasonColour:
		return "■ REFUSE: " + strings.ToUpper(colour.String()), Style(colour)
	}
	return "✘ REFUSE", styleGrey
}

// worstColour is that of the headline: the first member who has the reason of the whole.
func worstColour(r verifier.Result) credential.Colour {
	for _, m := range r.Members {
		if m.Verdict == r.Verdict && m.Reason == r.Reason {
			return m.Colour
		}
	}
	return 0
}

// Print writes a Result for people, with ANSI styles if colours can be shown. Its error is the writer's.
func Print(w io.Writer, colours bool, r verifier.Result) error {
	var b strings.Builder
	word, style := headline(r.Verdict, r.Reason, worstColour(r))
	fmt.Fprintf(&b, "%s\n", Paint(colours, style, " "+word+" "))
	if r.Reason != verifier.ReasonOK {
		field(&b, "why", words(r.Reason, r))
	}
	if r.Remedy != "" {
		field(&b, "do", remedy(r))
	}
	if r.Check != "" {
		field(&b, "check", checkWords[r.Check])
	}
	for _, m := range r.Members {
		if m.Proves != (verifier.Line{}) {
			field(&b, "proves", m.Proves.Hans+" · "+m.Proves.Hant)
		}
		field(&b, "person", describe(colours, m, len(r.Members) > 1))
	}
	if r.Document != "" {
		field(&b, "document", matchWords[r.Document])
	}
	if r.Region != "" {
		field(&b, "region", r.Region)
	}
	if status := describeStatus(r); status != "" {
		field(&b, "status", status)
	}
	if times := describeAges(r); times != "" {
		field(&b, "times", times)
	}
	_, err := w.Write([]byte(b.String()))
	return err
}

func field(b *strings.Builder, name, text string) { fmt.Fprintf(b, "  %-9s %s\n", name, text) }

func describe(colours bool, m verifier.Member, verdict bool) string {
	var parts []string
	if m.Name != "" {
		parts = append(parts, Paint(colours, styleBold, m.Name))
	}
	if verdict {
		parts = append(parts, strings.ReplaceAll(m.Verdict.String(), "_", " "))
	}
	if m.Colour.Valid() {
		parts = append(parts, m.Colour.String())
	}
	if m.Kind.Valid() || m.Kind == credential.Foreign {
		parts = append(parts, m.Kind.String()+" code")
	}
	if m.Relation.Valid() {
		of := "of the person who shows the code"
		if m.Guardian != "" {
			of = "of " + m.Guardian
		}
		parts = append(parts, m.Relation.String()+" "+of)
	}
	if m.Birthday != 0 {
		parts = append(parts, fmt.Sprintf("born on day %d of a month", m.Birthday))
	}
	if !m.Tested.IsZero() {
		parts = append(parts, "negative sample of "+m.Tested.Local().Format("2006-01-02 15:00"))
	}
	if m.Proves != (verifier.Line{}) {
		parts = append(parts, m.Proves.En)
	}
	if !m.Until.IsZero() {
		parts = append(parts, "until "+m.Until.Local().Format("2006-01-02 15:04"))
	}
	if len(parts) == 0 {
		return "(nothing may be shown)"
	}
	return strings.Join(parts, " · ")
}

func describeAges(r verifier.Result) string {
	var parts []string
	for _, a := range []struct {
		name    string
		seconds int64
	}{{"presentation", r.Ages.Presentation}, {"code", r.Ages.Code}, {"gate's bundle", r.Ages.Bundle}, {"partner's bundle", r.Ages.Partner}} {
		if a.seconds == 0 {
			continue
		}
		d := time.Duration(a.seconds) * time.Second
		if d < 0 {
			parts = append(parts, a.name+" "+Age(-d)+" ahead of the gate's clock")
			continue
		}
		parts = append(parts, a.name+" "+Age(d)+" old")
	}
	return strings.Join(parts, " · ")
}

// Paint puts text into an ANSI style, such as "1;37;41", where colours are shown.
func Paint(colours bool, style, text string) string {
	if !colours {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
