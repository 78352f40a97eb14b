package credential

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"

	"pgregory.net/rapid"
)

const at = 1_790_000_040 // 2026-09-21T13:34:00Z, a whole minute

func generate(t testing.TB, alg cose.Algorithm) *cose.PrivateKey {
	t.Helper()
	k, err := cose.Generate(alg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func member(name string) Member {
	return Member{Colour: Green, Name: name, Status: Status{List: ListDay(at), Index: 0x3fffffff}}
}

func paper(name string) Claims {
	return Claims{Issuer: "CN-GD", IssuedAt: at, ExpiresAt: at + 14*86400 - at%60, Kind: Paper, Members: []Member{member(name)}}
}

func phone(name string, holder *cose.PublicKey) Claims {
	return Claims{Issuer: "CN-GD", IssuedAt: at, ExpiresAt: at + 86400, Kind: Phone, Holder: holder, Members: []Member{member(name)}}
}

func mustSign(t testing.TB, c Claims, s cose.Signer) []byte {
	t.Helper()
	b, err := c.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustShow(t testing.TB, p Presentation, s cose.Signer) []byte {
	t.Helper()
	b, err := p.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The sizes that the design promises, at the longest encodings of index and times.
func TestSizesHold(t *testing.T) {
	issuer, holder := generate(t, cose.Ed25519), generate(t, cose.ES256)
	adult := phone("张**", holder.Public())
	adult.Members[0].Hint, adult.Members[0].Tested = 28, at/3600-5
	dependant := phone("张*", holder.Public())
	dependant.Members[0].Relation, dependant.Members[0].Guardian, dependant.Members[0].Hint = Child, "李**", 17
	document := adult
	document.Members = []Member{adult.Members[0]}
	document.Members[0].Digest = make([]byte, 16)
	household := Claims{Issuer: "CN-GD", IssuedAt: at, ExpiresAt: at + 86400, Kind: Household, Holder: holder.Public()}
	for i := range 5 {
		m := member("欧阳*")
		if i > 0 {
			m.Relation = Child
		}
		household.Members = append(household.Members, m)
	}
	onPaper := paper("张**")
	onPaper.Members[0].Hint = 28
	show := func(c Claims, salts map[int]Revealed) []byte {
		p := Presentation{At: at + 30, Codes: [][]byte{mustSign(t, c, issuer)}}
		if salts != nil {
			p.Salts, p.Challenge = salts, make([]byte, 16)
		}
		return mustShow(t, p, holder)
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		limit int
	}{
		{"paper adult", mustSign(t, onPaper, issuer), 150},
		{"phone presentation adult", show(adult, nil), 310},
		{"phone presentation dependant", show(dependant, nil), 319},
		{"with document digest and salt", show(document, map[int]Revealed{0: {Salt: Salt{1}, Document: Passport}}), 360},
		{"household of five", show(household, nil), 430},
	} {
		t.Logf("%s: %d bytes, %d characters", c.name, len(c.bytes), len(Text(c.bytes)))
		if len(c.bytes) > c.limit {
			t.Errorf("%s: %d bytes, the limit is %d", c.name, len(c.bytes), c.limit)
		}
		if _, err := Parse(Text(c.bytes)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func drawMember(t *rapid.T, kind Kind) Member {
	m := Member{
		Colour: Colour(rapid.IntRange(1, 3).Draw(t, "colour")),
		Name:   rapid.SampledFrom([]string{"张*", "L* W**", "欧阳*", "阿***·买**"}).Draw(t, "name"),
		Status: Status{List: ListDay(at), Index: rapid.Uint64Range(0, maxIndex).Draw(t, "index")},
		Tested: rapid.Int64Range(0, at/3600).Draw(t, "tested"),
		Hint:   uint8(rapid.IntRange(0, 31).Draw(t, "hint")),
	}
	if rapid.Bool().Draw(t, "digest") {
		m.Digest = rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "digest bytes")
	}
	if kind != Paper && rapid.Bool().Draw(t, "dependant") {
		m.Relation = Relation(rapid.IntRange(1, 5).Draw(t, "relation"))
		m.Guardian = rapid.SampledFrom([]string{"", "李*"}).Draw(t, "guardian")
	}
	return m
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	issuer, holder := generate(t, cose.Ed25519), generate(t, cose.ES256)
	rapid.Check(t, func(t *rapid.T) {
		c := Claims{Issuer: "CN-GD", IssuedAt: at, ExpiresAt: at + 60*rapid.Int64Range(1, 5000).Draw(t, "minutes")}
		c.Kind = Kind(rapid.IntRange(1, 3).Draw(t, "kind"))
		if c.Kind != Paper {
			c.Holder = holder.Public()
		}
		n := 1
		if c.Kind == Household {
			n = rapid.IntRange(2, MaxMembers).Draw(t, "members")
		}
		for range n {
			c.Members = append(c.Members, drawMember(t, c.Kind))
		}
		signed, err := c.Sign(issuer)
		if err != nil {
			t.Fatal(err)
		}
		u, err := Parse(Text(signed))
		if err != nil {
			t.Fatal(err)
		}
		got := u.Codes[0].Claims
		if !bytes.Equal(got.append(nil), c.append(nil)) {
			t.Fatalf("read %+v, wrote %+v", got, c)
		}
	})
}

func TestCodesThatSayNonsenseAreNeitherWrittenNorRead(t *testing.T) {
	issuer, holder := generate(t, cose.Ed25519), generate(t, cose.ES256)
	for name, spoil := range map[string]func(*Claims){
		"colour 0":              func(c *Claims) { c.Members[0].Colour = 0 },
		"colour 9":              func(c *Claims) { c.Members[0].Colour = 9 },
		"no name":               func(c *Claims) { c.Members[0].Name = "" },
		"bidi in name":          func(c *Claims) { c.Members[0].Name = "张\u202e*" },
		"control in name":       func(c *Claims) { c.Members[0].Name = "张\n*" },
		"long name":             func(c *Claims) { c.Members[0].Name = strings.Repeat("张", 14) },
		"kind 0":                func(c *Claims) { c.Kind = 0 },
		"kind 4":                func(c *Claims) { c.Kind = 4 },
		"exp before iat":        func(c *Claims) { c.ExpiresAt = c.IssuedAt - 60 },
		"exp is iat":            func(c *Claims) { c.ExpiresAt = c.IssuedAt },
		"half a minute":         func(c *Claims) { c.IssuedAt += 30 },
		"negative iat":          func(c *Claims) { c.IssuedAt = -60 },
		"beyond the year 9999":  func(c *Claims) { c.ExpiresAt = maxTime + 1 },
		"list of another day":   func(c *Claims) { c.Members[0].Status.List++ },
		"index of 49 bits":      func(c *Claims) { c.Members[0].Status.Index = 1 << 48 },
		"sample after iat":      func(c *Claims) { c.Members[0].Tested = at/3600 + 1 },
		"hint 32":               func(c *Claims) { c.Members[0].Hint = 32 },
		"short digest":          func(c *Claims) { c.Members[0].Digest = []byte{1} },
		"relation 6":            func(c *Claims) { c.Members[0].Relation = 6 },
		"guardian of nobody":    func(c *Claims) { c.Members[0].Guardian = "李*" },
		"phone without cnf":     func(c *Claims) { c.Holder = nil },
		"two on a phone code":   func(c *Claims) { c.Members = append(c.Members, c.Members[0]) },
		"household of one":      func(c *Claims) { c.Kind = Household },
		"paper with cnf":        func(c *Claims) { c.Kind = Paper },
		"lower-case region":     func(c *Claims) { c.Issuer = "cn-gd" },
		"region of one letter":  func(c *Claims) { c.Issuer = "C-GD" },
		"cnf of the wrong kind": func(c *Claims) { c.Holder = issuer.Public() },
	} {
		c := phone("张*", holder.Public())
		spoil(&c)
		var e *Error
		if _, err := c.Sign(issuer); !errors.As(err, &e) || e.Fault != FaultClaims {
			t.Errorf("%s was written: %v", name, err)
		}
		if c.Kind == Phone && len(c.Members) == 2 {
			continue // there is no way to write it
		}
		raw, err := cose.SignSign1(TypeCode, c.append(nil), issuer, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(Text(raw)); !errors.As(err, &e) || e.Fault != FaultClaims {
			t.Errorf("%s was read: %v", name, err)
		}
	}
}

// What is missing is no zero, and a zero that is written is not missing: one code has one encoding.
func TestMissingAndZeroAreNotTheSame(t *testing.T) {
	issuer, holder := generate(t, cose.Ed25519), generate(t, cose.ES256)
	household := Claims{Issuer: "CN-GD", IssuedAt: at, ExpiresAt: at + 60, Kind: Household, Holder: holder.Public(), Members: []Member{member("张*"), member("李*")}}
	whole := household.append(nil)
	top := bytes.LastIndex(whole, []byte{0xa2, healthKind, byte(Household), healthMembers})
	first := Claims{Issuer: "CN-GD", IssuedAt: 60, ExpiresAt: 120, Kind: Paper, Members: []Member{{Colour: Green, Name: "张*"}}}
	early := first.append(nil) // on day 0 a missing status reference would read as the right list
	status := bytes.LastIndex(early, []byte{healthStatus, 0x82, 0, 0})
	for name, payload := range map[string][]byte{
		"a household with colour 0 beside it":   splice(whole, top, 1, 0xa3, healthColour, 0),
		"a household with an empty name beside": splice(whole, top, 1, 0xa3, healthName, 0x60),
		"a code of day 0 without status":        splice(splice(early, status, 4), bytes.LastIndex(early, []byte{0xa4, healthColour}), 1, 0xa3),
	} {
		raw, err := cose.SignSign1(TypeCode, payload, issuer, true)
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		if _, err := Parse(Text(raw)); !errors.As(err, &e) || e.Fault != FaultClaims {
			t.Errorf("%s: %v, want fault claims", name, err)
		}
	}
}

// splice replaces n bytes at an offset.
func splice(b []byte, at, n int, with ...byte) []byte {
	return append(append(bytes.Clone(b[:at]), with...), b[at+n:]...)
}

func TestTextsThatAreNoneAreNamed(t *testing.T) {
	issuer := generate(t, cose.Ed25519)
	good := Text(mustSign(t, paper("张*"), issuer))
	for name, c := range map[string]struct {
		text string
		want Fault
	}{
		"empty":        {"", FaultFormat},
		"lower case":   {strings.ToLower(good), FaultFormat},
		"other prefix": {"HC1:" + good[4:], FaultFormat},
		"next version": {"YK2:" + good[4:], FaultFormat},
		"only prefix":  {"YK1:", FaultCBOR},
		"space":        {" " + good, FaultFormat},
		"odd length":   {good + "AA", FaultBase45},
		"overflow":     {"YK1::::", FaultBase45},
		"lower digits": {good[:10] + "x" + good[11:], FaultBase45},
		"too long":     {"YK1:" + strings.Repeat("0", MaxText), FaultLength},
		"cut":          {good[:len(good)-5], FaultCBOR},
		"trailing":     {good + "0", FaultCBOR},
	} {
		_, err := Parse(c.text)
		var e *Error
		if !errors.As(err, &e) || e.Fault != c.want {
			t.Errorf("%s: %v, want fault %d", name, err, c.want)
		}
	}
}

func TestPresentationsThatAreWrongAreRefused(t *testing.T) {
	issuer, holder, other := generate(t, cose.Ed25519), generate(t, cose.ES256), generate(t, cose.ES256)
	code := mustSign(t, phone("张*", holder.Public()), issuer)
	foreign := mustSign(t, phone("李*", other.Public()), issuer)
	onPaper := mustSign(t, paper("张*"), issuer)
	twenty := make([][]byte, 20)
	for i := range twenty {
		c := phone("张*", holder.Public())
		c.Members[0].Status.Index = uint64(i)
		twenty[i] = mustSign(t, c, issuer)
	}
	for name, p := range map[string]Presentation{
		"no code":                {At: at},
		"no time":                {Codes: [][]byte{code}},
		"twenty codes":           {At: at, Codes: twenty},
		"a paper code":           {At: at, Codes: [][]byte{onPaper}},
		"codes of two holders":   {At: at, Codes: [][]byte{code, foreign}},
		"the same code twice":    {At: at, Codes: [][]byte{code, code}},
		"short challenge":        {At: at, Codes: [][]byte{code}, Challenge: make([]byte, 15)},
		"long challenge":         {At: at, Codes: [][]byte{code}, Challenge: make([]byte, 33)},
		"salt without challenge": {At: at, Codes: [][]byte{code}, Salts: map[int]Revealed{0: {}}},
		"salt without digest":    {At: at, Codes: [][]byte{code}, Challenge: make([]byte, 16), Salts: map[int]Revealed{0: {}}},
		"salt for no member":     {At: at, Codes: [][]byte{code}, Challenge: make([]byte, 16), Salts: map[int]Revealed{4: {}}},
	} {
		if _, err := p.Sign(holder); err == nil {
			t.Errorf("%s was written", name)
		}
		raw, err := cose.SignSign1(TypePresentation, p.append(nil), holder, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(Text(raw)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	p := Presentation{At: at, Codes: [][]byte{code}}
	if _, err := p.Sign(other); err == nil {
		t.Error("a presentation by another key was written")
	}
}

func TestMasking(t *testing.T) {
	for name, want := range map[string]string{
		"张三": "张*", "张三丰": "张**", "欧阳明日": "欧阳**", "欧阳": "欧*", "Li Wei": "L* W**", "阿卜杜拉·买买提": "阿***·买**", "": "", "\u202e": "",
		"A B C D E": "A B C", "···": "", "\ue000": "", "- 3rd Li": "*r* L*",
		// A sign is no letter; a letter that no code can show has its star where it stands.
		"-王": "王", ".王": "王", "王-": "王", "O'Brien": "O***", "O'B": "O*", "\ue863明": "*明", "\ue863明强": "*明*", "王\ue863": "王*", "欧\ue000阳明": "欧***",
		"\ue000\ue000\ue000\ue000明强": "***明", "\ue000\u0301明": "*明",
		strings.Repeat("ก"+strings.Repeat("\u0e31", 40)+"ขคงจ ", 3):            "กัั*** กัั*** กัั***",
		strings.Repeat("\U00011013"+strings.Repeat("\U00011046", 9)+"abc·", 3): strings.Repeat("\U00011013\U00011046\U00011046***·", 2)[:32],
		"王": "王", "བསྟན་འཛིན": "བ***", "Bartholomew": "B***",
	} {
		if got := MaskName(name); got != want {
			t.Errorf("%q masks to %q, want %q", name, got, want)
		}
	}
	marks := strings.Repeat("\u0e31", 40)
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"ก" + marks, "·", "\ue000", "\u3164", "\u034f", "\U00020bb7", "欧阳", " ", "་", "3", "-"}))
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOf(word).Draw(t, "name"), rapid.SampledFrom([]string{"", " ", "·"}).Draw(t, "between"))
		got := MaskName(name)
		if got != "" && !validName(got) {
			t.Fatalf("%q masks to %q, which fits no code", name, got)
		}
		if NameFault(name) == "" && got == "" {
			t.Fatalf("%q has no fault and no masked form", name)
		}
	})
}

func TestNamesOnACodeShow(t *testing.T) {
	for _, name := range []string{
		"张*", "བ***", "བཀྲ་ཤིས", "ئابدۇللا", "ك*** ئا**", "\U00020bb7*", "\U000323af*", "\U0002ebf0*", "〇*", "Ñ**", "N\u0303**", "阿***·买**", "O'B. J-3", "ꆈ**", "ᠮ***", "สุ**",
	} {
		if !validName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"", "*", "***", "3", "\u3164", "\uffa0", "\u00a0", "\u3000", "\u2800", "\u115f", "\u1160", "\u034f", "\ufe0f", "\u0301", "\U00013441", "\ue000", "张\ue000",
		"张\u3164", "张\u034f*", "张\ufe0f", "张\u00a0*", "张\u3000*", "张* ✔ACCEPT", "张*😀", "张  *", " 张*", "张* ", "\u0301张*", "张*\u0301", "张 \u0301", "张\U000e0100",
		"张/李", "张\u2028*", "张，李", "\u2f00", "张=",
	} {
		if validName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestDaysBeginAtMidnightInChina(t *testing.T) {
	const midnight = 1_790_006_400 // 2026-09-22T00:00:00+08:00
	if ListDay(midnight) != ListDay(midnight-1)+1 || DayStart(ListDay(midnight)) != midnight {
		t.Error("the day does not change at midnight UTC+8")
	}
	if got := DayText(ListDay(midnight)); got != "2026-09-22" {
		t.Errorf("the day is written %s", got)
	}
}

func TestHelperSymbols(t *testing.T) {
	salt := Salt{1, 2, 3}
	for _, shown := range []Revealed{salt.Of(0), salt.Of(BirthCertificate), salt.Of(255)} {
		if got, err := ParseSalt(SaltText(shown)); err != nil || got != shown {
			t.Error(got, err)
		}
	}
	challenge := bytes.Repeat([]byte{7}, 20)
	if got, err := ParseChallenge(ChallengeText(challenge)); err != nil || !bytes.Equal(got, challenge) {
		t.Error(got, err)
	}
	for _, bad := range []string{"", "YK1:00", "YKS1:", "YKS1:" + strings.Repeat("0", 90), SaltText(salt.Of(0))[:20], SaltPrefix + base45.Encode(append(salt[:], 0)), SaltPrefix + base45.Encode(append(salt[:], 1, 1)), "YKS1:é"} {
		if _, err := ParseSalt(bad); err == nil {
			t.Errorf("%q is no salt", bad)
		}
	}
	m := Member{Digest: DocumentDigest(salt, "resident-id", "990101199001011234")}
	if !m.MatchesDocument(salt, "resident-id", " 990101199001011234") || m.MatchesDocument(salt, "passport", "990101199001011234") {
		t.Error("the digest is not tied to type and number")
	}
}

// FuzzParse: no panic, an *Error or a value; what is read is written again byte for byte.
func FuzzParse(f *testing.F) {
	issuer, holder := generate(f, cose.Ed25519), generate(f, cose.ES256)
	code := mustSign(f, phone("张*", holder.Public()), issuer)
	f.Add(Text(code))
	f.Add(Text(mustSign(f, paper("L* W**"), issuer)))
	f.Add(Text(mustShow(f, Presentation{At: at, Codes: [][]byte{code}, Challenge: make([]byte, 16)}, holder)))
	cases, err := testvectors.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add(c.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Fault == 0 {
				t.Fatalf("an error without a fault: %v", err)
			}
			return
		}
		message, err := base45.Decode(text[len(Prefix):])
		if err != nil || Text(message) != text {
			t.Fatal("the text is not the one form of its bytes")
		}
		for _, code := range u.Codes {
			if !bytes.Equal(code.Claims.append(nil), code.Message.Payload) {
				t.Fatalf("%x is written %x", code.Message.Payload, code.Claims.append(nil))
			}
		}
		if u.Show != nil && !bytes.Equal(u.Show.Presentation.append(nil), u.Show.Message.Payload) {
			t.Fatal("the presentation is written differently")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	issuer, holder := generate(b, cose.Ed25519), generate(b, cose.ES256)
	code := mustSign(b, phone("张*", holder.Public()), issuer)
	for name, text := range map[string]string{"paper": Text(mustSign(b, paper("张*"), issuer)), "phone": Text(mustShow(b, Presentation{At: at, Codes: [][]byte{code}}, holder))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
