package verifier_test

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/trust"
	"healthcode.example/trust/tsl"
	"healthcode.example/verifier"
)

// object is one kind of signed thing: a genuine one, and who signs it.
type object struct {
	typ     string
	genuine []byte
	signers []cose.Signer
	several bool // COSE_Sign; else COSE_Sign1
	kid     bool
}

// payload takes the claims out of a genuine object.
func (o *object) payload(t *testing.T) []byte {
	t.Helper()
	if o.several {
		m, err := cose.ParseSign(o.genuine)
		if err != nil {
			t.Fatal(err)
		}
		return m.Payload
	}
	m, err := cose.ParseSign1(o.genuine)
	if err != nil {
		t.Fatal(err)
	}
	return m.Payload
}

// forge signs any payload under any typ as the object's own signers would.
func (o *object) forge(t *testing.T, typ string, payload []byte) []byte {
	t.Helper()
	if o.several {
		b, err := cose.SignSign(typ, payload, o.signers...)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, err := cose.SignSign1(typ, payload, o.signers[0], o.kid)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rawShow is a presentation that its own package would not sign.
func (l *land) rawShow(codes ...[]byte) string {
	l.t.Helper()
	return l.rawShowAt(midday, codes...)
}

func (l *land) rawShowAt(at time.Time, codes ...[]byte) string {
	l.t.Helper()
	payload := cose.AppendInt(cose.AppendInt(cose.AppendMap(nil, 2), 1), at.Unix())
	payload = cose.AppendArray(cose.AppendInt(payload, 2), len(codes))
	for _, code := range codes {
		payload = cose.AppendBytes(payload, code)
	}
	b, err := cose.SignSign1(credential.TypePresentation, payload, l.key("holder", cose.ES256), false)
	l.must(err)
	return credential.Text(b)
}

// objects are all kinds that the registry knows, each genuine and in force.
func (l *land) objects() map[string]*object {
	l.t.Helper()
	code := l.sign(l.claims(midday))
	show, err := (&credential.Presentation{At: midday.Unix(), Codes: [][]byte{code}}).Sign(l.key("holder", cose.ES256))
	l.must(err)
	words := map[string]string{"zh-Hans": "绿码", "zh-Hant": "綠碼", "en": "green"}
	rules, err := health.SignRules(&health.RuleSet{
		Region: l.iss, Version: 1, EffectiveFrom: midday.Unix(),
		Default: health.Outcome{Colour: credential.Green, Reason: "no_evidence", Text: words, Release: words},
	}, l.signer(trust.Rules))
	l.must(err)
	lists := make([]*trust.StatusList, 0, 2)
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper} {
		list, err := trust.NewStatusList(p, credential.ListDay(midday.Unix()), 30, nil)
		l.must(err)
		lists = append(lists, list)
	}
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: 9, IssuedAt: midday.Unix(), ExpiresAt: midday.AddDate(0, 0, 7).Unix(), Region: l.iss, Ceiling: 1 << 27,
	}, l.keyList(), lists, l.signer(trust.SnapshotKey))
	l.must(err)
	one := func(p trust.Purpose) []cose.Signer { return []cose.Signer{l.signer(p)} }
	return map[string]*object{
		"code":         {credential.TypeCode, code, one(trust.Phone), false, true},
		"presentation": {credential.TypePresentation, show, []cose.Signer{l.key("holder", cose.ES256)}, false, false},
		"root":         {trust.TypeRoot, l.root(), []cose.Signer{l.key("root", cose.Ed25519)}, true, true},
		"key list":     {trust.TypeKeyList, l.keyList(), []cose.Signer{l.key("list", cose.Ed25519)}, true, true},
		"snapshot":     {trust.TypeSnapshot, snapshot, one(trust.SnapshotKey), false, true},
		"rule set":     {health.RuleType, rules, one(trust.Rules), false, true},
	}
}

// doors are the places at which an object comes in; each says whether it took it.
func (l *land) doors() map[string]func(b []byte) bool {
	l.t.Helper()
	objects := l.objects()
	v := verifier.New(l.bundle(midday), verifier.Policy{})
	pinned, err := trust.Pin(l.root())
	l.must(err)
	update := func(root, keys, snapshot []byte) bool {
		file, err := trust.Assemble([][]byte{root}, keys, snapshot, nil)
		l.must(err)
		_, err = trust.Update(pinned, file, midday)
		return err == nil
	}
	root, keys, snapshot := objects["root"].genuine, objects["key list"].genuine, objects["snapshot"].genuine
	accepts := func(text string) bool { return v.Verify(text, midday, nil).Verdict == verifier.Accept }
	return map[string]func(b []byte) bool{
		"presentation": func(b []byte) bool { return accepts(credential.Text(b)) },
		"code":         func(b []byte) bool { return accepts(l.rawShow(b)) },
		"root": func(b []byte) bool {
			_, err := trust.Pin(b)
			return err == nil || update(b, keys, snapshot)
		},
		"key list": func(b []byte) bool { return update(root, b, snapshot) },
		"snapshot": func(b []byte) bool { return update(root, keys, b) },
		"rule set": func(b []byte) bool {
			_, err := health.ParseRules(b, l.signer(trust.Rules).Public())
			return err == nil
		},
	}
}

func TestNoSignedObjectPassesInPlaceOfAnother(t *testing.T) {
	l := newLand(t, "CN-GD")
	objects, doors := l.objects(), l.doors()
	for name, door := range doors {
		own := objects[name]
		if !door(own.genuine) {
			t.Errorf("the %s itself does not pass its own door", name)
		}
		for other, o := range objects {
			if other == name {
				continue
			}
			for how, b := range map[string][]byte{
				"as it is": o.genuine,
				"with the right typ and the right signer": own.forge(t, own.typ, o.payload(t)),
				"with the right typ and its own signer":   o.forge(t, own.typ, o.payload(t)),
			} {
				if door(b) {
					t.Errorf("a %s passes as %s, %s", other, name, how)
				}
			}
			if door(own.forge(t, o.typ, own.payload(t))) {
				t.Errorf("a %s passes under the typ of a %s", name, other)
			}
		}
	}
}

func TestABareCodeOrAnExportedListOpensNothing(t *testing.T) {
	l := newLand(t, "CN-GD")
	list, err := trust.NewStatusList(trust.Phone, credential.ListDay(midday.Unix()), 20, nil)
	l.must(err)
	exported, err := (&tsl.Token{Subject: "https://codes.example/1", IssuedAt: midday.Unix(), ExpiresAt: midday.Unix() + 60, TTL: 60e9, List: list}).CWT(l.signer(trust.SnapshotKey))
	l.must(err)
	for name, door := range l.doors() {
		if door(exported) || door(exported[1:]) {
			t.Errorf("a token status list passes as %s", name)
		}
	}
	v := verifier.New(l.bundle(midday), verifier.Policy{})
	wantResult(t, v.Verify(credential.Text(l.objects()["code"].genuine), midday, nil), verifier.Refuse, verifier.ReasonBare, "")
}
