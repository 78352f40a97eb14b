package bolt_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// papers is a family in which the father has a passport and a home-return permit, and the mother and the child a passport each.
func papers(t *testing.T) (w *world, p *phone) {
	t.Helper()
	w = newWorld(t)
	w.enrol(mother, father, child)
	file := "name,document_type,document_number,birth_date,region\nLI SI,home-return-permit,H99000002,1984-05-06,440300\n"
	_, err := w.wallet.Import(ctx, strings.NewReader(file), w.at, nil)
	w.must(err)
	other, err := w.wallet.FindPerson(ctx, wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000002"})
	w.must(err)
	_, err = w.wallet.Merge(ctx, wallet.Merger{Keep: w.people["李四"], Gone: other.ID}, wallet.ByAuthority, w.at)
	w.must(err)
	w.must(w.wallet.AddGuardian(ctx, w.people["李四"], w.people["张小"], credential.Child, "household_register", w.at))
	p = w.phone("李四")
	p.file.SetAccount(holder.Account{Region: "CN-GD"})
	w.publish()
	return w, p
}

// question is what the father's phone asks for: both in one code too, with digests.
func (p *phone) question(types ...credential.DocumentType) holder.Question {
	return holder.Question{Document: true, Types: types, Sets: [][]health.PersonID{p.ids("李四", "张小")}}
}

// fetch asks as a wallet does.
func (p *phone) fetch(q holder.Question) {
	p.Helper()
	signed, key, err := p.file.Ask(q, rand.Reader, p.at)
	p.must(err)
	got, err := p.wallet.RefreshSigned(ctx, p.people[p.owner], signed, p.at)
	p.must(err)
	p.keep(key, got)
}

// inHand is what the gate says when the inspector holds the document.
func (p *phone) inHand(docType, number string, names ...string) verifier.Result {
	p.Helper()
	challenge := []byte("0123456789abcdef")
	text, err := p.file.Present(holder.Show{People: p.ids(names...), Document: true, Challenge: challenge}, p.at)
	p.must(err)
	return verifier.New(p.gate, verifier.Policy{Demo: true}).Verify(text, p.at, challenge).RequireDocument(docType, number)
}

func TestNoDocumentInHandIsTakenForSomebodyElses(t *testing.T) {
	_, p := papers(t)
	for _, c := range []struct {
		speaks, inHand, number string
		want                   verifier.Match
	}{
		{"passport", "passport", "E9900002", verifier.Matches},
		{"passport", "home-return-permit", "H99000002", verifier.NotOffered},
		{"home-return-permit", "passport", "E9900002", verifier.NotOffered},
		{"home-return-permit", "home-return-permit", "H99000002", verifier.Matches},
		{"home-return-permit", "home-return-permit", "H9900000207", verifier.Matches},
		{"passport", "passport", "E9900001", verifier.NoMatch},
		{"home-return-permit", "home-return-permit", "H99000003", verifier.NoMatch},
		{"birth-certificate", "passport", "E9900002", verifier.Matches}, // the father has none: the first that is known
	} {
		p.fetch(p.question(credential.DocumentTypeOf(c.speaks)))
		r := p.inHand(c.inHand, c.number, "李四")
		if r.Document != c.want || (r.Verdict == verifier.Accept) != (c.want != verifier.NoMatch) {
			t.Errorf("a code that speaks for the %s, and a %s: %s, %s, %s", c.speaks, c.inHand, r.Document, r.Verdict, r.Reason)
		}
		if (r.Check == verifier.CheckDocument) != (c.want == verifier.NotOffered) {
			t.Errorf("a code that speaks for the %s, and a %s: the inspector is told to check %q", c.speaks, c.inHand, r.Check)
		}
	}
}

func TestInAHouseholdEachCodeSpeaksForTheDocumentThatItsMemberHas(t *testing.T) {
	_, p := papers(t)
	p.fetch(p.question(credential.HomeReturnPermit, credential.Passport))
	for _, c := range []struct {
		inHand, number string
		want           verifier.Match
		each           []verifier.Match
	}{
		{"home-return-permit", "H99000002", verifier.Matches, []verifier.Match{verifier.Matches, verifier.NotOffered}},
		{"passport", "E9900003", verifier.Matches, []verifier.Match{verifier.NotOffered, verifier.Matches}},
		{"passport", "E9900002", verifier.NotOffered, []verifier.Match{verifier.NotOffered, verifier.NoMatch}}, // the father's other one
	} {
		r := p.inHand(c.inHand, c.number, "李四", "张小")
		got := []verifier.Match{r.Members[0].Document, r.Members[1].Document}
		if r.Verdict != verifier.Accept || r.Document != c.want || !slices.Equal(got, c.each) {
			t.Errorf("%s %s: %s, %s, each %s", c.inHand, c.number, r.Verdict, r.Document, got)
		}
	}
}

// What the wallet knows of the log-in is what it asks for by itself.
func TestACodeSpeaksForTheDocumentOfTheLogIn(t *testing.T) {
	w, p := papers(t)
	p.file.SetAccount(holder.Account{Region: "CN-GD", Document: credential.HomeReturnPermit})
	p.reopen()
	p.fetch(p.question())
	if r := p.inHand("home-return-permit", "H99000002", "李四"); r.Document != verifier.Matches {
		t.Errorf("the document of the log-in: %s", r.Document)
	}
	members := p.file.Members(w.at)
	if m := members[0]; !m.Shows || m.Person.Document != credential.HomeReturnPermit {
		t.Errorf("the wallet shows %+v", m)
	}
	if m := members[1]; !m.Shows || m.Person.Document != credential.Passport {
		t.Errorf("the wallet shows of the child %+v", m)
	}
	p.fetch(p.question(credential.Passport))
	if r := p.inHand("passport", "E9900002", "李四"); r.Document != verifier.Matches {
		t.Errorf("another one, as the holder chose: %s", r.Document)
	}
}

// A borrower who says a wrong type learns and gains nothing that revealing no salt would not give: the inspector looks at the document.
func TestAWrongTypeIsWorthNoMoreThanNoSalt(t *testing.T) {
	w, p := papers(t)
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	got, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["李四"], Device: p.id, Holder: key.Public(), Document: true}, w.at)
	w.must(err)
	challenge := []byte("0123456789abcdef")
	ask := func(salts map[int]credential.Revealed) verifier.Result {
		message, err := (&credential.Presentation{At: w.at.Unix(), Codes: [][]byte{got.Codes[0].Code}, Challenge: challenge, Salts: salts}).Sign(key)
		w.must(err)
		v := verifier.New(w.gate, verifier.Policy{Demo: true})
		return v.Verify(credential.Text(message), w.at, challenge).RequireDocument("passport", "E9900001")
	}
	lies, silent := ask(map[int]credential.Revealed{0: got.Codes[0].Salt.Of(credential.ResidentID)}), ask(nil)
	if lies.Document != verifier.NotOffered || lies.Document != silent.Document || lies.Check != verifier.CheckDocument || lies.Check != silent.Check {
		t.Errorf("a wrong type: %s, check %s; no salt: %s, check %s", lies.Document, lies.Check, silent.Document, silent.Check)
	}
	if r := ask(map[int]credential.Revealed{0: got.Codes[0].Salt.Of(credential.Passport)}); r.Reason != verifier.ReasonDocumentMismatch {
		t.Errorf("the right type and another's document: %s", r.Reason)
	}
}

func TestAPaperCodeSaysBehindItsFoldWhichDocumentItSpeaksFor(t *testing.T) {
	w, _ := papers(t)
	request := wallet.PaperRequest{By: w.people["李四"], Member: w.people["李四"], Document: true, Unasked: true}
	for _, c := range []struct {
		types           []credential.DocumentType
		passport, other verifier.Match
	}{
		{nil, verifier.Matches, verifier.NotOffered},
		{[]credential.DocumentType{credential.HomeReturnPermit}, verifier.NotOffered, verifier.Matches},
	} {
		request.Types = c.types
		_, err := w.wallet.NewPaper(ctx, request, w.at)
		w.must(err)
		drawn, err := w.wallet.DrawPaper(ctx, wallet.DrawRequest{By: request.By, Member: request.Member}, w.at)
		w.must(err)
		salt, err := credential.ParseSalt(drawn.SaltText())
		w.must(err)
		r := w.scan(credential.Text(drawn.Code)).Reveal(salt)
		if p, o := r.MatchDocument("passport", "E9900002"), r.MatchDocument("home-return-permit", "H99000002"); p != c.passport || o != c.other {
			t.Errorf("paper for %v: the passport %s, the permit %s", c.types, p, o)
		}
	}
}
