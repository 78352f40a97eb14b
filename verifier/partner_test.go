package verifier_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// neighbours are two regions that know one another by a key list only.
func neighbours(t *testing.T) (ours, theirs *land) {
	ours, theirs = newLand(t, "CN-GD"), newLand(t, "CN-MO")
	ours.entries, theirs.entries = []trust.Partner{theirs.entry()}, []trust.Partner{ours.entry()}
	return ours, theirs
}

// withBundle is our gate with our bundle and theirs, both of the time.
func withBundle(t *testing.T, ours, theirs *land, at time.Time) *verifier.Verifier {
	t.Helper()
	v, err := verifier.New(ours.bundle(at), verifier.Policy{}).WithPartner(theirs.bundle(at))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantResult(t *testing.T, r verifier.Result, verdict verifier.Verdict, reason verifier.Reason, status verifier.Status) {
	t.Helper()
	if r.Verdict != verdict || r.Reason != reason || r.Status != status {
		t.Errorf("%v, %s, status %q; want %v, %s, status %q", r.Verdict, r.Reason, r.Status, verdict, reason, status)
	}
	if verdict != verifier.Accept && r.Remedy == "" {
		t.Errorf("%s has no remedy", r.Reason)
	}
}

func TestTwoRegionsAcceptEachOthersCodesFromFilesAlone(t *testing.T) {
	macao, guangdong := neighbours(t)
	for _, pair := range [][2]*land{{macao, guangdong}, {guangdong, macao}} {
		ours, theirs := pair[0], pair[1]
		text := theirs.shown(midday, theirs.sign(theirs.claims(midday.Add(-3*time.Hour))))
		r := withBundle(t, ours, theirs, midday).Verify(text, midday, nil)
		wantResult(t, r, verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
		if r.Region != theirs.iss || len(r.Members) != 1 || r.Members[0].Name != "张**" || r.Check != verifier.CheckPerson {
			t.Errorf("the result of a partner's code says %+v", r)
		}
	}
}

// Two files of one partner, the older given last, must not bring a revoked code back.
func TestAnOlderBundleOfAPartnerNeverTakesThePlaceOfANewer(t *testing.T) {
	ours, theirs := neighbours(t)
	home, older, newer := ours.bundle(midday), theirs.bundle(midday.Add(-time.Hour)), theirs.bundle(midday)
	v, err := verifier.New(home, verifier.Policy{}).WithPartner(newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.WithPartner(older); !errors.Is(err, trust.ErrRollback) {
		t.Errorf("the older bundle was taken after the newer: %v", err)
	}
	v, err = verifier.New(home, verifier.Policy{}).WithPartner(older)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.WithPartner(newer); err != nil {
		t.Errorf("the newer bundle was refused after the older: %v", err)
	}
}

func TestWithThePartnersKeysAloneTheStatusIsUnknownAndTheAgeDecides(t *testing.T) {
	ours, theirs := neighbours(t)
	show := func(age time.Duration) string {
		return theirs.shown(midday, theirs.sign(theirs.claims(midday.Add(-age))))
	}
	v := verifier.New(ours.bundle(midday), verifier.Policy{})
	r := v.Verify(show(2*time.Hour), midday, nil)
	wantResult(t, r, verifier.Accept, verifier.ReasonOK, verifier.StatusUnknown)
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"status":"unknown"`) || !strings.Contains(string(b), `"region":"CN-MO"`) {
		t.Errorf("the inspector's result is %s, %v", b, err)
	}
	wantResult(t, v.Verify(show(2*time.Hour+time.Minute), midday, nil), verifier.CannotSay, verifier.ReasonStatusUnknown, verifier.StatusUnknown)
	ours.entries[0].Root = nil // a partner of whom there is no more than a key set
	v = verifier.New(ours.bundle(midday), verifier.Policy{})
	wantResult(t, v.Verify(show(2*time.Hour+time.Minute), midday, nil), verifier.Refuse, verifier.ReasonPartnerAge, verifier.StatusUnknown)
	wantResult(t, v.Verify(show(2*time.Hour), midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusUnknown)
}

func TestAPartnersRevocationReachesOurGateWithItsBundle(t *testing.T) {
	ours, theirs := neighbours(t)
	text := theirs.shown(midday, theirs.sign(theirs.claims(midday.Add(-time.Hour))))
	theirs.revoked = []uint64{5}
	wantResult(t, withBundle(t, ours, theirs, midday).Verify(text, midday, nil), verifier.Refuse, verifier.ReasonRevoked, verifier.StatusChecked)
	theirs.revoked, ours.revoked = nil, []uint64{5} // the same place in our list is somebody else's
	wantResult(t, withBundle(t, ours, theirs, midday).Verify(text, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
}

func TestAStaleBundleOfAPartnerIsNoWorseThanNoneAndNoBetter(t *testing.T) {
	ours, theirs := neighbours(t)
	old := midday.Add(-21 * time.Hour) // beyond our hard age of 20 hours
	theirs.revoked = []uint64{77}
	v, err := verifier.New(ours.bundle(midday), verifier.Policy{}).WithPartner(theirs.bundle(old))
	if err != nil {
		t.Fatal(err)
	}
	young, elder := theirs.claims(midday.Add(-time.Hour)), theirs.claims(midday.Add(-3*time.Hour))
	wantResult(t, v.Verify(theirs.shown(midday, theirs.sign(young)), midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusUnknown)
	wantResult(t, v.Verify(theirs.shown(midday, theirs.sign(elder)), midday, nil), verifier.CannotSay, verifier.ReasonStatusUnknown, verifier.StatusUnknown)
	known := theirs.claims(old)
	known.Members[0].Status.Index = 77
	wantResult(t, v.Verify(theirs.shown(midday, theirs.sign(known)), midday, nil), verifier.Refuse, verifier.ReasonRevoked, verifier.StatusChecked)
	ahead, err := verifier.New(ours.bundle(midday), verifier.Policy{}).WithPartner(theirs.bundle(midday.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	wantResult(t, ahead.Verify(theirs.shown(midday, theirs.sign(elder)), midday, nil), verifier.CannotSay, verifier.ReasonStatusUnknown, verifier.StatusUnknown)
}

func TestNothingOfAPartnerMovesOurClockOrMakesUpForOurStaleBundle(t *testing.T) {
	ours, theirs := neighbours(t)
	home := ours.bundle(midday)
	later := midday.Add(21 * time.Hour)
	v, err := verifier.New(home, verifier.Policy{}).WithPartner(theirs.bundle(later))
	if err != nil {
		t.Fatal(err)
	}
	own := ours.shown(midday, ours.sign(ours.claims(midday)))
	wantResult(t, v.Verify(own, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
	foreign := theirs.shown(later, theirs.sign(theirs.claims(later)))
	wantResult(t, v.Verify(foreign, later, nil), verifier.CannotSay, verifier.ReasonBundleStale, verifier.StatusChecked)
	back := midday.Add(-time.Hour)
	early := theirs.shown(back, theirs.sign(theirs.claims(back)))
	wantResult(t, v.Verify(early, back, nil), verifier.CannotSay, verifier.ReasonClockBehind, verifier.StatusUnknown)
}

func TestAPartnerNeverSignsForUsNorWeForItNorItsPartnersForThemselves(t *testing.T) {
	ours, theirs := neighbours(t)
	third := newLand(t, "CN-HK")
	theirs.entries = append(theirs.entries, third.entry())
	forged := func(iss string, by *land) string {
		c := by.claims(midday)
		c.Issuer = iss
		return by.shown(midday, by.sign(c))
	}
	for name, v := range map[string]*verifier.Verifier{
		"with its bundle": withBundle(t, ours, theirs, midday), "with its keys alone": verifier.New(ours.bundle(midday), verifier.Policy{}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{forged("CN-GD", theirs), forged("CN-MO", ours), forged("CN-MO", third)} {
				if r := v.Verify(text, midday, nil); r.Verdict == verifier.Accept || r.Reason != verifier.ReasonKeyUnknown || len(r.Members) != 0 {
					t.Errorf("a code of one region under the key of another: %+v", r)
				}
			}
			wantResult(t, v.Verify(forged("CN-HK", third), midday, nil), verifier.Refuse, verifier.ReasonRegionUnknown, "")
		})
	}
	if _, err := trust.Update(ours.bundle(midday), theirs.file(midday), midday); !errors.Is(err, trust.ErrRegion) {
		t.Errorf("a partner's bundle in place of ours: %v", err)
	}
}

func TestABundleThatIsNotThePinnedPartnersIsRefusedByName(t *testing.T) {
	ours, theirs := neighbours(t)
	v := verifier.New(ours.bundle(midday), verifier.Policy{})
	impostor := newLand(t, "CN-MO")
	impostor.demo = true // another root for the same region
	third, demo := newLand(t, "CN-HK"), newLand(t, "CN-SZ")
	demo.demo = true
	ours.entries = append(ours.entries, demo.entry())
	moved := theirs.entry()
	moved.Name, moved.Root, moved.Issuers = "Region CN-HK", third.fingerprint(), []string{"CN-ZH"}
	ours.entries = append(ours.entries, moved)
	many := verifier.New(ours.bundle(midday), verifier.Policy{})
	pinnedOnly, err := trust.Pin(theirs.root())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		v     *verifier.Verifier
		b     *trust.Bundle
		names string
	}{
		"another root for the partner's region":     {v, impostor.bundle(midday), "Region CN-MO"},
		"a region that our list does not name":      {v, third.bundle(midday), "CN-HK"},
		"our own":                                   {v, ours.bundle(midday), "CN-GD"},
		"a region for which the root may not speak": {many, third.bundle(midday), "may not speak"},
		"a DEMO root":                               {many, demo.bundle(midday), "Region CN-SZ"},
		"a root and nothing else":                   {v, pinnedOnly, "snapshot"},
		"none":                                      {v, nil, "snapshot"},
		"no bundle of ours":                         {verifier.New(nil, verifier.Policy{}), theirs.bundle(midday), "bundle_missing"},
	} {
		got, err := c.v.WithPartner(c.b)
		if err == nil || got != nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOurPolicyOnAPartnerNarrowsWhatItsCodesOpen(t *testing.T) {
	lateEvening := time.Unix(credential.DayStart(credential.ListDay(midday.Unix())+1)-3600, 0) // 23:00:00
	for name, c := range map[string]struct {
		policy func(p *trust.PartnerPolicy)
		code   func(c *credential.Claims)
		gate   string
		issued time.Time
		at     time.Time
		want   verifier.Reason
	}{
		"refreshed 6 hours ago":          {policy: func(p *trust.PartnerPolicy) { p.RefreshAge = 6 * time.Hour }, issued: midday.Add(-6 * time.Hour)},
		"refreshed 6 hours 1 minute ago": {policy: func(p *trust.PartnerPolicy) { p.RefreshAge = 6 * time.Hour }, issued: midday.Add(-6*time.Hour - time.Minute), want: verifier.ReasonPartnerAge},
		"sampled 48 hours ago": {
			policy: func(p *trust.PartnerPolicy) { p.TestAge = 48 * time.Hour }, code: func(c *credential.Claims) { c.Members[0].Tested = midday.Unix()/3600 - 48 },
		},
		"sampled 49 hours ago": {
			policy: func(p *trust.PartnerPolicy) { p.TestAge = 48 * time.Hour }, code: func(c *credential.Claims) { c.Members[0].Tested = midday.Unix()/3600 - 49 }, want: verifier.ReasonTestOld,
		},
		"not sampled":              {policy: func(p *trust.PartnerPolicy) { p.TestAge = 48 * time.Hour }, want: verifier.ReasonTestMissing},
		"a minute before midnight": {policy: func(p *trust.PartnerPolicy) { p.EndOfDay = true }, issued: lateEvening, at: lateEvening.Add(59*time.Minute + 59*time.Second)},
		"at midnight":              {policy: func(p *trust.PartnerPolicy) { p.EndOfDay = true }, issued: lateEvening, at: lateEvening.Add(time.Hour), want: verifier.ReasonPartnerAge},
		"paper":                    {code: func(c *credential.Claims) { c.Kind, c.Holder = credential.Paper, nil }, want: verifier.ReasonKindNotAdmitted},
		"paper where it is admitted": {
			policy: func(p *trust.PartnerPolicy) { p.Kinds = append(p.Kinds, credential.Paper) }, code: func(c *credential.Claims) { c.Kind, c.Holder = credential.Paper, nil },
		},
		"at a gate that is none of those named": {policy: func(p *trust.PartnerPolicy) { p.Gates = []string{"border"} }, want: verifier.ReasonKindNotAdmitted},
		"at a gate that is named":               {policy: func(p *trust.PartnerPolicy) { p.Gates = []string{"border", "port"} }, gate: "port"},
		"their yellow":                          {code: func(c *credential.Claims) { c.Members[0].Colour = credential.Yellow }, want: verifier.ReasonColour},
		"their yellow that is green here": {
			policy: func(p *trust.PartnerPolicy) {
				p.Colours = trust.ColourMap{credential.Green, credential.Green, credential.Red}
			}, code: func(c *credential.Claims) { c.Members[0].Colour = credential.Yellow },
		},
		"their green that is yellow here": {
			policy: func(p *trust.PartnerPolicy) {
				p.Colours = trust.ColourMap{credential.Yellow, credential.Red, credential.Red}
			}, want: verifier.ReasonColour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := neighbours(t)
			if c.policy != nil {
				c.policy(&ours.entries[0].Policy)
			}
			if c.at.IsZero() {
				c.at = midday
			}
			if c.issued.IsZero() {
				c.issued = c.at
			}
			claims := theirs.claims(c.issued)
			if c.code != nil {
				c.code(claims)
			}
			code := theirs.sign(claims)
			text := credential.Text(code)
			if claims.Kind != credential.Paper {
				text = theirs.shown(c.at, code)
			}
			v, err := verifier.New(ours.bundle(c.at), verifier.Policy{Gate: c.gate}).WithPartner(theirs.bundle(c.at))
			if err != nil {
				t.Fatal(err)
			}
			r := v.Verify(text, c.at, nil)
			if c.want == "" {
				wantResult(t, r, verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
				if r.Members[0].Colour != credential.Green {
					t.Errorf("accepted as %v", r.Members[0].Colour)
				}
				return
			}
			wantResult(t, r, verifier.Refuse, c.want, verifier.StatusChecked)
			if data := r.Members[0].Name != ""; data != (c.want == verifier.ReasonColour) {
				t.Errorf("refused for %s with the data %+v", r.Reason, r.Members[0])
			}
		})
	}
}

func TestAPartnersKeyServesWhatOurListSaysAndUntilItsEnd(t *testing.T) {
	ours, theirs := neighbours(t)
	text := theirs.shown(midday, theirs.sign(theirs.claims(midday)))
	keys := ours.entries[0].Keys
	keys[0].Purposes = []trust.Purpose{trust.Paper}
	wantResult(t, verifier.New(ours.bundle(midday), verifier.Policy{}).Verify(text, midday, nil), verifier.Refuse, verifier.ReasonKeyPurpose, "")
	keys[0].Purposes, keys[0].Until = []trust.Purpose{trust.Phone}, midday.Unix()
	wantResult(t, verifier.New(ours.bundle(midday), verifier.Policy{}).Verify(text, midday, nil), verifier.Refuse, verifier.ReasonKeyWindow, "")
	ours.entries[0].Keys = keys[1:]
	wantResult(t, verifier.New(ours.bundle(midday), verifier.Policy{}).Verify(text, midday, nil), verifier.CannotSay, verifier.ReasonKeyUnknown, "")
	ours.entries[0].Root = nil
	wantResult(t, verifier.New(ours.bundle(midday), verifier.Policy{}).Verify(text, midday, nil), verifier.Refuse, verifier.ReasonKeyUnknown, "")
}

func TestAPartnersStolenKeyIsRefusedWithItsBundleWhateverOurListSays(t *testing.T) {
	ours, theirs := neighbours(t)
	theirs.states[trust.Phone] = trust.Compromised
	text := theirs.shown(midday, theirs.sign(theirs.claims(midday)))
	wantResult(t, withBundle(t, ours, theirs, midday).Verify(text, midday, nil), verifier.Refuse, verifier.ReasonKeyCompromised, "")
}

func TestOnePresentationHoldsCodesOfOneIssuer(t *testing.T) {
	ours, theirs := neighbours(t)
	mixed := theirs.claims(midday)
	mixed.Issuer = ours.iss
	mixed.Members[0].Status.Index = 6
	code, err := mixed.Sign(ours.signer(trust.Phone))
	if err != nil {
		t.Fatal(err)
	}
	v := withBundle(t, ours, theirs, midday)
	single := theirs.rawShow(theirs.sign(theirs.claims(midday)))
	wantResult(t, v.Verify(single, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
	both := theirs.rawShow(theirs.sign(theirs.claims(midday)), code)
	wantResult(t, v.Verify(both, midday, nil), verifier.Refuse, verifier.ReasonClaims, "")
}

// What the lost bundle had revoked must not pass by the age that counts where nobody has told anything yet.
func TestAGateThatLostAPartnersBundleCannotSayWhateverTheAge(t *testing.T) {
	ours, theirs := neighbours(t)
	text := theirs.shown(midday, theirs.sign(theirs.claims(midday.Add(-time.Hour))))
	v := verifier.New(ours.bundle(midday), verifier.Policy{})
	lost := v.WithLostPartner("CN-MO")
	r := lost.Verify(text, midday, nil)
	wantResult(t, r, verifier.CannotSay, verifier.ReasonStatusUnknown, verifier.StatusUnknown)
	if r.Remedy != verifier.RemedyUpdateBundle || r.Members[0].Name != "" {
		t.Errorf("the result is %+v", r)
	}
	wantResult(t, v.Verify(text, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusUnknown)
	own := ours.shown(midday, ours.sign(ours.claims(midday)))
	wantResult(t, lost.Verify(own, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)

	forged := ours.sign(theirs.claims(midday))
	wantResult(t, lost.Verify(theirs.shown(midday, forged), midday, nil), verifier.CannotSay, verifier.ReasonKeyUnknown, "")
	red := theirs.claims(midday)
	red.Members[0].Colour = credential.Red
	wantResult(t, lost.Verify(theirs.shown(midday, theirs.sign(red)), midday, nil), verifier.Refuse, verifier.ReasonColour, verifier.StatusUnknown)

	again, err := lost.WithPartner(theirs.bundle(midday))
	if err != nil {
		t.Fatal(err)
	}
	wantResult(t, again.Verify(text, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
	wantResult(t, again.WithLostPartner("CN-MO").Verify(text, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusChecked)
}

// Of a region that our list knows by keys alone no bundle can have been kept, and of one that it does not know nothing can be lost.
func TestOnlyAPinnedPartnersBundleCanBeLost(t *testing.T) {
	ours, theirs := neighbours(t)
	ours.entries[0].Root = nil
	v := verifier.New(ours.bundle(midday), verifier.Policy{})
	if v.WithLostPartner("CN-MO") != v || v.WithLostPartner("CN-HK") != v {
		t.Error("a bundle is lost that there never was")
	}
	text := theirs.shown(midday, theirs.sign(theirs.claims(midday.Add(-time.Hour))))
	wantResult(t, v.Verify(text, midday, nil), verifier.Accept, verifier.ReasonOK, verifier.StatusUnknown)
}
