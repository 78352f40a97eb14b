package bolt_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/refresh"
)

// attacker has a telephone of their own and writes presentations that no wallet would write.
type attacker struct {
	*phone
	key *cose.PrivateKey // of the last refresh
	got wallet.Fetched
}

func (w *world) attacker(owner string) *attacker {
	w.Helper()
	return &attacker{phone: w.phone(owner)}
}

// fetches codes under the key, by a request that was signed at the time.
func (a *attacker) fetches(key *cose.PrivateKey, signedAt time.Time, sets ...[]health.PersonID) wallet.Fetched {
	a.Helper()
	_, device := a.file.Device()
	signed, err := refresh.Request{Device: a.id, Region: "CN-GD", Holder: key.Public(), Sets: sets}.Sign(device, signedAt)
	a.must(err)
	got, err := a.wallet.RefreshSigned(ctx, a.people[a.owner], signed, a.at)
	a.must(err)
	a.key, a.got = key, got
	return got
}

// signs puts any payload under the attacker's key.
func (a *attacker) signs(payload []byte) string {
	a.Helper()
	message, err := cose.SignSign1(credential.TypePresentation, payload, a.key, false)
	a.must(err)
	return credential.Text(message)
}

// shows writes a presentation of any codes.
func (a *attacker) shows(at time.Time, codes ...[]byte) string {
	payload := cose.AppendArray(append(cose.AppendInt(append(cose.AppendMap(nil, 2), 1), at.Unix()), 2), len(codes))
	for _, c := range codes {
		payload = cose.AppendBytes(payload, c)
	}
	return a.signs(payload)
}

func newKey(t interface {
	Helper()
	Fatal(...any)
}) *cose.PrivateKey {
	t.Helper()
	key, err := holder.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAPresentationWithTwoTimesIsNone(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	a := w.attacker("张三")
	code := a.fetches(newKey(t), w.at).Codes[0].Code
	w.publish()
	w.expect("one time", w.scan(a.shows(w.at, code)), verifier.ReasonOK)
	// Whichever of the two a careless gate took, the picture would be good now and again in an hour.
	payload := cose.AppendMap(nil, 3)
	for _, at := range []time.Time{w.at, w.at.Add(time.Hour)} {
		payload = cose.AppendInt(append(payload, 1), at.Unix())
	}
	payload = cose.AppendBytes(cose.AppendArray(append(payload, 2), 1), code)
	w.expect("two times", w.scan(a.signs(payload)), verifier.ReasonCBOR)
}

func TestAPresentationIsOfNow(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	a := w.attacker("张三")
	code := a.fetches(newKey(t), w.at).Codes[0].Code
	w.publish()
	for _, c := range []struct {
		off  time.Duration
		want verifier.Reason
	}{
		{30 * time.Second, verifier.ReasonOK}, {31 * time.Second, verifier.ReasonPresentationAhead}, {time.Hour, verifier.ReasonPresentationAhead},
		{24 * 365 * 100 * time.Hour, verifier.ReasonPresentationAhead}, {-60 * time.Second, verifier.ReasonOK}, {-61 * time.Second, verifier.ReasonPresentationOld},
	} {
		w.expect(c.off.String(), w.scan(a.shows(w.at.Add(c.off), code)), c.want)
	}
}

func TestNobodyShowsAnothersCode(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father)
	victim, a := w.attacker("张三"), w.attacker("李四")
	theirs, own := victim.fetches(newKey(t), w.at).Codes[0].Code, a.fetches(newKey(t), w.at).Codes[0].Code
	w.publish()
	w.expect("the holder's own", w.scan(victim.shows(w.at, theirs)), verifier.ReasonOK)
	w.expect("under the attacker's key", w.scan(a.shows(w.at, theirs)), verifier.ReasonHolderSignature)
	w.expect("without a presentation", w.scan(credential.Text(theirs)), verifier.ReasonBare)
	w.expect("beside the attacker's own", w.scan(a.shows(w.at, own, theirs)), verifier.ReasonClaims)
	w.expect("the attacker's own behind it", w.scan(a.shows(w.at, theirs, own)), verifier.ReasonClaims)
}

func TestTwentyCodesAreTooMany(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father)
	a := w.attacker("张三")
	key := newKey(t)
	var codes [][]byte
	for range 20 { // each of another minute, so that no two are the same
		codes = append(codes, a.fetches(key, w.at).Codes[0].Code)
		w.advance(time.Minute)
	}
	w.publish()
	w.expect("twenty, which no symbol holds", w.scan(a.shows(w.at, codes...)), verifier.ReasonTooLong)
	w.expect("eleven", w.scan(a.shows(w.at, codes[:11]...)), verifier.ReasonClaims)
}

// One person who counts as two lets somebody without a code in.
func TestNobodyIsShownTwice(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "张小妹,E9900031,2018-04-01,E9900001")
	a := w.attacker("张三")
	both := w.ids("张三", "张小")
	key := newKey(t)
	first := a.fetches(key, w.at, both, w.ids("张小", "张小妹"))
	w.publish()
	own, household := first.Codes[0].Code, first.Households[0].Code
	w.expect("a household", w.scan(a.shows(w.at, household)), verifier.ReasonOK)
	w.expect("one of a household, and the household", w.scan(a.shows(w.at, own, household)), verifier.ReasonClaims)
	w.expect("two households with one member in both", w.scan(a.shows(w.at, household, first.Households[1].Code)), verifier.ReasonClaims)
	again := a.fetches(key, w.at).Codes[0].Code
	w.expect("the same request sent twice in a minute", w.scan(a.shows(w.at, own, again)), verifier.ReasonClaims)
	w.advance(2 * time.Minute)
	w.expect("and after two", w.scan(a.shows(w.at, own, a.fetches(key, w.at).Codes[0].Code)), verifier.ReasonClaims)
	if r := w.scan(a.shows(w.at, own, household)); len(r.Members) != 0 {
		t.Errorf("the refusal shows %+v", r.Members)
	}
}

// Over midnight the two codes are under the lists of two days, and nothing in them but the time of issue tells that they are of one person.
func TestNobodyIsShownTwiceOverMidnight(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	a := w.attacker("张三")
	midnight := time.Unix(credential.DayStart(credential.ListDay(w.at.Unix())+1), 0)
	w.advance(midnight.Sub(w.at) - time.Minute)
	w.publish()
	key, signedAt := newKey(t), w.at
	before := a.fetches(key, signedAt).Codes[0].Code
	w.advance(2 * time.Minute)
	w.publish()
	after := a.fetches(key, signedAt).Codes[0].Code
	w.expect("the code of yesterday", w.scan(a.shows(w.at, before)), verifier.ReasonOK)
	w.expect("the code of today", w.scan(a.shows(w.at, after)), verifier.ReasonOK)
	w.expect("both", w.scan(a.shows(w.at, before, after)), verifier.ReasonClaims)
}

func TestAnAnswerToAnotherGateIsNone(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	p := w.phone("张三")
	p.refresh()
	w.publish()
	v := verifier.New(w.gate, verifier.Policy{Demo: true})
	here, there := verifier.NewGate(v), verifier.NewGate(v)
	theirs, err := there.Challenge(rand.Reader, w.at)
	w.must(err)
	ours, err := here.Challenge(rand.Reader, w.at)
	w.must(err)
	answer := func(challenge []byte) string {
		text, err := p.file.Present(holder.Show{People: w.ids("张三"), Challenge: challenge}, w.at)
		w.must(err)
		return text
	}
	text := answer(theirs)
	w.expect("where another is asked", here.Verify(text, w.at, ours), verifier.ReasonChallengeMismatch)
	w.expect("where none is asked", here.Verify(text, w.at, nil), verifier.ReasonChallengeUnexpected)
	w.expect("with the other gate's challenge, which is not open here", here.Verify(text, w.at, theirs), verifier.ReasonChallengeExpired)
	w.expect("where it belongs", there.Verify(text, w.at, theirs), verifier.ReasonOK)
	w.expect("a second time", there.Verify(answer(theirs), w.at, theirs), verifier.ReasonChallengeExpired)
	w.expect("an invented one", here.Verify(answer(bytes.Repeat([]byte{1}, 16)), w.at, ours), verifier.ReasonChallengeMismatch)
	w.expect("no answer at all", here.Verify(p.present("张三"), w.at, ours), verifier.ReasonChallengeMissing)
}

// What happens to one member after the code was fetched ends it for all of them, and the gate says for whom.
func TestAHouseholdIsAsGoodAsItsWorstMember(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "张小妹,E9900031,2018-04-01,E9900001", "张大,E9900032,2008-03-03,E9900001") // of age at the next midnight
	p := w.phone("张三")
	all := w.ids("张三", "张小", "张小妹", "张大")
	reasons := func(r verifier.Result) (all []verifier.Reason) {
		for _, m := range r.Members {
			all = append(all, m.Reason)
		}
		return all
	}
	expect := func(what string, r verifier.Result, whole verifier.Reason, each ...verifier.Reason) {
		t.Helper()
		w.expect(what, r, whole)
		got := reasons(r)
		if len(got) != len(each) {
			t.Fatalf("%s: %v", what, got)
		}
		for i := range each {
			if got[i] != each[i] {
				t.Errorf("%s: member %d is %s, want %s", what, i+1, got[i], each[i])
			}
		}
	}
	const ok, revoked, colour = verifier.ReasonOK, verifier.ReasonRevoked, verifier.ReasonColour
	p.ask(all)
	w.publish()
	names := []string{"张三", "张小", "张小妹", "张大"}
	expect("all well", p.show(names...), ok, ok, ok, ok, ok)
	w.advance(time.Minute)
	w.tell("张小", health.PositiveTest)
	w.publish()
	expect("one is revoked", p.show(names...), revoked, ok, revoked, ok, ok)
	p.ask(all)
	r := p.show(names...)
	expect("one is red", r, colour, ok, colour, ok, ok)
	if r.Members[1].Colour != credential.Red || r.Members[0].Colour != credential.Green {
		t.Errorf("the colours are %v and %v", r.Members[0].Colour, r.Members[1].Colour)
	}
	w.must(w.wallet.EndGuardian(ctx, w.people["张三"], w.people["张小妹"], w.at))
	w.publish()
	expect("one has left", p.show(names...), colour, ok, colour, revoked, ok)
	last := p.file
	w.advance(w.at.Truncate(24 * time.Hour).Add(40 * time.Hour).Sub(w.at)) // 00:00 and later in China
	w.publish()
	if _, err := last.Present(holder.Show{People: all}, w.at); err == nil {
		t.Error("a wallet shows the household of somebody who came of age")
	}
}

// The wallet's own clock is no defence: the code itself ends with the majority.
func TestAHouseholdEndsAtTheGateWithTheFirstMajority(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, "张大,E9900032,2008-03-03,E9900001")
	a := w.attacker("张三")
	code := a.fetches(newKey(t), w.at, w.ids("张三", "张大")).Households[0].Code
	majority := wallet.Date{Year: 2008, Month: 3, Day: 3}.Majority()
	w.advance(majority.Sub(w.at) - time.Second)
	w.publish()
	w.expect("a second before", w.scan(a.shows(w.at, code)), verifier.ReasonOK)
	w.advance(time.Second)
	w.expect("of age", w.scan(a.shows(w.at, code)), verifier.ReasonExpired)
}
