package testvectors_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	return must[[]byte](t)(testvectors.File(name))
}

// load pins the root of a bundle of bundles.json and loads its file.
func load(t testing.TB, name string) *trust.Bundle {
	t.Helper()
	for _, b := range must[[]testvectors.Bundle](t)(testvectors.Bundles()) {
		if b.Name != name {
			continue
		}
		pinned := must[*trust.Bundle](t)(trust.Pin(file(t, b.Root)))
		if pinned.Fingerprint() != b.Fingerprint {
			t.Errorf("bundle %s: the root's fingerprint is %s, want %s", name, pinned.Fingerprint(), b.Fingerprint)
		}
		if b.File == "" {
			return pinned
		}
		return must[*trust.Bundle](t)(trust.Update(pinned, file(t, b.File), time.Unix(0, 0)))
	}
	t.Fatalf("bundles.json has no bundle %q", name)
	return nil
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	return must[time.Time](t)(time.Parse(time.RFC3339Nano, s))
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	if s == "" {
		return nil
	}
	return must[[]byte](t)(hex.DecodeString(s))
}

// inJSON is what another program would see of the Result.
func inJSON(t testing.TB, r verifier.Result) (got testvectors.Expected) {
	t.Helper()
	if err := json.Unmarshal(must[[]byte](t)(json.Marshal(r)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func finish(t testing.TB, c testvectors.Case, r verifier.Result) verifier.Result {
	t.Helper()
	if c.Salt != "" {
		r = r.Reveal(must[credential.Revealed](t)(credential.ParseSalt(c.Salt)))
	}
	if c.Document != nil {
		r = r.RequireDocument(c.Document.Type, c.Document.Number)
	}
	return r
}

func TestEveryCase(t *testing.T) {
	verifiers := make(map[string][2]*verifier.Verifier)
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		name := strings.Join(append([]string{c.Bundle, c.Gate, c.Sort}, c.Partners...), " ")
		pair, known := verifiers[name]
		if !known {
			b := load(t, c.Bundle)
			pair = [2]*verifier.Verifier{
				verifier.New(b, verifier.Policy{Demo: c.Gate == "demo", Gate: c.Sort}),
				verifier.New(b, verifier.Policy{Demo: c.Gate == "demo", Gate: c.Sort, Tables: -1}),
			}
			for _, p := range c.Partners {
				for i := range pair {
					pair[i] = must[*verifier.Verifier](t)(pair[i].WithPartner(load(t, p)))
				}
			}
			verifiers[name] = pair
		}
		for i, v := range pair {
			r := v.Verify(c.Text, at(t, c.At), unhex(t, c.Challenge))
			if got := inJSON(t, finish(t, c, r)); !reflect.DeepEqual(got, c.Expected) {
				t.Errorf("%s (%s), verifier %d:\n got %+v\nwant %+v", c.ID, c.Comment, i, got, c.Expected)
			}
		}
	}
}

func TestEverySequence(t *testing.T) {
	for _, s := range must[[]testvectors.Sequence](t)(testvectors.Sequences()) {
		gate := verifier.NewGate(verifier.New(load(t, s.Bundle), verifier.Policy{Demo: s.Gate == "demo"}))
		for i, step := range s.Steps {
			if step.Open != "" {
				must[[]byte](t)(gate.Challenge(bytes.NewReader(unhex(t, step.Open)), at(t, step.At)))
				continue
			}
			got := inJSON(t, gate.Verify(step.Text, at(t, step.At), unhex(t, step.Challenge)))
			if !reflect.DeepEqual(got, *step.Expected) {
				t.Errorf("%s (%s), step %d:\n got %+v\nwant %+v", s.ID, s.Comment, i+1, got, *step.Expected)
			}
		}
	}
}

var classes = map[string]error{
	"format": trust.ErrFormat, "signature": trust.ErrSignature, "rollback": trust.ErrRollback, "mixed": trust.ErrMixed, "expired": trust.ErrExpired, "region": trust.ErrRegion,
}

func TestEveryUpdate(t *testing.T) {
	seen := make(map[string]bool)
	for _, u := range must[[]testvectors.Update](t)(testvectors.Updates()) {
		have := must[*trust.Bundle](t)(trust.Pin(file(t, u.Root)))
		if u.Have != "" {
			have = must[*trust.Bundle](t)(trust.Update(have, file(t, u.Have), time.Unix(0, 0)))
		}
		before := have.Version()
		b, err := trust.Update(have, file(t, u.Got), at(t, u.At))
		seen[u.Expected.Error] = true
		switch {
		case u.Expected.Error != "" && (b != nil || !errors.Is(err, classes[u.Expected.Error])):
			t.Errorf("%s (%s): %v, want %s", u.ID, u.Comment, err, u.Expected.Error)
		case u.Expected.Error == "" && err != nil:
			t.Errorf("%s (%s): %v", u.ID, u.Comment, err)
		case u.Expected.Error == "":
			if got := (testvectors.UpdateExpected{Root: b.Root().Version, KeyList: b.KeyList().Version, Snapshot: b.Version()}); got != u.Expected {
				t.Errorf("%s (%s): versions %+v, want %+v", u.ID, u.Comment, got, u.Expected)
			}
		}
		if have.Version() != before {
			t.Errorf("%s: the bundle that was there has changed", u.ID)
		}
	}
	for class := range classes {
		if !seen[class] {
			t.Errorf("no vector gives the error %s", class)
		}
	}
}

// A Reason without a vector is a refusal that no other implementation can learn.
func TestEveryReasonHasAVector(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		seen[c.Expected.Reason] = true
	}
	for _, s := range must[[]testvectors.Sequence](t)(testvectors.Sequences()) {
		for _, step := range s.Steps {
			if step.Expected != nil {
				seen[step.Expected.Reason] = true
			}
		}
	}
	for _, f := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		if f.Expected.Reason == string(verifier.ReasonNotProved) { // of other formats only
			seen[f.Expected.Reason] = true
		}
	}
	for _, r := range append(verifier.Reasons(), verifier.ReasonOK) {
		if !seen[string(r)] {
			t.Errorf("no vector gives the Reason %s", r)
		}
	}
}

func TestEveryVectorHasANameOfItsOwn(t *testing.T) {
	var ids []string
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		ids = append(ids, c.ID)
	}
	for _, s := range must[[]testvectors.Sequence](t)(testvectors.Sequences()) {
		ids = append(ids, s.ID)
	}
	for _, f := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		ids = append(ids, f.ID)
	}
	for _, u := range must[[]testvectors.Update](t)(testvectors.Updates()) {
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	for i := range ids {
		if ids[i] == "" || i > 0 && ids[i] == ids[i-1] {
			t.Errorf("the name %q stands twice or is empty", ids[i])
		}
	}
}

func TestPrimitives(t *testing.T) {
	p := must[testvectors.Primitives](t)(testvectors.ReadPrimitives())
	for _, b := range p.Base45 {
		got, err := base45.Decode(b.Text)
		if b.Bytes == nil {
			if err == nil {
				t.Errorf("base45 %q is read as %x", b.Text, got)
			}
			continue
		}
		if err != nil || hex.EncodeToString(got) != *b.Bytes || base45.Encode(got) != b.Text {
			t.Errorf("base45 %q: %x, %v", b.Text, got, err)
		}
	}
	for _, d := range p.Digests {
		if got := credential.DocumentDigest(credential.Salt(unhex(t, d.Salt)), d.Type, d.Number); hex.EncodeToString(got) != d.Digest {
			t.Errorf("digest of a %s: %x, want %s", d.Type, got, d.Digest)
		}
	}
	for _, k := range p.Thumbprints {
		key := must[*cose.PublicKey](t)(cose.ParseKey(unhex(t, k.Key)))
		thumb := key.Thumbprint()
		if hex.EncodeToString(thumb[:]) != k.Thumbprint || key.ID().String() != k.Kid {
			t.Errorf("key %s: thumbprint %x, kid %v", k.Key, thumb, key.ID())
		}
		if k.Compressed == "" {
			continue
		}
		r := cose.NewReader(unhex(t, k.Compressed))
		if short := must[*cose.PublicKey](t)(cose.ReadCompressedKey(&r)); !short.Equal(key) {
			t.Errorf("key %s is another in its compressed form", k.Key)
		}
	}
	for _, m := range p.Masks {
		if got := credential.MaskName(m.Name); got != m.Masked {
			t.Errorf("%s is masked %s, want %s", m.Name, got, m.Masked)
		}
	}
}

func TestKeysAreMarked(t *testing.T) {
	for _, k := range must[[]testvectors.Key](t)(testvectors.Keys()) {
		if k.Name[:9] != "TEST KEY " || k.PEM[:9] != "TEST KEY " {
			t.Errorf("%s is not marked", k.Name)
		}
	}
}
