package verifier_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"pgregory.net/rapid"
)

var now = time.Unix(world.Now, 0)

// scene is a province, a bundle of it, and a holder.
type scene struct {
	*world.World
	t         testing.TB
	authority *world.Authority
	holder    *cose.PrivateKey
}

func newScene(t testing.TB) *scene {
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	return &scene{w, t, w.Authority(), w.EC("holder")}
}

// bundle is what a gate has that pinned the first root and loaded what is published.
func (s *scene) bundle() *trust.Bundle {
	s.t.Helper()
	pinned, err := trust.Pin(s.authority.FirstRoot())
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := trust.Update(pinned, s.authority.Bundle(), now)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *scene) verifier() *verifier.Verifier { return verifier.New(s.bundle(), verifier.Policy{}) }

func (s *scene) paper() string {
	return credential.Text(s.Sign(world.Paper("张*"), s.Ed(world.PaperKey)))
}

func (s *scene) phone() []byte { return s.Sign(world.Phone("张*", s.holder), s.Ed(world.PhoneKey)) }

// The bundle is of 17:00, the code of five past midnight, and the gate asks at nine without network.
func TestMidnight(t *testing.T) {
	s := newScene(t)
	c := world.IssuedAtTime(world.Phone("张*", s.holder), world.Midnight+5*60)
	gate := int64(world.Midnight + 9*3600)
	text := s.Shown(gate, s.holder, s.Sign(c, s.Ed(world.PhoneKey)))
	r := s.verifier().Verify(text, time.Unix(gate, 0), nil)
	if r.Verdict != verifier.Accept || r.Ages.Bundle != 16*3600 {
		t.Errorf("%v, %s, bundle of %d s", r.Verdict, r.Reason, r.Ages.Bundle)
	}
	tomorrow := newScene(t)
	tomorrow.authority.Next(7*3600 + 60) // a snapshot in which the list of the new day is missing although it had begun
	tomorrow.authority.Lists = tomorrow.authority.Lists[:1]
	if r := tomorrow.verifier().Verify(text, time.Unix(gate, 0), nil); r.Reason != verifier.ReasonListMissing {
		t.Errorf("%s, want list_missing", r.Reason)
	}
}

// A thousand presentations inside the window and a thousand outside it, on a clock with fractions; each is shown twice at one gate.
func TestPresentationsCountFromSixtySecondsOldToThirtyAhead(t *testing.T) {
	s := newScene(t)
	v, code := s.verifier(), s.phone()
	gate := verifier.NewGate(v)
	counts := make(map[string]int)
	for i := range 1000 {
		at := now.Add(time.Duration(i) * time.Minute / 1000)
		inside := at.Add(time.Duration(i%90-59) * time.Second)
		outside := at.Add(-61*time.Second - time.Duration(i)*time.Second/3)
		if i%2 == 0 {
			outside = at.Add(31*time.Second + time.Duration(i)*time.Second/3)
		}
		text := s.Shown(inside.Unix(), s.holder, code)
		counts["inside "+string(v.Verify(text, at, nil).Reason)]++
		first, second := gate.Verify(text, at, nil), gate.Verify(text, at, nil)
		counts["gate "+string(second.Reason)]++
		if first.Reason != verifier.ReasonOK && first.Reason != verifier.ReasonAlreadyShown {
			t.Fatalf("%v from the gate's clock: %s", inside.Sub(at), first.Reason)
		}
		switch r := v.Verify(s.Shown(outside.Unix(), s.holder, code), at, nil); {
		case outside.Before(at) && r.Reason == verifier.ReasonPresentationOld, outside.After(at) && r.Reason == verifier.ReasonPresentationAhead:
			counts["outside refused"]++
		default:
			t.Fatalf("%v from the gate's clock: %s", outside.Sub(at), r.Reason)
		}
	}
	want := map[string]int{"inside ok": 1000, "gate already_shown": 1000, "outside refused": 1000}
	if !maps.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
}

func TestACodeWithAnyBitFlippedIsRefused(t *testing.T) {
	s := newScene(t)
	v := s.verifier()
	for _, text := range []string{s.paper(), s.Shown(world.Now, s.holder, s.phone()), credential.Text(s.Sign(world.Paper("张*"), s.EC(world.PaperECKey)))} {
		message, err := base45.Decode(strings.TrimPrefix(text, credential.Prefix))
		if err != nil {
			t.Fatal(err)
		}
		if r := v.Verify(text, now, nil); r.Verdict != verifier.Accept {
			t.Fatalf("the whole code: %s", r.Reason)
		}
		for i := range 8 * len(message) {
			bad := bytes.Clone(message)
			bad[i/8] ^= 1 << (i % 8)
			if r := v.Verify(credential.Text(bad), now, nil); r.Verdict != verifier.Refuse || len(r.Members) != 0 {
				t.Fatalf("bit %d of byte %d is flipped: %v, %s, %d members shown", i%8, i/8, r.Verdict, r.Reason, len(r.Members))
			}
		}
	}
}

func TestTenMegabytesOfTextAreRefusedAtOnce(t *testing.T) {
	v := newScene(t).verifier()
	for name, text := range map[string]string{
		"behind our prefix": "YK1:" + strings.Repeat("0", 10<<20), "of anything": strings.Repeat("x", 10<<20), "of another format": "HC1:" + strings.Repeat("0", 10<<20),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		took := time.Hour
		var r verifier.Result
		for range 5 { // the best of five, for a machine that others use too
			start := time.Now()
			r = v.Verify(text, now, nil)
			took = min(took, time.Since(start))
		}
		runtime.ReadMemStats(&after)
		if taken := (after.TotalAlloc - before.TotalAlloc) / 5; r.Verdict != verifier.Refuse || took > 10*time.Millisecond || taken > 1<<20 {
			t.Errorf("%s: %s after %v and %d bytes", name, r.Reason, took, taken)
		}
	}
}

// mutate spoils one text of the vectors, at its letters or at its bytes.
func mutate(t *rapid.T, texts []string) string {
	text := rapid.SampledFrom(texts).Draw(t, "text")
	if rapid.Bool().Draw(t, "letters") || !strings.HasPrefix(text, credential.Prefix) {
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		return text[:at] + rapid.String().Draw(t, "insert") + text[min(len(text), at+rapid.IntRange(0, 5).Draw(t, "cut")):]
	}
	b, err := base45.Decode(text[len(credential.Prefix):])
	if err != nil || len(b) == 0 {
		return text
	}
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] = rapid.Byte().Draw(t, "value")
	}
	return credential.Text(b)
}

func vectorTexts(t testing.TB) (texts []string) {
	cases, err := testvectors.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		texts = append(texts, c.Text)
	}
	return texts
}

// Whatever the text and the time: a Result, soon, and the same with and without the tables of known keys; and no name unless the registry lets it appear.
func TestAnyTextHasAResult(t *testing.T) {
	s := newScene(t)
	b, texts := s.bundle(), vectorTexts(t)
	known, plain := verifier.New(b, verifier.Policy{}), verifier.New(b, verifier.Policy{Tables: -1})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string { return mutate(t, texts) }), rapid.Custom(func(t *rapid.T) string {
			return credential.Text(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		})).Draw(t, "any")
		at := now.Add(time.Duration(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "clock")))
		if rapid.Bool().Draw(t, "far") {
			at = time.Unix(rapid.Int64().Draw(t, "unix"), 0)
		}
		start := time.Now()
		r := known.Verify(text, at, nil)
		if took := time.Since(start); took > time.Second {
			t.Fatalf("it took %v", took)
		}
		asJSON, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		other, err := json.Marshal(plain.Verify(text, at, nil))
		if err != nil || !bytes.Equal(asJSON, other) {
			t.Fatalf("with tables %s, without %s (%v)", asJSON, other, err)
		}
		for _, m := range r.Members {
			if shown := m.Name != "" || m.Colour != 0; shown != (m.Reason == verifier.ReasonOK || m.Reason == verifier.ReasonColour) {
				t.Fatalf("%s shows %+v", m.Reason, m)
			}
		}
	})
}

func TestAResultThatMayNotShowDataHoldsNone(t *testing.T) {
	s := newScene(t)
	red := world.Paper("欧阳**")
	red.Members[0].Colour, red.Members[0].Hint = credential.Red, 17
	forged := s.Sign(red, s.Ed("stranger"))
	revoked := red
	revoked.Members = []credential.Member{red.Members[0]}
	revoked.Members[0].Status.Index = world.Revoked[0]
	expired := red
	expired.ExpiresAt = world.Issued + 60
	paper := s.Ed(world.PaperKey)
	v := s.verifier()
	for name, code := range map[string][]byte{"forged": forged, "revoked": s.Sign(revoked, paper), "expired": s.Sign(expired, paper)} {
		r := v.Verify(credential.Text(code), now, nil)
		asJSON, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if out := fmt.Sprintf("%+v %#v %s", r, r, asJSON); strings.Contains(out, "欧阳") || strings.Contains(out, `"red"`) || strings.Contains(out, "birth_day") {
			t.Errorf("%s: %s", name, out)
		}
		if r.MatchDocument("resident-id", "990101199001010013") != verifier.NotOffered {
			t.Errorf("%s: it answers questions", name)
		}
	}
	if r := v.Verify(credential.Text(s.Sign(red, paper)), now, nil); r.Reason != verifier.ReasonColour || r.Members[0].Name != "欧阳**" || r.Members[0].Birthday != 17 {
		t.Errorf("a genuine red shows %+v", r)
	}
}

func TestDigestsAndSaltsAreInNoPrint(t *testing.T) {
	s := newScene(t)
	salt := credential.Salt{0xab, 0xcd, 0xef, 0x12, 0x34}
	c := world.Paper("张*")
	c.Members[0].Digest = credential.DocumentDigest(salt, "resident-id", "990101199001010013")
	r := s.verifier().Verify(credential.Text(s.Sign(c, s.Ed(world.PaperKey))), now, nil).Reveal(salt.Of(0))
	if r.MatchDocument("resident-id", "990101199001010013") != verifier.Matches || r.MatchDocument("resident-id", "990101199001010021") != verifier.NoMatch {
		t.Error("the document is not compared")
	}
	asJSON, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Members[0].Digest
	prints := []string{string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		prints = append(prints, fmt.Sprintf(verb, r), fmt.Sprintf(verb, &r))
	}
	for _, out := range prints {
		for _, secret := range []string{fmt.Sprintf("%d %d %d", d[0], d[1], d[2]), fmt.Sprintf("%x", d[:4]), "171 205 239", "abcdef12"} {
			if strings.Contains(out, secret) {
				t.Errorf("%q is in %s", secret, out)
			}
		}
	}
}

func TestOneVerifierServesManyGatesAtOnce(t *testing.T) {
	s := newScene(t)
	v, paper, phone := s.verifier(), s.paper(), s.Shown(world.Now, s.holder, s.phone())
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for range 20 {
				for _, text := range []string{paper, phone} {
					if r := v.Verify(text, now, nil); r.Verdict != verifier.Accept {
						t.Error(r.Reason)
					}
				}
			}
		})
	}
	done.Wait()
}

func TestAPresentationPassesAGateOnceHoweverManyScan(t *testing.T) {
	s := newScene(t)
	gate := verifier.NewGate(s.verifier())
	challenge, err := gate.Challenge(bytes.NewReader(make([]byte, 16)), now)
	if err != nil {
		t.Fatal(err)
	}
	first := s.Shown(world.Now, s.holder, s.phone())
	counts := make(map[verifier.Reason]int)
	var mu sync.Mutex
	var done sync.WaitGroup
	for i := range 16 {
		text, asked := first, []byte(nil)
		if i%2 == 1 {
			text, asked = credential.Text(s.Show(credential.Presentation{At: world.Now + int64(i), Codes: [][]byte{s.phone()}, Challenge: challenge}, s.holder)), challenge
		}
		done.Go(func() {
			r := gate.Verify(text, now, asked)
			mu.Lock()
			defer mu.Unlock()
			counts[r.Reason]++
		})
	}
	done.Wait()
	if counts[verifier.ReasonOK] != 2 || counts[verifier.ReasonAlreadyShown] != 7 || counts[verifier.ReasonChallengeExpired] != 7 {
		t.Errorf("%v, want one of each accepted, 7 already_shown, 7 challenge_expired", counts)
	}
}

func TestAGateForgetsAfterTwoMinutesAndTakesNewTrust(t *testing.T) {
	s := newScene(t)
	gate := verifier.NewGate(s.verifier())
	text := s.Shown(world.Now, s.holder, s.phone())
	if r := gate.Verify(text, now, nil); r.Verdict != verifier.Accept {
		t.Fatal(r.Reason)
	}
	gate.Use(s.verifier())
	if r := gate.Verify(text, now.Add(59*time.Second), nil); r.Reason != verifier.ReasonAlreadyShown {
		t.Errorf("%s, want already_shown", r.Reason)
	}
	if r := gate.Verify(text, now.Add(3*time.Minute), nil); r.Reason != verifier.ReasonPresentationOld {
		t.Errorf("%s, want presentation_old", r.Reason)
	}
	if _, err := gate.Challenge(bytes.NewReader(nil), now); err == nil {
		t.Error("a challenge came from an empty random source")
	}
}

func TestAGateHasAtMostAThousandOpenChallenges(t *testing.T) {
	s := newScene(t)
	gate := verifier.NewGate(s.verifier())
	open := func(i int, at time.Time) error {
		_, err := gate.Challenge(bytes.NewReader([]byte(fmt.Sprintf("%016d", i))), at)
		return err
	}
	for i := range 1024 {
		if err := open(i, now); err != nil {
			t.Fatal(err)
		}
	}
	if open(1024, now) == nil {
		t.Error("one more was opened")
	}
	if err := open(1024, now.Add(61*time.Second)); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// otherRegions is a format that knows everything that begins with XX.
type otherRegions struct{}

func (otherRegions) Detect(text string) bool { return strings.HasPrefix(text, "XX") }

func (otherRegions) Verify(string, *trust.Bundle, time.Time) verifier.Result {
	return verifier.Result{Verdict: verifier.Accept, Reason: verifier.ReasonOK, Members: []verifier.Member{}}
}

func TestAForeignFormatNeverSeesOurTexts(t *testing.T) {
	s := newScene(t)
	v := verifier.New(s.bundle(), verifier.Policy{}, otherRegions{})
	if r := v.Verify("XX", now, nil); r.Verdict != verifier.Accept {
		t.Errorf("%s", r.Reason)
	}
	if r := v.Verify("ZZ", now, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen != "text" {
		t.Errorf("%s, seen %s", r.Reason, r.Seen)
	}
	if r := v.Verify("YK1:", now, nil); r.Reason != verifier.ReasonCBOR {
		t.Errorf("%s", r.Reason)
	}
}

func TestAGateMayBeStricterThanTheSignedPolicyAndNotLaxer(t *testing.T) {
	s := newScene(t)
	text, at := s.paper(), time.Unix(world.Published+3*3600, 0)
	for age, want := range map[time.Duration]verifier.Reason{0: verifier.ReasonOK, 2 * time.Hour: verifier.ReasonBundleStale, 4 * time.Hour: verifier.ReasonOK} {
		if r := verifier.New(s.bundle(), verifier.Policy{MaxAge: age}).Verify(text, at, nil); r.Reason != want {
			t.Errorf("own hard age of %v: %s, want %s", age, r.Reason, want)
		}
	}
	late := time.Unix(world.Published+21*3600, 0)
	if r := verifier.New(s.bundle(), verifier.Policy{MaxAge: 30 * 24 * time.Hour}).Verify(text, late, nil); r.Reason != verifier.ReasonBundleStale {
		t.Errorf("a month: %s, want bundle_stale", r.Reason)
	}
}
