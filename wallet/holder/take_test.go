package holder

import (
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
)

func TestAnAnswerIsTakenWithItsHouseholds(t *testing.T) {
	d, f := newDesk(t), New()
	key := d.key()
	a, b := d.person(1, true), d.person(2, true)
	both := d.code(key, noon, a, b)
	answer := Answer{
		Codes: []Code{d.code(key, noon, a), d.code(key, noon, b)},
		Households: []Household{{Message: both.Message, People: ids(1, 2), Salts: []*credential.Salt{a.Salt, b.Salt},
			Documents: []credential.DocumentType{credential.ResidentID, credential.BirthCertificate}}},
	}
	d.must(f.Take(key, answer, noon))
	text, err := f.Present(Show{People: ids(1, 2), Challenge: make([]byte, 16), Document: true}, noon)
	d.must(err)
	if u := d.read(text, key); len(u.Codes) != 1 || u.Show.Presentation.Salts[1] != b.Salt.Of(credential.BirthCertificate) {
		t.Errorf("the household is shown as %+v", u.Show)
	}
}

func TestAHouseholdThatDoesNotFitItsAnswerIsTakenWithNothing(t *testing.T) {
	d, f := newDesk(t), New()
	key := d.key()
	a, b := d.person(1, true), d.person(2, true)
	good := Answer{Codes: []Code{d.code(key, noon, a), d.code(key, noon, b)}}
	both := d.code(key, noon, a, b).Message
	salts := []*credential.Salt{a.Salt, b.Salt}
	for name, h := range map[string]Household{
		"somebody without a code": {both, ids(1, 3), salts, nil},
		"too few salts":           {both, ids(1, 2), salts[:1], nil},
		"no salts":                {both, ids(1, 2), nil, nil},
		"too few types":           {both, ids(1, 2), salts, []credential.DocumentType{1}},
		"types without salts":     {both, ids(1, 2), nil, []credential.DocumentType{1, 1}},
		"no people":               {both, []health.PersonID{}, nil, nil},
		"no message":              {nil, ids(1, 2), salts, nil},
	} {
		bad := good
		bad.Households = []Household{h}
		if err := f.Take(key, bad, noon); err == nil || len(f.Members(noon)) != 0 {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
}
