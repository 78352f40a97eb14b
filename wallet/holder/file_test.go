package holder

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet/refresh"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk issues codes for the tests; nobody checks its signature here.
type desk struct {
	*testing.T
	signer *cose.PrivateKey
	index  uint64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t}
	var err error
	d.signer, err = cose.Generate(cose.Ed25519, rand.Reader)
	d.must(err)
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) key() *cose.PrivateKey {
	d.Helper()
	key, err := NewKey(rand.Reader)
	d.must(err)
	return key
}

// person is somebody with a salt when the code is to match a document.
func (d *desk) person(n byte, document bool) Person {
	d.Helper()
	p := Person{ID: health.PersonID{n}, Name: fmt.Sprint("name ", n)}
	if n > 1 {
		p.Relation = credential.Child
	}
	if document {
		p.Salt = new(credential.Salt)
		_, err := rand.Read(p.Salt[:])
		d.must(err)
	}
	return p
}

// code is bound to key and lives for an hour from at.
func (d *desk) code(key *cose.PrivateKey, at time.Time, people ...Person) Code {
	d.Helper()
	c := credential.Claims{Issuer: "CN-GD", IssuedAt: at.Unix(), ExpiresAt: at.Add(time.Hour).Unix(), Holder: key.Public(), Kind: credential.Phone}
	if len(people) > 1 {
		c.Kind = credential.Household
	}
	for _, p := range people {
		d.index++
		m := credential.Member{
			Colour: credential.Green, Name: "张*", Relation: p.Relation,
			Status: credential.Status{List: credential.ListDay(at.Unix()), Index: d.index},
		}
		if p.Salt != nil {
			m.Digest = credential.DocumentDigest(*p.Salt, "passport", "E9900001")
		}
		c.Members = append(c.Members, m)
	}
	message, err := c.Sign(d.signer)
	d.must(err)
	return Code{Message: message, Members: people}
}

// read checks the holder's signature and gives what a gate would see.
func (d *desk) read(text string, key *cose.PrivateKey) credential.Unverified {
	d.Helper()
	u, err := credential.Parse(text)
	d.must(err)
	d.must(u.Show.Message.Verify(key.Public()))
	return u
}

func ids(people ...byte) (all []health.PersonID) {
	for _, n := range people {
		all = append(all, health.PersonID{n})
	}
	return all
}

func TestCodesOfOneRefreshAreShownAloneAndTogether(t *testing.T) {
	d, f := newDesk(t), New()
	key := d.key()
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, d.person(1, false)), d.code(key, noon, d.person(2, false))}, noon))
	for _, people := range [][]health.PersonID{ids(1), ids(2), ids(2, 1)} {
		text, err := f.Present(Show{People: people, Challenge: []byte("0123456789abcdef")}, noon)
		d.must(err)
		u := d.read(text, key)
		if len(u.Codes) != len(people) || u.Show.Presentation.At != noon.Unix() || string(u.Show.Presentation.Challenge) != "0123456789abcdef" || u.Show.Presentation.Salts != nil {
			t.Errorf("presented %+v", u.Show)
		}
	}
}

func TestAHouseholdIsOneCodeAndTheSetsAreThoseThatWereFetched(t *testing.T) {
	d, f := newDesk(t), New()
	key := d.key()
	a, b, c := d.person(1, true), d.person(2, true), d.person(3, true)
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, a), d.code(key, noon, a, b), d.code(key, noon, c)}, noon))
	text, err := f.Present(Show{People: ids(1, 2), Challenge: make([]byte, 16), Document: true}, noon)
	d.must(err)
	u := d.read(text, key)
	if len(u.Codes) != 1 || len(u.Codes[0].Claims.Members) != 2 || u.Show.Presentation.Salts[1] != b.Salt.Of(0) {
		t.Errorf("presented %+v", u.Show)
	}
	text, err = f.Present(Show{People: ids(1, 2, 3), Challenge: make([]byte, 16), Document: true}, noon)
	d.must(err)
	if u := d.read(text, key); len(u.Codes) != 2 || u.Show.Presentation.Salts[2] != c.Salt.Of(0) {
		t.Errorf("presented %+v", u.Show)
	}
	if _, err := f.Present(Show{People: ids(2)}, noon); !errors.Is(err, ErrApart) {
		t.Errorf("a member of a household alone: %v", err)
	}
}

func TestWhatCannotBeShownSaysWhy(t *testing.T) {
	d, f := newDesk(t), New()
	first, second := d.key(), d.key()
	d.must(f.AddRefresh(first, []Code{d.code(first, noon, d.person(1, false))}, noon))
	d.must(f.AddRefresh(second, []Code{d.code(second, noon, d.person(2, true))}, noon))
	for name, c := range map[string]struct {
		show Show
		at   time.Time
		want error
	}{
		"nobody known":       {Show{People: ids(9)}, noon, ErrNoCode},
		"expired":            {Show{People: ids(1)}, noon.Add(time.Hour), ErrExpired},
		"of two refreshes":   {Show{People: ids(1, 2)}, noon, ErrApart},
		"without a question": {Show{People: ids(2), Document: true}, noon, ErrNoChallenge},
		"without a salt":     {Show{People: ids(1), Document: true, Challenge: make([]byte, 16)}, noon, ErrNoSalt},
	} {
		if _, err := f.Present(c.show, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		} else if strings.Contains(err.Error(), "name") {
			t.Errorf("%s: the error names people: %v", name, err)
		}
	}
	if _, err := f.Present(Show{}, noon); err == nil {
		t.Error("nobody was presented")
	}
	if _, err := f.Present(Show{People: ids(1, 1)}, noon); err == nil {
		t.Error("somebody was presented twice")
	}
	if _, err := f.Present(Show{People: ids(1), Challenge: []byte("short")}, noon); err == nil {
		t.Error("a short challenge was signed")
	}
}

func TestOnlyCodesOfTheRefreshAreTakenIn(t *testing.T) {
	d, f := newDesk(t), New()
	key, other := d.key(), d.key()
	good := d.code(key, noon, d.person(1, false))
	salted, unsalted := d.code(key, noon, d.person(1, false)), d.code(key, noon, d.person(1, true))
	salted.Members[0].Salt, unsalted.Members[0].Salt = new(credential.Salt), nil
	nameless := d.code(key, noon, Person{})
	for name, c := range map[string]Code{
		"of another key":         d.code(other, noon, d.person(1, false)),
		"cut short":              {Message: good.Message[:20], Members: good.Members},
		"of more people":         {Message: good.Message, Members: append([]Person{d.person(2, false)}, good.Members...)},
		"a salt and no digest":   salted,
		"a digest and no salt":   unsalted,
		"of nobody":              nameless,
		"an empty one":           {},
		"a presentation instead": {Message: presentation(d, key, good), Members: good.Members},
	} {
		if err := f.AddRefresh(key, []Code{good, c}, noon); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if err := f.AddRefresh(key, nil, noon); err == nil {
		t.Error("nothing was taken")
	}
	if err := f.AddRefresh(nil, []Code{good}, noon); err == nil {
		t.Error("no key was taken")
	}
	if m := f.Members(noon); len(m) != 0 {
		t.Errorf("the file holds %+v", m)
	}
}

func presentation(d *desk, key *cose.PrivateKey, c Code) []byte {
	p := credential.Presentation{At: noon.Unix(), Codes: [][]byte{c.Message}}
	message, err := p.Sign(key)
	d.must(err)
	return message
}

func TestMembersAreTheNewestAndTheHolderComesFirst(t *testing.T) {
	d, f := newDesk(t), New()
	old, key := d.key(), d.key()
	d.must(f.AddRefresh(old, []Code{d.code(old, noon, d.person(3, false)), d.code(old, noon, d.person(1, false))}, noon))
	later := noon.Add(30 * time.Minute)
	d.must(f.AddRefresh(key, []Code{d.code(key, later, d.person(2, true)), d.code(key, later, d.person(1, false))}, later))
	got := f.Members(noon.Add(70 * time.Minute))
	if len(got) != 3 || got[0].ID != ids(1)[0] || got[1].ID != ids(3)[0] || got[2].ID != ids(2)[0] {
		t.Fatalf("got %+v", got)
	}
	if !got[0].Current || !got[2].Shows || got[1].Current || got[1].Shows || got[0].Colour != credential.Green {
		t.Errorf("got %+v", got)
	}
	d.must(f.AddRefresh(key, []Code{d.code(key, later, d.person(1, false))}, noon.Add(61*time.Minute)))
	if got := f.Members(later); len(got) != 3 || got[1].Held || got[1].Number != 2 || got[1].ID != ids(3)[0] {
		t.Errorf("expired codes stay, or their people lose their numbers: %+v", got)
	}
}

func TestTheFileIsBounded(t *testing.T) {
	d, f := newDesk(t), New()
	for range MaxRefreshes + 3 {
		key := d.key()
		d.must(f.AddRefresh(key, []Code{d.code(key, noon, d.person(1, false))}, noon))
	}
	if len(f.refreshes) != MaxRefreshes {
		t.Errorf("%d refreshes are kept", len(f.refreshes))
	}
}

func testKey(t *testing.T, label string) *seal.Key {
	t.Helper()
	key, err := seal.NewKey(make([]byte, seal.MasterSize), label)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTheFileReadsBackAsItWasWritten(t *testing.T) {
	d, f := newDesk(t), New()
	key, device := d.key(), d.key()
	f.SetDevice([16]byte{7}, device)
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, d.person(1, true)), d.code(key, noon, d.person(2, false), d.person(3, true))}, noon))
	sealKey := testKey(t, "phone")
	box, err := f.Seal(rand.Reader, sealKey)
	d.must(err)
	if secret, err := device.Bytes(); err != nil || bytes.Contains(box, secret) || bytes.Contains(box, []byte("name 1")) {
		t.Errorf("the box can be read: %v", err)
	}
	again, err := Open(box, sealKey)
	d.must(err)
	first, err := f.marshal()
	d.must(err)
	second, err := again.marshal()
	d.must(err)
	if !bytes.Equal(first, second) {
		t.Error("it reads back as something else")
	}
	text, err := again.Present(Show{People: ids(1), Challenge: make([]byte, 16), Document: true}, noon)
	d.must(err)
	d.read(text, key)
	if id, k := again.Device(); id != [16]byte{7} || !k.Public().Equal(device.Public()) {
		t.Error("the device differs")
	}
	if _, err := Open(box, testKey(t, "other")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another key opens it: %v", err)
	}
	for cut := range len(box) {
		if _, err := Open(box[:cut], sealKey); err == nil {
			t.Fatalf("%d bytes of %d open", cut, len(box))
		}
	}
}

func TestAFileOfANewerProgramIsRefusedByName(t *testing.T) {
	plain, err := cose.Marshal(fileRecord{Version: version + 1, Content: []byte("who knows")})
	if err != nil {
		t.Fatal(err)
	}
	box, err := testKey(t, "phone").Seal(rand.Reader, plain, sealedAs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(box, testKey(t, "phone")); err == nil || !strings.Contains(err.Error(), "use the newer program") {
		t.Errorf("got %v", err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	empty, err := New().marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	f.Fuzz(func(t *testing.T, plain []byte) {
		file, err := unmarshal(plain)
		if err != nil {
			return
		}
		again, err := file.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if plain[1] == 1 { // written as today's version, and the same from then on
			if file, err = unmarshal(again); err != nil {
				t.Fatalf("what an older program wrote is written so that nobody reads it: %v", err)
			}
			plain = again
			if again, err = file.marshal(); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(again, plain) {
			t.Fatal("it is written otherwise than it was read")
		}
	})
}

// FuzzOpen: a box that this key did not seal as a holder's file does not open.
func FuzzOpen(f *testing.F) {
	key, err := seal.NewKey(make([]byte, seal.MasterSize), "phone")
	if err != nil {
		f.Fatal(err)
	}
	empty, err := New().Seal(rand.Reader, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty[1:], []byte("name"))
	f.Fuzz(func(t *testing.T, box, plain []byte) {
		if file, err := Open(box, key); err == nil || file != nil {
			t.Error("bytes of nobody open")
		}
		sealed, err := key.Seal(rand.Reader, plain, sealedAs)
		if err != nil {
			t.Fatal(err)
		}
		if file, err := Open(sealed, key); (file == nil) == (err == nil) {
			t.Errorf("neither or both of file and error: %v", err)
		}
	})
}

func TestTheFileAsksForCodesWithItsDeviceAndAFreshKeyEachTime(t *testing.T) {
	d, f := newDesk(t), New()
	if _, _, err := f.Ask(Question{}, rand.Reader, noon); !errors.Is(err, ErrNoAccount) {
		t.Errorf("an empty file asks: %v", err)
	}
	device := d.key()
	f.SetDevice(issuer.DeviceID{4}, device)
	f.SetAccount(Account{Service: "https://code.example", Region: "CN-GD", Session: "token"})
	sealer := testKey(t, "holder")
	box, err := f.Seal(rand.Reader, sealer)
	d.must(err)
	f, err = Open(box, sealer)
	d.must(err)
	if f.Account() != (Account{Service: "https://code.example", Region: "CN-GD", Session: "token"}) {
		t.Errorf("the account is %+v", f.Account())
	}
	first, firstKey, err := f.Ask(Question{Document: true, Sets: [][]health.PersonID{ids(1, 2)}}, rand.Reader, noon)
	d.must(err)
	_, secondKey, err := f.Ask(Question{}, rand.Reader, noon)
	d.must(err)
	if firstKey.Public().Equal(secondKey.Public()) || firstKey.Public().Equal(device.Public()) {
		t.Error("a holder key is used twice")
	}
	u, err := refresh.Parse(first)
	d.must(err)
	q, err := u.Verify(device.Public(), "CN-GD", noon)
	d.must(err)
	if !q.Holder.Equal(firstKey.Public()) || !q.Document || len(q.Sets) != 1 || q.Device != (issuer.DeviceID{4}) {
		t.Errorf("asked %+v", q)
	}
}
