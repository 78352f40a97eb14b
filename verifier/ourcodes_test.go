package verifier_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors/world"
	"healthcode.example/verifier"
)

// ourCode is a genuine text, and what its gate asked.
type ourCode struct {
	name      string
	text      string
	message   []byte
	challenge []byte
	parsed    credential.Unverified
}

// ourCodes makes a hundred: paper and phone, of one person and of a household, of a dependant, with document and challenge, under both
// algorithms and in all colours. Each is accepted, or refused for its colour with its data.
func (s *scene) ourCodes() (codes []ourCode) {
	s.t.Helper()
	v := s.verifier()
	for i := range 100 {
		c := s.ourCode(i)
		var err error
		if c.message, err = base45.Decode(strings.TrimPrefix(c.text, credential.Prefix)); err != nil {
			s.t.Fatal(err)
		}
		if c.parsed, err = credential.Parse(c.text); err != nil {
			s.t.Fatal(err)
		}
		if r := v.Verify(c.text, now, c.challenge); len(r.Members) == 0 || r.Reason != verifier.ReasonOK && r.Reason != verifier.ReasonColour {
			s.t.Fatalf("%s as it was made: %v, %s", c.name, r.Verdict, r.Reason)
		}
		codes = append(codes, c)
	}
	return codes
}

// ourCode makes the one with the number.
func (s *scene) ourCode(i int) ourCode {
	colours := []credential.Colour{credential.Green, credential.Yellow, credential.Red}
	holder := s.EC(fmt.Sprintf("holder %d", i))
	names := []string{"张*", "李**", "欧阳**", "A** B*****"}
	var c credential.Claims
	switch i % 5 {
	case 0, 1:
		c = world.Paper(names[i%4])
	case 2:
		c = world.Phone(names[i%4], holder)
	case 3:
		c = world.Household(holder, names[:2+i%3]...)
	case 4:
		c = world.Phone(names[i%4], holder)
		c.Members[0].Relation, c.Members[0].Guardian = credential.Child, "王*"
	}
	for m := range c.Members {
		member := &c.Members[m]
		member.Colour = colours[(i+m)%3]
		member.Status.Index = uint64(1_000_000 + 100*i + m)
		if i%2 == 0 {
			member.Tested, member.Hint = c.IssuedAt/3600-30, uint8(1+i%28)
		}
	}
	return s.showOurs(i, c, holder)
}

// showOurs signs the code, and shows it if it is bound.
func (s *scene) showOurs(i int, c credential.Claims, holder *cose.PrivateKey) ourCode {
	out := ourCode{name: fmt.Sprintf("code %d, %v, %v", i, c.Kind, c.Members[0].Colour)}
	issuer := s.Ed(world.PhoneKey)
	switch es := i%4 == 3; {
	case c.Kind == credential.Paper && i%10 < 5:
		issuer = s.Ed(world.PaperKey)
	case c.Kind == credential.Paper:
		issuer = s.EC(world.PaperECKey)
	case es:
		issuer = s.EC(world.PhoneECKey)
	}
	show := credential.Presentation{At: world.Now - int64(i%30)}
	if i%3 == 2 {
		out.challenge = binary.BigEndian.AppendUint64(make([]byte, 8, 16), uint64(i)) // a test's, which nobody need guess
		salt := credential.Salt(slices.Concat(out.challenge[8:], out.challenge[8:]))
		c.Members[0].Digest = credential.DocumentDigest(salt, "resident-id", "990101199001011234")
		show.Challenge, show.Salts = out.challenge, map[int]credential.Revealed{0: salt.Of(0)}
	}
	code := s.Sign(c, issuer)
	if c.Kind == credential.Paper {
		out.text, out.challenge = credential.Text(code), nil
		return out
	}
	show.Codes = [][]byte{code}
	out.text = credential.Text(s.Show(show, holder))
	return out
}

func TestTheHundredCodesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range newScene(t).ourCodes() {
		if seen[c.text] {
			t.Errorf("%s is there twice", c.name)
		}
		seen[c.text] = true
	}
}
