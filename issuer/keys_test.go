package issuer_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// phoneKey makes a further phone key with a window that opens after a time from now.
func (w *world) phoneKey(state trust.KeyState, opens time.Duration) issuer.NewKey {
	w.t.Helper()
	from := w.at.Add(opens).Unix()
	from -= from % 60
	k, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Phone, Algorithm: cose.Ed25519, State: state, UseFrom: from, UseUntil: from + 90*24*3600,
	}, w.list.Policy, w.rand)
	w.must(err)
	return k
}

// ceremony publishes a change of the key list.
func (w *world) ceremony(c issuer.Change) {
	w.t.Helper()
	c.Expires = w.at.AddDate(0, 3, 0)
	next, err := issuer.NextKeyList(w.list, c, w.at)
	w.must(err)
	w.publishKeyList(next)
}

func TestAKeyIsActivatedOnlyWhenEveryGateKnowsIt(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	hardAge := trust.DefaultPolicy().HardAge
	next := w.phoneKey(trust.Published, hardAge+time.Hour)
	id := next.Entry.Key.ID()
	refused := func(why string) {
		t.Helper()
		err := w.issuer.Activate(t.Context(), id, w.at)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("want a refusal that says %q, got %v", why, err)
		}
	}
	refused("no private key")
	w.add(next)
	refused("a ceremony must publish it")
	w.ceremony(issuer.Change{Add: []trust.IssuerKey{next.Entry}})
	refused("use window")
	w.advance(hardAge + time.Hour)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.must(w.issuer.Activate(t.Context(), id, w.at))
	if c := w.issue(w.enrol("张伟").read(credential.Phone)); c.kid != id {
		t.Errorf("after the activation %v signs", c.kid)
	}
	id = w.key(trust.Phone, trust.Standby).Entry.Key.ID()
	refused("standby")
}

func TestAKeyThatGatesMayNotKnowWaitsForTheHardAge(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	next := w.phoneKey(trust.Published, -time.Hour)
	if _, err := issuer.NextKeyList(w.list, issuer.Change{Add: []trust.IssuerKey{next.Entry}}, w.at); err == nil || !strings.Contains(err.Error(), "begin later") {
		t.Errorf("a ceremony adds a key that opens before gates know it: %v", err)
	}
	// A ceremony by other tools might; the server waits all the same.
	list := *w.list
	list.Version, list.Keys = list.Version+1, append(slices.Clone(list.Keys), w.add(next)...)
	w.advance(time.Minute)
	list.IssuedAt = w.at.Unix()
	w.publishKeyList(&list)
	id := next.Entry.Key.ID()
	w.advance(trust.DefaultPolicy().HardAge - time.Second)
	if err := w.issuer.Activate(t.Context(), id, w.at); !errors.Is(err, issuer.ErrNotYet) || !strings.Contains(err.Error(), "without it until") {
		t.Errorf("want %q, got %v", issuer.ErrNotYet, err)
	}
	w.advance(time.Second)
	w.must(w.issuer.Activate(t.Context(), id, w.at))
}

func TestTwoServersActivatingComeToOneKey(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	other := w.server()
	w.must(other.Refresh(t.Context()))
	hardAge := trust.DefaultPolicy().HardAge
	a, b := w.phoneKey(trust.Published, hardAge+time.Hour), w.phoneKey(trust.Published, hardAge+time.Hour)
	w.ceremony(issuer.Change{Add: w.add(a, b)})
	w.advance(hardAge + time.Hour)
	var group sync.WaitGroup
	for n, i := range []*issuer.Issuer{w.issuer, other} {
		group.Go(func() {
			err := i.Activate(t.Context(), []issuer.NewKey{a, b}[n].Entry.Key.ID(), w.at)
			if err != nil && !errors.Is(err, issuer.ErrConflict) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	active := 0
	for _, k := range w.store.keys {
		if k.Active && k.Purpose == trust.Phone {
			active++
		}
	}
	if active != 1 {
		t.Errorf("%d phone keys are active", active)
	}
}

func TestACompromiseHandsOverToTheStandby(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	lost, standby := w.key(trust.Phone, trust.Published).Entry.Key.ID(), w.key(trust.Phone, trust.Standby).Entry.Key.ID()
	paper := w.issue(r.read(credential.Paper))
	w.advance(time.Hour)
	if _, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: []cose.KeyID{lost}}, w.at); err == nil || !strings.Contains(err.Error(), "standby") {
		t.Errorf("a compromise leaves the region without a standby: %v", err)
	}
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{lost}, Add: w.add(w.phoneKey(trust.Standby, 0))})
	if _, err := w.issuer.Issue(r.read(credential.Phone), w.at); !errors.Is(err, issuer.ErrNoKey) {
		t.Errorf("the compromised key signs on: %v", err)
	}
	if err := w.issuer.Activate(t.Context(), lost, w.at); !errors.Is(err, issuer.ErrNotYet) {
		t.Errorf("the compromised key is activated: %v", err)
	}
	activated, err := w.issuer.EnsureKeys(t.Context(), w.at)
	w.must(err)
	if len(activated) != 1 || activated[0] != standby {
		t.Errorf("activated %v, want the standby %v", activated, standby)
	}
	if c := w.issue(r.read(credential.Phone)); c.kid != standby {
		t.Errorf("%v signs", c.kid)
	}
	if again := w.issue(r.read(credential.Paper)); again.kid != paper.kid {
		t.Error("the elders' paper changed its key because a phone key was lost")
	}
	if activated, err := w.issuer.EnsureKeys(t.Context(), w.at); err != nil || len(activated) != 0 {
		t.Errorf("with every place settled it activated %v, %v", activated, err)
	}
}

func TestANextYearsKeyIsNoReasonToKeepTheStandbyBack(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.ceremony(issuer.Change{Add: w.add(w.phoneKey(trust.Published, 300*24*time.Hour))})
	lost, standby := w.key(trust.Phone, trust.Published).Entry.Key.ID(), w.key(trust.Phone, trust.Standby).Entry.Key.ID()
	w.advance(time.Hour)
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{lost}, Add: w.add(w.phoneKey(trust.Standby, 0))})
	if got := w.list.Find(standby).State; got != trust.Published {
		t.Errorf("the standby is %v while no other key may sign", got)
	}
}

func TestACodeEndsWhileItsKeyCanBeVerified(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	next := w.phoneKey(trust.Published, w.list.Policy.HardAge+time.Minute)
	next.Entry.UseUntil = next.Entry.UseFrom + 2*3600
	next.Entry.VerifyUntil = next.Entry.UseUntil
	w.ceremony(issuer.Change{Add: w.add(next)})
	w.at = time.Unix(next.Entry.UseFrom, 0)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.must(w.issuer.Activate(t.Context(), next.Entry.Key.ID(), w.at))
	if c := w.issue(w.enrol("张伟").read(credential.Phone)); c.claims.ExpiresAt != next.Entry.VerifyUntil {
		t.Errorf("the code ends at %d, its key at %d", c.claims.ExpiresAt, next.Entry.VerifyUntil)
	}
}

func TestALostSnapshotKeyDoesNotStopPublishing(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	lost := w.key(trust.SnapshotKey, trust.Published).Entry.Key.ID()
	w.advance(time.Hour)
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{lost}})
	w.update()
	w.advance(time.Hour)
	w.publish()
	w.update()
}

func TestAKeyIsNotRetiredWhileNobodyElseSigns(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	for _, purpose := range []trust.Purpose{trust.Paper, trust.SnapshotKey} {
		only := w.key(purpose, trust.Published).Entry.Key.ID()
		if _, err := issuer.NextKeyList(w.list, issuer.Change{Retire: []cose.KeyID{only}}, w.at); err == nil {
			t.Errorf("the only key for %v is retired", purpose)
		}
		if _, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: []cose.KeyID{only}}, w.at); err != nil && purpose == trust.SnapshotKey {
			t.Errorf("a stolen key for %v cannot be refused: %v", purpose, err)
		}
	}
}

// Thieves of the key-list keys may list a snapshot key of their own. The genuine list never had it, and must condemn it all the same.
func TestAThiefsKeyIsListedAsCompromisedAtOnce(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	thief, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.SnapshotKey, Algorithm: cose.Ed25519, State: trust.Published, UseFrom: w.at.Unix(), UseUntil: w.at.Unix() + 86400,
	}, trust.DefaultPolicy(), w.rand)
	w.must(err)
	id := thief.Entry.Key.ID()
	next, err := issuer.NextKeyList(w.list, issuer.Change{Add: []trust.IssuerKey{thief.Entry}, Compromise: []cose.KeyID{id}}, w.at)
	w.must(err)
	if entry := next.Find(id); entry == nil || entry.State != trust.Compromised {
		t.Errorf("the thief's key stands as %+v", entry)
	}
}

func TestARetiredKeySignsNoMore(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	old := w.key(trust.Paper, trust.Published).Entry.Key.ID()
	successor, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Paper, Algorithm: cose.Ed25519, State: trust.Published, UseFrom: w.at.Unix() + 30*3600, UseUntil: w.at.Unix() + 90*86400,
	}, trust.DefaultPolicy(), w.rand)
	w.must(err)
	w.advance(time.Hour)
	w.ceremony(issuer.Change{Add: []trust.IssuerKey{successor.Entry}}) // held elsewhere: this service cannot sign with it
	w.advance(30 * time.Hour)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.ceremony(issuer.Change{Retire: []cose.KeyID{old}})
	if _, err := w.issuer.Issue(w.enrol("张伟").read(credential.Paper), w.at); !errors.Is(err, issuer.ErrNoKey) {
		t.Errorf("want %q, got %v", issuer.ErrNoKey, err)
	}
	for _, c := range []issuer.Change{{Retire: []cose.KeyID{{1}}}, {Compromise: []cose.KeyID{{1}}}} {
		if _, err := issuer.NextKeyList(w.list, c, w.at); err == nil {
			t.Error("a key that the list does not have is retired or compromised")
		}
	}
}

func TestNextKeyListLeavesTheFormerAlone(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	before := slices.Clone(w.list.Keys)
	lost := w.key(trust.Log, trust.Published).Entry.Key.ID()
	next, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: []cose.KeyID{lost}}, w.at)
	w.must(err)
	for n := range before {
		if before[n].State != w.list.Keys[n].State {
			t.Errorf("key %d of the former list became %v", n, w.list.Keys[n].State)
		}
	}
	if next.Version != w.list.Version+1 {
		t.Errorf("version %d follows %d", next.Version, w.list.Version)
	}
}

func TestASealedKeyOpensOnlyUnderItsMasterAndName(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	stranger, err := issuer.New(issuer.Config{Store: w.store, Root: w.root, Master: []byte(strings.Repeat("x", 32)), Rand: w.rand})
	w.must(err)
	if err := stranger.Refresh(t.Context()); err == nil {
		t.Error("another master key opened the store")
	}
	a, b := w.key(trust.Phone, trust.Published).Entry.Key.ID(), w.key(trust.Phone, trust.Standby).Entry.Key.ID()
	swapped := w.store.keys[a]
	swapped.Sealed = w.store.keys[b].Sealed
	w.store.keys[a] = swapped
	if err := w.issuer.Refresh(t.Context()); err == nil {
		t.Error("a record with another key's secret was opened")
	}
}

func TestAnAuthorityComesBackFromItsFile(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	b, err := w.authority.Bytes()
	w.must(err)
	back, err := issuer.ParseAuthority(b)
	w.must(err)
	w.authority = back
	w.advance(time.Hour)
	w.ceremony(issuer.Change{})
	w.update()
	if _, err := issuer.ParseAuthority(b[:len(b)-1]); err == nil {
		t.Error("an authority that is cut short was read")
	}
}

func TestRulesAreTakenUnderAPublishedRulesKeyOnly(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	signer, err := w.issuer.Signer(trust.Rules, 0, w.at)
	w.must(err)
	signed, err := health.SignRules(w.rules, signer)
	w.must(err)
	if _, err := issuer.LoadRules(w.gate, signed, w.at); err != nil {
		t.Error(err)
	}
	notice, err := w.issuer.Signer(trust.Notice, 0, w.at)
	w.must(err)
	elsewhere := health.DefaultRules("CN-GX")
	for name, c := range map[string]struct {
		rules *health.RuleSet
		by    cose.Signer
	}{"a notice key": {w.rules, notice}, "another region": {elsewhere, signer}, "a stranger": {w.rules, w.phoneKey(trust.Published, 0).Private}} {
		signed, err := health.SignRules(c.rules, c.by)
		w.must(err)
		if _, err := issuer.LoadRules(w.gate, signed, w.at); err == nil {
			t.Errorf("rules of %s were taken", name)
		}
	}
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper, trust.SnapshotKey} {
		if _, err := w.issuer.Signer(purpose, 0, w.at); err == nil {
			t.Errorf("the %v key is handed out", purpose)
		}
	}
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{signer.Public().ID()}})
	w.update()
	if _, err := issuer.LoadRules(w.gate, signed, w.at); err == nil {
		t.Error("rules under a compromised key were taken")
	}
}

func TestAKeyLivesFromPublishedToGone(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	first := w.key(trust.Phone, trust.Published).Entry.Key.ID()
	next := w.phoneKey(trust.Published, w.list.Policy.HardAge+time.Hour)
	id := next.Entry.Key.ID()
	hour := func(d time.Duration) {
		t.Helper()
		w.advance(d)
		w.must(w.issuer.EnsureLists(t.Context(), w.at))
		w.publish()
		_, err := w.issuer.EnsureKeys(t.Context(), w.at)
		w.must(err)
		w.update()
	}
	w.ceremony(issuer.Change{Add: w.add(next)}) // published: every gate learns of it before it signs
	if c := w.issue(r.read(credential.Phone)); c.kid != first {
		t.Errorf("while the next key is only published, %v signs", c.kid)
	}
	hour(w.list.Policy.HardAge + time.Hour)
	w.must(w.issuer.Activate(t.Context(), id, w.at)) // active
	signed := w.issue(r.read(credential.Phone))
	if signed.kid != id {
		t.Errorf("after the activation %v signs", signed.kid)
	}
	hour(time.Hour)
	w.ceremony(issuer.Change{Retire: []cose.KeyID{id}}) // retired
	hour(time.Minute)
	if c := w.issue(r.read(credential.Phone)); c.kid != first {
		t.Errorf("after it retired, %v signs", c.kid)
	}
	if entry := w.gate.KeyList().Find(id); entry == nil || entry.State != trust.Retired {
		t.Errorf("the gate has it as %+v, so what it signed is not good", entry)
	}
	if _, held := w.store.keys[id]; held {
		t.Error("its private half is still there to be stolen")
	}
	w.at = time.Unix(next.Entry.VerifyUntil, 0).Add(time.Second)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.ceremony(issuer.Change{}) // gone
	w.update()
	if w.gate.KeyList().Find(id) != nil {
		t.Error("it stands in the key list when nothing under it can be good")
	}
}
