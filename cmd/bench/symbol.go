package main

import (
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/wallet/symbol"

	qrcode "github.com/skip2/go-qrcode"
)

// pictureFigures draws the same two texts with our writer and with the library's own.
func pictureFigures(w *world) []figure {
	paper := credential.Text(w.paper(cose.Ed25519))
	shown := credential.Text(w.show(credential.Presentation{At: at.Unix(), Codes: [][]byte{w.phone(w.member("张**"))}}))
	row := func(name, text string) figure {
		ours := func() {
			s, err := symbol.New(text)
			must(err)
			_, err = s.PNG(8)
			must(err)
		}
		theirs := func() {
			s, err := qrcode.New(text, qrcode.Medium)
			must(err)
			_, err = s.PNG(-8)
			must(err)
		}
		return figure{"text to PNG, 8 pixels a module / skip2's PNG(-8)", name, ratio(ours, theirs), "", 0.30, false}
	}
	return []figure{row("paper code", paper), row("presentation", shown)}
}

// sizeFigures are exact: bytes of the message and version of its symbol at level M.
func sizeFigures(w *world) []figure {
	adult, dependant, document := w.member("张**"), w.member("张**"), w.member("张**")
	adult.Hint = 28
	dependant.Hint, dependant.Relation, dependant.Guardian = 28, credential.Child, "李**"
	document.Hint, document.Digest = 28, make([]byte, 16)
	var household []credential.Member
	for n := range 5 {
		m := w.member("张**")
		if n > 0 {
			m.Relation = credential.Child
		}
		household = append(household, m)
	}
	show := func(m ...credential.Member) []byte {
		return w.show(credential.Presentation{At: at.Unix(), Codes: [][]byte{w.phone(m...)}})
	}
	answered := w.show(credential.Presentation{
		At: at.Unix(), Codes: [][]byte{w.phone(document)}, Challenge: make([]byte, 16), Salts: map[int]credential.Revealed{0: {Salt: credential.Salt{1}, Document: credential.ResidentID}},
	})
	var rows []figure
	for _, r := range []struct {
		name          string
		message       []byte
		size, version float64
	}{
		{"paper adult", w.paper(cose.Ed25519), 150, 9},
		{"phone presentation, adult", show(adult), 310, 13},
		{"phone presentation, dependant", show(dependant), 319, 13},
		{"with document digest, salt and challenge", answered, 360, 15},
		{"household of five", show(household...), 430, 16},
	} {
		s, err := symbol.New(credential.Text(r.message))
		must(err)
		rows = append(rows,
			figure{"size of " + r.name, "three-character name, 30-bit index", float64(len(r.message)), "bytes", r.size, false},
			figure{"symbol of " + r.name, "level M", float64(s.Version()), "v", r.version, false})
	}
	return rows
}
