package verifier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"

	"github.com/fxamacker/cbor/v2"
)

// looseEntry admits every code of a month.
func looseEntry() *trust.Partner {
	return &trust.Partner{Name: "X", Issuers: []string{"X"}, Formats: []string{"X"}, Policy: trust.PartnerPolicy{
		Kinds: []credential.Kind{credential.Paper}, UnknownAge: 30 * 24 * time.Hour,
	}}
}

// aProof is a good one of the last hour.
func aProof() verifier.Foreign {
	return verifier.Foreign{
		Region: "X", Finding: verifier.Healthy, Proves: verifier.Line{Hans: "接种", Hant: "接種", En: "vaccination"}, Name: "E*** M***", Issued: midday.Unix() - 3600,
		Expires: midday.Unix() + 3600,
	}
}

func judge(change func(*trust.Partner, *verifier.Foreign)) verifier.Result {
	p, f := looseEntry(), aProof()
	change(p, &f)
	return verifier.JudgeForeign(p, f, midday)
}

func TestAForeignCodeIsJudgedByItsTimesThenByOurPolicyThenByWhatItProves(t *testing.T) {
	now := midday.Unix()
	hour := now / 3600
	for name, c := range map[string]struct {
		change func(*trust.Partner, *verifier.Foreign)
		want   verifier.Reason
	}{
		"as it is":                               {func(*trust.Partner, *verifier.Foreign) {}, verifier.ReasonOK},
		"issued as far ahead as clocks skew":     {func(_ *trust.Partner, f *verifier.Foreign) { f.Issued = now + 60 }, verifier.ReasonOK},
		"issued a second further ahead":          {func(_ *trust.Partner, f *verifier.Foreign) { f.Issued = now + 61 }, verifier.ReasonNotYetValid},
		"of what happened just now":              {func(_ *trust.Partner, f *verifier.Foreign) { f.From = now + 60 }, verifier.ReasonOK},
		"of what has not happened":               {func(_ *trust.Partner, f *verifier.Foreign) { f.From = now + 61 }, verifier.ReasonNotYetValid},
		"an infection that has not happened":     {func(_ *trust.Partner, f *verifier.Foreign) { f.From, f.Finding = now+61, verifier.Infected }, verifier.ReasonNotYetValid},
		"in its last second":                     {func(_ *trust.Partner, f *verifier.Foreign) { f.Expires = now + 1 }, verifier.ReasonOK},
		"at its end":                             {func(_ *trust.Partner, f *verifier.Foreign) { f.Expires = now }, verifier.ReasonExpired},
		"an infection at its end":                {func(_ *trust.Partner, f *verifier.Foreign) { f.Expires, f.Finding = now, verifier.Infected }, verifier.ReasonExpired},
		"without an end":                         {func(_ *trust.Partner, f *verifier.Foreign) { f.Expires = 0 }, verifier.ReasonOK},
		"not of this world":                      {func(_ *trust.Partner, f *verifier.Foreign) { f.Finding = 9 }, verifier.ReasonNotProved},
		"nothing that is recognised":             {func(_ *trust.Partner, f *verifier.Foreign) { f.Finding = verifier.Unrecognised }, verifier.ReasonNotProved},
		"no colour":                              {func(_ *trust.Partner, f *verifier.Foreign) { f.Finding = verifier.NoColour }, verifier.ReasonOK},
		"an infection":                           {func(_ *trust.Partner, f *verifier.Foreign) { f.Finding = verifier.Infected }, verifier.ReasonColour},
		"paper is not admitted":                  {func(p *trust.Partner, _ *verifier.Foreign) { p.Policy.Kinds = []credential.Kind{credential.Phone} }, verifier.ReasonKindNotAdmitted},
		"as old as one of unknown status may be": {func(_ *trust.Partner, f *verifier.Foreign) { f.Issued = now - 30*86400 }, verifier.ReasonOK},
		"a second older":                         {func(_ *trust.Partner, f *verifier.Foreign) { f.Issued = now - 30*86400 - 1 }, verifier.ReasonPartnerAge},
		"older, of an entry that pins a root": {func(p *trust.Partner, f *verifier.Foreign) {
			p.Root, f.Issued = make([]byte, 32), now-30*86400-1
		}, verifier.ReasonPartnerAge},
		"issued now, of an entry that names no age":   {func(p *trust.Partner, f *verifier.Foreign) { f.Issued, p.Policy.UnknownAge = now, 0 }, verifier.ReasonPartnerAge},
		"issued ahead, of an entry that names no age": {func(p *trust.Partner, f *verifier.Foreign) { f.Issued, p.Policy.UnknownAge = now+30, 0 }, verifier.ReasonPartnerAge},
		"of an entry that names no age":               {func(p *trust.Partner, _ *verifier.Foreign) { p.Root, p.Policy.UnknownAge = make([]byte, 32), 0 }, verifier.ReasonPartnerAge},
		"as old as it may be":                         {func(p *trust.Partner, _ *verifier.Foreign) { p.Policy.RefreshAge = time.Hour }, verifier.ReasonOK},
		"older than it may be":                        {func(p *trust.Partner, f *verifier.Foreign) { p.Policy.RefreshAge = time.Hour; f.Issued-- }, verifier.ReasonPartnerAge},
		"of yesterday":                                {func(p *trust.Partner, f *verifier.Foreign) { p.Policy.EndOfDay = true; f.Issued = now - 86400 }, verifier.ReasonPartnerAge},
		"of today":                                    {func(p *trust.Partner, _ *verifier.Foreign) { p.Policy.EndOfDay = true }, verifier.ReasonOK},
		"without a test":                              {func(p *trust.Partner, _ *verifier.Foreign) { p.Policy.TestAge = 48 * time.Hour }, verifier.ReasonTestMissing},
		"not recognised, without a test": {func(p *trust.Partner, f *verifier.Foreign) {
			p.Policy.TestAge, f.Finding = 48*time.Hour, verifier.Unrecognised
		}, verifier.ReasonTestMissing},
		"a test as old as it may be":        {func(p *trust.Partner, f *verifier.Foreign) { p.Policy.TestAge, f.Tested = 48*time.Hour, hour-48 }, verifier.ReasonOK},
		"a test older than it may be":       {func(p *trust.Partner, f *verifier.Foreign) { p.Policy.TestAge, f.Tested = 48*time.Hour, hour-49 }, verifier.ReasonTestOld},
		"an infection of a partner's paper": {func(p *trust.Partner, f *verifier.Foreign) { p.Policy.Kinds, f.Finding = nil, verifier.Infected }, verifier.ReasonColour},
	} {
		r := judge(c.change)
		want := verifier.Refuse
		switch c.want {
		case verifier.ReasonOK:
			want = verifier.Accept
		case verifier.ReasonNotProved:
			want = verifier.CannotSay
		}
		if r.Verdict != want || r.Reason != c.want || r.Remedy != c.want.Remedy() {
			t.Errorf("%s: %v %v %v, want %v %v", name, r.Verdict, r.Reason, r.Remedy, want, c.want)
		}
		checkForeignData(t, name, r)
	}
}

// checkForeignData: data with accept and colour, nothing otherwise, and no member before the times were right.
func checkForeignData(t *testing.T, name string, r verifier.Result) {
	t.Helper()
	if r.Reason == verifier.ReasonNotYetValid || r.Reason == verifier.ReasonExpired {
		if len(r.Members) != 0 || r.Region != "" || r.Status != "" {
			t.Errorf("%s: %+v", name, r)
		}
		return
	}
	if len(r.Members) != 1 || r.Members[0].Verdict != r.Verdict || r.Members[0].Reason != r.Reason || r.Region != "X" || r.Status != verifier.StatusUnknown {
		t.Errorf("%s: %+v", name, r)
		return
	}
	m := r.Members[0]
	if data := m.Name != "" || m.Kind != 0 || m.Colour != 0 || m.Proves != (verifier.Line{}) || !m.Until.IsZero() || !m.Tested.IsZero(); data != (r.Reason == verifier.ReasonOK || r.Reason == verifier.ReasonColour) {
		t.Errorf("%s: data %+v", name, m)
	}
	if check := r.Check == verifier.CheckDocument; check != (r.Verdict == verifier.Accept) {
		t.Errorf("%s: the check is %q", name, r.Check)
	}
}

func TestTheColourOfAForeignCodeIsThatOfOurPolicy(t *testing.T) {
	const green, amber, red = credential.Green, credential.Yellow, credential.Red
	for _, c := range []struct {
		colours trust.ColourMap
		found   verifier.Finding
		verdict verifier.Verdict
		want    credential.Colour
	}{
		{trust.ColourMap{}, verifier.Healthy, verifier.Accept, 0},
		{trust.ColourMap{}, verifier.NoColour, verifier.Accept, 0},
		{trust.ColourMap{}, verifier.Infected, verifier.Refuse, red},
		{trust.ColourMap{}, verifier.Unrecognised, verifier.CannotSay, 0},
		{trust.ColourMap{green, red, red}, verifier.Healthy, verifier.Accept, green},
		{trust.ColourMap{green, red, red}, verifier.NoColour, verifier.Accept, 0},
		{trust.ColourMap{green, red, red}, verifier.Infected, verifier.Refuse, red},
		{trust.ColourMap{green, red, red}, verifier.Unrecognised, verifier.CannotSay, 0},
		{trust.ColourMap{amber, amber, amber}, verifier.Healthy, verifier.Refuse, amber},
		{trust.ColourMap{amber, amber, amber}, verifier.NoColour, verifier.Refuse, amber},
		{trust.ColourMap{amber, amber, amber}, verifier.Infected, verifier.Refuse, amber},
		{trust.ColourMap{amber, amber, amber}, verifier.Unrecognised, verifier.CannotSay, 0},
	} {
		r := judge(func(p *trust.Partner, f *verifier.Foreign) { p.Policy.Colours, f.Finding = c.colours, c.found })
		if r.Verdict != c.verdict || r.Members[0].Colour != c.want {
			t.Errorf("colours %v, finding %d: %v with %v, want %v with %v", c.colours, c.found, r.Verdict, r.Members[0].Colour, c.verdict, c.want)
		}
	}
}

func TestWhatIsShownOfAForeignCodeIsOneLineOfSaneLength(t *testing.T) {
	r := judge(func(_ *trust.Partner, f *verifier.Foreign) {
		f.Name = "E\n*\u202e M\x00"
		f.Proves = verifier.Line{Hans: strings.Repeat("疫", 100), Hant: "a\r\nb", En: strings.Repeat("x", 161)}
		f.Tested = midday.Unix() / 3600
	})
	m := r.Members[0]
	if m.Name != "E* M" || m.Proves.Hans != strings.Repeat("疫", 53) || m.Proves.Hant != "ab" || m.Proves.En != strings.Repeat("x", 160) {
		t.Errorf("shown: %+v", m)
	}
	if !m.Until.Equal(midday.Add(time.Hour)) || !m.Tested.Equal(midday) || m.Kind != credential.Foreign || r.Ages.Code != 3600 {
		t.Errorf("times: %+v %+v", m, r.Ages)
	}
}

func TestAKeyIsFoundByItsNameAndTriedOnlyWhereItMayServe(t *testing.T) {
	keys := make([]trust.PartnerKey, 17)
	for i := range keys {
		k := newLand(t, "X").key(fmt.Sprint(i), cose.Ed25519)
		keys[i] = trust.PartnerKey{Key: k.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: fmt.Appendf(nil, "key %d", i)}
	}
	tried := 0
	last := func(n int) func(*cose.PublicKey) error {
		return func(k *cose.PublicKey) error {
			if tried++; k.Equal(keys[n-1].Key) {
				return nil
			}
			return errors.New("another")
		}
	}
	check := func(n int, kid []byte) verifier.Reason {
		tried = 0
		return verifier.CheckForeignKey(&trust.Partner{Keys: keys[:n]}, kid, trust.Vaccination, midday.Unix(), midday, last(n))
	}
	if r := check(16, nil); r != "" || tried != 16 {
		t.Errorf("16 keys and no kid: %q after %d", r, tried)
	}
	if r := check(17, nil); r != verifier.ReasonKeyUnknown || tried != 0 {
		t.Errorf("17 keys and no kid: %q after %d", r, tried)
	}
	if r := check(17, []byte("key 16")); r != "" || tried != 1 {
		t.Errorf("17 keys and a kid: %q after %d", r, tried)
	}
	if r := check(17, []byte("key 15")); r != verifier.ReasonSignature || tried != 1 {
		t.Errorf("the kid of another: %q after %d", r, tried)
	}
	if r := check(17, []byte{}); r != verifier.ReasonKeyUnknown || tried != 0 {
		t.Errorf("an empty kid is a kid: %q after %d", r, tried)
	}
	if r := check(0, nil); r != verifier.ReasonKeyUnknown {
		t.Errorf("no keys: %q", r)
	}
	id := keys[0].Key.ID()
	keys[0].KeyID = nil
	if r := check(1, id[:]); r != "" {
		t.Errorf("a key without a name of its own goes by its thumbprint: %q", r)
	}
}

func TestOnlyAKeyThatSignedSaysWhyItDoesNotCount(t *testing.T) {
	good := trust.PartnerKey{Key: newLand(t, "X").key("1", cose.Ed25519).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("k")}
	phone, tests, ended, until := good, good, good, good
	phone.Purposes, tests.Proofs, ended.Until, until.Until = []trust.Purpose{trust.Phone}, []trust.Proof{trust.Test}, midday.Unix(), midday.Unix()+1
	right, wrong := error(nil), fmt.Errorf("wrapped: %w", cose.ErrSignature)
	other := fmt.Errorf("wrapped: %w", cose.ErrAlgorithm)
	for name, c := range map[string]struct {
		keys []trust.PartnerKey
		err  error
		want verifier.Reason
	}{
		"for phones":                         {[]trust.PartnerKey{phone}, right, verifier.ReasonKeyPurpose},
		"for tests":                          {[]trust.PartnerKey{tests}, right, verifier.ReasonKeyPurpose},
		"ended now":                          {[]trust.PartnerKey{ended}, right, verifier.ReasonKeyWindow},
		"in its last second":                 {[]trust.PartnerKey{until}, right, ""},
		"of another algorithm":               {[]trust.PartnerKey{good}, other, verifier.ReasonAlgorithm},
		"of another signature":               {[]trust.PartnerKey{good}, wrong, verifier.ReasonSignature},
		"a good one last":                    {[]trust.PartnerKey{phone, ended, good}, right, ""},
		"none, and the first was for phones": {[]trust.PartnerKey{phone, ended, good}, wrong, verifier.ReasonSignature},
		"none, and the first had ended":      {[]trust.PartnerKey{ended, good, phone}, wrong, verifier.ReasonSignature},
	} {
		got := verifier.CheckForeignKey(&trust.Partner{Keys: c.keys}, []byte("k"), trust.Vaccination, midday.Unix(), midday, func(*cose.PublicKey) error { return c.err })
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestADayIsOneOfOurZoneAndATimeWithoutAZoneIsUTC(t *testing.T) {
	for s, want := range map[string]string{
		"2026-03-02": "2026-03-02T00:00:00+08:00", "2026-03-02T23:59:59Z": "2026-03-02T00:00:00+08:00", "2026-03-02T10:00:00": "2026-03-02T00:00:00+08:00",
		"1960-02-29": "1960-02-29T00:00:00+08:00", "2026-02-30": "", "2026-3-2": "", "2026-03": "", "2026": "", "": "", "20260302": "", "2026-03-02 ": "", "2026-03-02T": "",
		"2026-03-02Z": "", "2026-03-02T25:00:00Z": "",
	} {
		first, after, ok := verifier.ForeignDay(s)
		at, _ := time.Parse(time.RFC3339, want)
		if ok != (want != "") || ok && (first != at.Unix() || after != first+86400) {
			t.Errorf("day %q: %d to %d, %v; want %s", s, first, after, ok, want)
		}
	}
	for s, want := range map[string]string{
		"2026-03-02T10:00:00Z": "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.5+01:00": "2026-03-02T09:00:00.5Z", "2026-03-02T10:00:00+0100": "2026-03-02T09:00:00Z",
		"2026-03-02T10:00:00+01": "2026-03-02T09:00:00Z", "2026-03-02T10:00:00": "2026-03-02T10:00:00Z", "1970-01-01T00:00:01Z": "1970-01-01T00:00:01Z",
		"1970-01-01T00:00:00Z": "", "1969-12-31T23:59:59Z": "", "2026-03-02": "", "2026-03-02 10:00:00": "", "2026-03-02T10:00Z": "", "": "",
	} {
		at, ok := verifier.ForeignTime(s)
		wanted, _ := time.Parse(time.RFC3339Nano, want)
		if ok != (want != "") || ok && !at.Equal(wanted) {
			t.Errorf("time %q: %v, %v; want %s", s, at, ok, want)
		}
	}
}

// sampledAt is a code whose sample was taken in the hour, whatever its time of issue; its own package would not sign it.
func (l *land) sampledAt(c *credential.Claims, hour int64) []byte {
	l.t.Helper()
	c.Members[0].Tested = 1
	genuine, err := cose.ParseSign1(l.sign(c))
	l.must(err)
	var claims map[int64]any
	l.must(cbor.Unmarshal(genuine.Payload, &claims))
	health, ok := claims[-65537].(map[any]any)
	if !ok || health[uint64(6)] == nil {
		l.t.Fatalf("the health claim has no sample time: %v", claims)
	}
	health[uint64(6)] = hour
	mode, err := cbor.CoreDetEncOptions().EncMode()
	l.must(err)
	payload, err := mode.Marshal(claims)
	l.must(err)
	code, err := cose.SignSign1(credential.TypeCode, payload, l.signer(trust.Phone), true)
	l.must(err)
	return code
}

// The shared rule of the test age has no lower bound of its own: what keeps samples of the future from it is that a code's sample is not after its
// issue, and its issue not after the gate's time.
func TestASampleOfTheFutureNeverPassesTheTestAgeOfAPartner(t *testing.T) {
	ours, theirs := neighbours(t)
	ours.entries[0].Policy.TestAge = 48 * time.Hour
	hour := midday.Unix() / 3600
	for name, at := range map[string]time.Time{"at the hour": midday, "as far before it as clocks skew": midday.Add(-time.Minute)} {
		for who, v := range map[string]*verifier.Verifier{"bundle": withBundle(t, ours, theirs, midday.Add(-time.Minute)), "keys": verifier.New(ours.bundle(midday.Add(-time.Minute)), verifier.Policy{})} {
			show := func(issued time.Time, hour int64) verifier.Result {
				return v.Verify(theirs.rawShowAt(at, theirs.sampledAt(theirs.claims(issued), hour)), at, nil)
			}
			if r := show(midday, hour); r.Verdict != verifier.Accept {
				t.Errorf("%s, by %s: a sample of the hour: %v", name, who, r.Reason)
			}
			for _, later := range []int64{hour + 1, hour + 24, hour + 24*365} {
				if r := show(midday, later); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims {
					t.Errorf("%s, by %s: a sample of %d hours later: %v %v", name, who, later-hour, r.Verdict, r.Reason)
				}
			}
			if r := show(midday.Add(time.Hour), hour+1); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonNotYetValid {
				t.Errorf("%s, by %s: a sample and a code of the next hour: %v %v", name, who, r.Verdict, r.Reason)
			}
		}
	}
}

// told is a format whose every code is judged as the same, or answered with the same refusal.
type told struct {
	p       *trust.Partner
	f       verifier.Foreign
	refusal *verifier.Result
}

func (told) Detect(string) bool { return true }

func (f told) Verify(_ string, _ *trust.Bundle, at time.Time) verifier.Result {
	if f.refusal != nil {
		return *f.refusal
	}
	return verifier.JudgeForeign(f.p, f.f, at)
}

// tell shows a code of the format at a gate of the sort, whose bundle is of some time before.
func tell(t *testing.T, sort string, before time.Duration, change func(*trust.Partner, *verifier.Foreign)) verifier.Result {
	t.Helper()
	p, f := looseEntry(), aProof()
	change(p, &f)
	return verifier.New(newLand(t, "CN-GD").bundle(midday.Add(-before)), verifier.Policy{Gate: sort}, told{p: p, f: f}).Verify("a code", midday, nil)
}

func TestAForeignCodeCountsAtTheGatesThatOurPolicyNamesAndAnInfectionAtAll(t *testing.T) {
	at := func(found verifier.Finding) func(*trust.Partner, *verifier.Foreign) {
		return func(p *trust.Partner, f *verifier.Foreign) { p.Policy.Gates, f.Finding = []string{"border"}, found }
	}
	for _, c := range []struct {
		sort  string
		found verifier.Finding
		want  verifier.Reason
	}{
		{"border", verifier.Healthy, verifier.ReasonOK}, {"border", verifier.Unrecognised, verifier.ReasonNotProved}, {"border", verifier.Infected, verifier.ReasonColour},
		{"hospital", verifier.Healthy, verifier.ReasonKindNotAdmitted}, {"hospital", verifier.NoColour, verifier.ReasonKindNotAdmitted},
		{"hospital", verifier.Unrecognised, verifier.ReasonKindNotAdmitted}, {"hospital", verifier.Infected, verifier.ReasonColour}, {"", verifier.Healthy, verifier.ReasonKindNotAdmitted},
	} {
		r := tell(t, c.sort, time.Hour, at(c.found))
		if r.Reason != c.want || r.Remedy != c.want.Remedy() || r.Ages.Code != 3600 || r.Ages.Bundle != 3600 {
			t.Errorf("a finding %d at gate %q: %+v, want %v", c.found, c.sort, r, c.want)
		}
		checkForeignData(t, c.sort, r)
	}
	old := func(p *trust.Partner, f *verifier.Foreign) {
		p.Policy.Gates, f.Issued = []string{"border"}, midday.Unix()-31*86400
	}
	if r := tell(t, "hospital", time.Hour, old); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonKindNotAdmitted {
		t.Errorf("a code that is too old, at a gate where it does not count: %+v", r)
	}
}

func TestOnlyAnAcceptAsksHowFreshOurOwnBundleIs(t *testing.T) {
	as := func(found verifier.Finding) func(*trust.Partner, *verifier.Foreign) {
		return func(_ *trust.Partner, f *verifier.Foreign) { f.Finding = found }
	}
	policy := trust.DefaultPolicy()
	between := (policy.SoftAge + policy.HardAge) / 2
	for _, c := range []struct {
		before time.Duration
		found  verifier.Finding
		want   verifier.Reason
	}{
		{between, verifier.Healthy, verifier.ReasonOK}, {policy.HardAge, verifier.Healthy, verifier.ReasonOK}, {policy.HardAge + time.Second, verifier.Healthy, verifier.ReasonBundleStale},
		{policy.HardAge + time.Second, verifier.NoColour, verifier.ReasonBundleStale}, {policy.HardAge + time.Second, verifier.Infected, verifier.ReasonColour},
		{policy.HardAge + time.Second, verifier.Unrecognised, verifier.ReasonNotProved}, {7 * 24 * time.Hour, verifier.Healthy, verifier.ReasonBundleExpired},
		{7 * 24 * time.Hour, verifier.Infected, verifier.ReasonColour}, {-time.Minute, verifier.Healthy, verifier.ReasonOK},
		{-time.Minute - time.Second, verifier.Healthy, verifier.ReasonClockBehind}, {-time.Minute - time.Second, verifier.Infected, verifier.ReasonColour},
	} {
		r := tell(t, "", c.before, as(c.found))
		if r.Reason != c.want || (r.Expired == "snapshot") != (c.want == verifier.ReasonBundleExpired) || r.Remedy != c.want.Remedy() {
			t.Errorf("a finding %d with a bundle of %v before: %+v, want %v", c.found, c.before, r, c.want)
		}
		checkForeignData(t, fmt.Sprint(c.before), r)
	}
}

func TestWhatAReaderRefusesKeepsWhatWasSeen(t *testing.T) {
	for _, refusal := range []verifier.Result{verifier.SeenForeign("half a code"), verifier.RefuseForeign(verifier.ReasonSignature), {Reason: verifier.ReasonClaims}} {
		r := verifier.New(newLand(t, "CN-GD").bundle(midday.Add(-time.Hour)), verifier.Policy{}, told{refusal: &refusal}).Verify("a code", midday, nil)
		if r.Verdict != verifier.Refuse || r.Reason != refusal.Reason || r.Seen != refusal.Seen || r.Remedy != refusal.Remedy && refusal.Remedy != "" || r.Members == nil || r.Ages.Bundle != 3600 {
			t.Errorf("%v: %+v", refusal.Reason, r)
		}
	}
	stranger := verifier.Result{Reason: verifier.ReasonRegionUnknown}
	for before, want := range map[time.Duration]verifier.Verdict{0: verifier.Refuse, trust.DefaultPolicy().SoftAge + time.Second: verifier.CannotSay} {
		r := verifier.New(newLand(t, "CN-GD").bundle(midday.Add(-before)), verifier.Policy{}, told{refusal: &stranger}).Verify("a code", midday, nil)
		if r.Verdict != want || r.Reason != verifier.ReasonRegionUnknown {
			t.Errorf("an unknown region and a bundle of %v before: %+v", before, r)
		}
	}
}
