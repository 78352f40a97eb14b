package bolt_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/refresh"
)

// ask fetches codes by a request that the phone signs, and keeps them.
func (p *phone) ask(sets ...[]health.PersonID) wallet.Fetched {
	p.Helper()
	key, err := holder.NewKey(rand.Reader)
	p.must(err)
	id, device := p.file.Device()
	signed, err := refresh.Request{Device: id, Region: "CN-GD", Holder: key.Public(), Sets: sets}.Sign(device, p.at)
	p.must(err)
	got, err := p.wallet.RefreshSigned(ctx, p.people[p.owner], signed, p.at)
	p.must(err)
	p.keep(key, got)
	return got
}

func TestAHouseholdIsOneSymbolWithAVerdictForEach(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "张小妹,E9900031,2018-04-01,E9900001")
	p := w.phone("张三")
	w.publish()
	got := p.ask(w.ids("张三", "张小", "张小妹"), w.ids("张小", "张小妹"))
	if len(got.Codes) != 3 || len(got.Households) != 2 || got.Households[0].Err != nil || got.Households[1].Err != nil {
		t.Fatalf("got %+v", got.Households)
	}
	all := p.present("张三", "张小", "张小妹")
	u, err := credential.Parse(all)
	w.must(err)
	if len(u.Codes) != 1 {
		t.Fatalf("%d codes are shown for one household", len(u.Codes))
	}
	if r := w.scan(all); r.Verdict != verifier.Accept || len(r.Members) != 3 || r.Members[1].Relation != credential.Child {
		t.Fatalf("the gate says %+v", r)
	}
	w.tell("张小妹", health.PositiveTest)
	w.publish()
	r := w.scan(p.present("张三", "张小", "张小妹"))
	if r.Reason != verifier.ReasonRevoked || r.Members[0].Reason != verifier.ReasonOK || r.Members[2].Reason != verifier.ReasonRevoked {
		t.Errorf("after one member's test the gate says %+v", r)
	}
	w.expect("the others by themselves", p.show("张三", "张小"), verifier.ReasonOK)
}

func TestAHouseholdIsOfTheFamilyOnlyAndAWrongOneTakesNobodysCode(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "王五,E9900041,1990-01-01,")
	p := w.phone("张三")
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	ask := func(sets ...[]health.PersonID) (wallet.Fetched, error) {
		return w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["张三"], Device: p.id, Holder: key.Public(), Sets: sets}, w.at)
	}
	good := w.ids("张三", "张小")
	for name, set := range map[string][]health.PersonID{"a stranger": w.ids("张三", "王五"), "nobody": {w.people["张三"], {9}}} {
		got, err := ask(set, good)
		w.must(err)
		if wrong := got.Households[0]; !errors.Is(wrong.Err, wallet.ErrNoMember) || wrong.Code != nil || wrong.Salts != nil {
			t.Errorf("%s: the set has %d bytes of code, %v", name, len(wrong.Code), wrong.Err)
		}
		if len(got.Codes) != 2 || got.Households[1].Err != nil || got.Households[1].Code == nil {
			t.Errorf("%s: the family gets %d codes, and its other household %v", name, len(got.Codes), got.Households[1].Err)
		}
	}
	if got, err := ask(w.ids("张三")); err == nil || got.Codes != nil {
		t.Errorf("a set of one: %d codes, %v", len(got.Codes), err)
	}
}

// A wallet asks for the households that it had yesterday, and one of them has lost a member in the night.
func TestAWalletThatRemembersItsHouseholdsGoesOnWhenAGuardianshipHasEnded(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "张小妹,E9900031,2018-04-01,E9900001")
	p := w.phone("张三")
	remembered := [][]health.PersonID{w.ids("张三", "张小"), w.ids("张三", "张小妹")}
	p.ask(remembered...)
	w.must(w.wallet.EndGuardian(ctx, w.people["张三"], w.people["张小"], w.at))
	got := p.ask(remembered...)
	if len(got.Codes) != 2 || !errors.Is(got.Households[0].Err, wallet.ErrNoMember) || got.Households[1].Err != nil {
		t.Fatalf("%d codes, households %v and %v", len(got.Codes), got.Households[0].Err, got.Households[1].Err)
	}
	w.publish()
	w.expect("the household that is whole", p.show("张三", "张小妹"), verifier.ReasonOK)
}

func TestAHouseholdEndsWithTheFirstMajority(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, "张大,E9900031,2008-03-03,E9900001") // of age at midnight
	p := w.phone("张三")
	got := p.ask(w.ids("张三", "张小", "张大"))
	u, err := credential.Parse(credential.Text(got.Households[0].Code))
	w.must(err)
	if end := u.Codes[0].Claims.ExpiresAt; end != (wallet.Date{Year: 2008, Month: 3, Day: 3}).Majority().Unix() {
		t.Errorf("the household's code ends at %d and not when the elder child comes of age", end)
	}
}

func TestARequestOfAnotherDeviceBringsNothing(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, "王五,E9900041,1990-01-01,")
	mothers, strangers := w.phone("张三"), w.phone("王五")
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	sign := func(of, by *phone) []byte {
		id, _ := of.file.Device()
		_, device := by.file.Device()
		signed, err := refresh.Request{Device: id, Region: "CN-GD", Holder: key.Public()}.Sign(device, w.at)
		w.must(err)
		return signed
	}
	for name, c := range map[string]struct {
		person string
		signed []byte
		want   error
	}{
		"one's own":                          {"张三", sign(mothers, mothers), nil},
		"another person's device and key":    {"张三", sign(strangers, strangers), wallet.ErrNoDevice},
		"one's own device, a stranger's key": {"张三", sign(mothers, strangers), refresh.ErrSignature},
		"a stolen request":                   {"王五", sign(mothers, mothers), wallet.ErrNoDevice},
	} {
		got, err := w.wallet.RefreshSigned(ctx, w.people[c.person], c.signed, w.at)
		if !errors.Is(err, c.want) || (err == nil) != (len(got.Codes) > 0) {
			t.Errorf("%s: %d codes, %v", name, len(got.Codes), err)
		}
	}
	w.must(w.wallet.EndDevice(ctx, mothers.id, wallet.BySelf, w.at))
	if _, err := w.wallet.RefreshSigned(ctx, w.people["张三"], sign(mothers, mothers), w.at); !errors.Is(err, wallet.ErrNoDevice) {
		t.Errorf("a lost phone: %v", err)
	}
}
