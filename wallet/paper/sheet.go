package paper

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"healthcode.example/credential"
	"healthcode.example/wallet/symbol"
)

// Format is the paper that a sheet is drawn for.
type Format string

// Formats. Both are portrait.
const (
	A4   Format = "a4"   // 210 mm × 297 mm
	Card Format = "card" // 85.6 mm wide, panels of 54 mm one below the other: two, or four with a second symbol; folded to the size of a bank card
)

// Language is a BCP 47 tag of a language that the sheet speaks.
type Language string

// Languages of the sheet.
const (
	Hans    Language = "zh-Hans"
	Hant    Language = "zh-Hant"
	English Language = "en"
)

// Languages holds all of them in the order in which the small ones follow.
var Languages = []Language{Hans, Hant, English}

// Help says in each language how to get help: a hotline and its hours, an office. A language that is missing is said in the sheet's
// own; at least one text is needed. Each has at most 120 characters, all of which the shipped fonts have (CheckText).
type Help map[Language]string

const maxHelp = 120

// Sheet is what is to be printed.
type Sheet struct {
	Code     string   // text of a paper code, YK1:…; the caller has made it or verified it
	Salt     string   // text of the symbol behind the fold, YKS1:…; empty: none, and no fold for it
	Format   Format   // zero: A4
	Language Language // said first and large; zero: Hans
	Help     Help
}

// ErrNotPaper says that the code of a Sheet is bound to a phone and must not be printed.
var ErrNotPaper = errors.New("paper: this is no paper code: a phone's code is not valid on paper")

// content is a Sheet that has been read.
type content struct {
	Sheet
	name        string
	colour      credential.Colour
	issuer      string
	from, until time.Time
	symbol      *symbol.Symbol
	salt        *symbol.Symbol          // nil: none
	document    credential.DocumentType // that the salt says it is of; zero: it does not
}

// read checks the Sheet and reads from its code what is to be said. Its errors repeat nothing of the code.
func (s Sheet) read() (*content, error) {
	if s.Format == "" {
		s.Format = A4
	}
	if s.Language == "" {
		s.Language = Hans
	}
	if s.Format != A4 && s.Format != Card {
		return nil, fmt.Errorf("paper: format %q is not one of %q", s.Format, []Format{A4, Card})
	}
	if _, ok := texts[s.Language]; !ok {
		return nil, fmt.Errorf("paper: language %q is not one of %q", s.Language, Languages)
	}
	if err := s.Help.Check(); err != nil {
		return nil, err
	}
	u, err := credential.Parse(s.Code)
	if err != nil {
		return nil, fmt.Errorf("paper: read the code that is to be printed: %w", err)
	}
	if u.Show != nil || len(u.Codes) != 1 || u.Codes[0].Claims.Kind != credential.Paper {
		return nil, ErrNotPaper
	}
	claims := &u.Codes[0].Claims
	c := &content{
		Sheet: s, name: claims.Members[0].Name, colour: claims.Members[0].Colour, issuer: claims.Issuer,
		from: time.Unix(claims.IssuedAt, 0).In(credential.Zone), until: time.Unix(claims.ExpiresAt, 0).In(credential.Zone),
	}
	if c.symbol, err = symbol.New(s.Code); err != nil {
		return nil, err
	}
	return c, c.readSalt(claims.Members[0].Digest != nil)
}

// readSalt makes the second symbol. A salt beside a code without a digest would reveal nothing and promise something.
func (c *content) readSalt(digest bool) (err error) {
	if c.Salt == "" {
		return nil
	}
	if !digest {
		return errors.New("paper: a salt is given for a code without a document digest: leave it away")
	}
	shown, err := credential.ParseSalt(c.Salt)
	if err != nil {
		return fmt.Errorf("paper: read the salt behind the fold: %w", err)
	}
	c.document = shown.Document
	c.salt, err = symbol.New(c.Salt)
	return err
}

// Check says what hinders the printing of the texts, so that a configuration can be refused when it is read.
func (h Help) Check() error {
	if len(h) == 0 {
		return errors.New("paper: nothing says how to get help: give a hotline in at least one language")
	}
	for language, text := range h {
		if _, ok := texts[language]; !ok {
			return fmt.Errorf("paper: the text on help is in language %q, which is not one of %q", language, Languages)
		}
		if n := utf8.RuneCountInString(text); n == 0 || n > maxHelp {
			return fmt.Errorf("paper: the text on help in %s has %d characters, want 1 to %d", language, n, maxHelp)
		}
		if err := CheckText(text); err != nil {
			return fmt.Errorf("paper: the text on help in %s: %w", language, err)
		}
	}
	return nil
}

// in gives the text in the language, or the one in the sheet's own, or the first there is.
func (h Help) in(language, own Language) string {
	for _, l := range append([]Language{language, own}, Languages...) {
		if h[l] != "" {
			return h[l]
		}
	}
	return ""
}
