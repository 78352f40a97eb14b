package ceremony_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// room is five people who hold root keys, three who hold key-list keys, and what they have signed so far.
type room struct {
	t     testing.TB
	rand  *rand.ChaCha8
	root  []*cose.PrivateKey
	list  []*cose.PrivateKey
	roots [][]byte
}

func newRoom(t testing.TB) *room {
	t.Helper()
	r := &room{t: t, rand: rand.NewChaCha8([32]byte{7})}
	r.root, r.list = r.people(5), r.people(3)
	first, err := ceremony.ProposeFirstRoot(ceremony.NewRoot{
		Region: "CN-GD", Expires: noon.AddDate(5, 0, 0),
		Root: ceremony.Role{Threshold: 3, Keys: publics(r.root)}, List: ceremony.Role{Threshold: 2, Keys: publics(r.list)},
	})
	r.must(err)
	r.roots = [][]byte{r.finish(first, r.root[:3]...)}
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) people(n int) []*cose.PrivateKey {
	r.t.Helper()
	var all []*cose.PrivateKey
	for range n {
		k, err := cose.Generate(cose.Ed25519, r.rand)
		r.must(err)
		all = append(all, k)
	}
	return all
}

func publics(keys []*cose.PrivateKey) []*cose.PublicKey {
	var all []*cose.PublicKey
	for _, k := range keys {
		all = append(all, k.Public())
	}
	return all
}

// carry takes a proposal to another machine.
func (r *room) carry(p *ceremony.Proposal) *ceremony.Proposal {
	r.t.Helper()
	b, err := p.Bytes()
	r.must(err)
	p, err = ceremony.ParseProposal(b)
	r.must(err)
	return p
}

// sign takes a proposal from hand to hand.
func (r *room) sign(p *ceremony.Proposal, people ...*cose.PrivateKey) *ceremony.Proposal {
	r.t.Helper()
	for _, person := range people {
		next, err := r.carry(p).Sign(person)
		r.must(err)
		p = next
	}
	return r.carry(p)
}

func (r *room) finish(p *ceremony.Proposal, people ...*cose.PrivateKey) []byte {
	r.t.Helper()
	signed, err := r.sign(p, people...).Signed()
	r.must(err)
	return signed
}

// entries are new issuer keys of both code purposes and a snapshot key, each with a standby.
func (r *room) entries() []trust.IssuerKey {
	r.t.Helper()
	made, err := issuer.DemoKeys(cose.Ed25519, trust.DefaultPolicy(), noon, r.rand)
	r.must(err)
	var all []trust.IssuerKey
	for _, k := range made {
		all = append(all, k.Entry)
	}
	return all
}

func (r *room) firstKeyList() *ceremony.Proposal {
	r.t.Helper()
	p, err := ceremony.ProposeFirstKeyList(r.roots, trust.DefaultPolicy(), r.entries(), noon, noon.AddDate(0, 6, 0))
	r.must(err)
	return p
}

func TestARootIsMadeByHandsThatNeverMeet(t *testing.T) {
	r := newRoom(t)
	if _, err := trust.Pin(r.roots[0]); err != nil {
		t.Errorf("the finished root cannot be pinned: %v", err)
	}
}

func TestSignaturesMergeInAnyOrder(t *testing.T) {
	r := newRoom(t)
	next, err := ceremony.ProposeNextRoot(r.roots, ceremony.RootChange{Expires: noon.AddDate(6, 0, 0)})
	r.must(err)
	var finished [][]byte
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0, 1}} {
		all := r.carry(next)
		for _, n := range order {
			all, err = all.Merge(r.sign(next, r.root[n])) // each signs a copy of the unsigned proposal
			r.must(err)
		}
		signed, err := all.Signed()
		r.must(err)
		finished = append(finished, signed)
	}
	if !bytes.Equal(finished[0], finished[1]) || !bytes.Equal(finished[0], finished[2]) {
		t.Error("the order of signing changes the root")
	}
	if _, err := trust.Chain(append(r.roots, finished[0])); err != nil {
		t.Errorf("the root does not follow: %v", err)
	}
}

func TestAProposalSaysWhoIsMissing(t *testing.T) {
	r := newRoom(t)
	p := r.sign(r.firstKeyList(), r.list[1])
	q := p.Quorums()
	if len(q) != 1 || q[0].Threshold != 2 || len(q[0].Signed) != 1 || q[0].Signed[0] != r.list[1].Public().ID() || len(q[0].Missing) != 2 {
		t.Errorf("the quorum is %+v", q)
	}
	_, err := p.Signed()
	if !errors.Is(err, ceremony.ErrMissing) || !strings.Contains(err.Error(), r.list[0].Public().ID().String()) {
		t.Errorf("want %q with a name, got %v", ceremony.ErrMissing, err)
	}
	text, err := p.Text()
	r.must(err)
	for _, want := range []string{r.list[1].Public().ID().String() + " has signed", r.list[2].Public().ID().String() + " has not", ceremony.Spaced(p.Fingerprint())} {
		if !strings.Contains(text, want) {
			t.Errorf("the printed proposal does not say %q:\n%s", want, text)
		}
	}
}

func TestNobodySignsWhatTheyAreNotAskedFor(t *testing.T) {
	r := newRoom(t)
	for _, wrong := range []*cose.PrivateKey{r.root[0], r.people(1)[0]} {
		if _, err := r.firstKeyList().Sign(wrong); !errors.Is(err, ceremony.ErrSigner) {
			t.Errorf("want %q, got %v", ceremony.ErrSigner, err)
		}
	}
}

// A root that replaces signers needs the old and the new.
func TestANewRootNeedsBothThresholds(t *testing.T) {
	r := newRoom(t)
	fresh := r.people(3)
	next, err := ceremony.ProposeNextRoot(r.roots, ceremony.RootChange{
		Expires: noon.AddDate(6, 0, 0), Root: &ceremony.Role{Threshold: 2, Keys: publics(append(fresh, r.root[0]))},
	})
	r.must(err)
	for name, people := range map[string][]*cose.PrivateKey{"the old alone": r.root[1:4], "the new alone": fresh} {
		if p := r.sign(next, people...); p.Complete() {
			t.Errorf("%s is enough", name)
		}
	}
	done := r.sign(next, r.root[0], r.root[1], r.root[2], fresh[0]) // root[0] counts in both
	roots, err := done.Roots()
	r.must(err)
	if _, err := trust.Chain(roots); err != nil || len(roots) != 2 {
		t.Errorf("%d roots, %v", len(roots), err)
	}
}

func TestTheSignerReadsExactlyWhatChanges(t *testing.T) {
	r := newRoom(t)
	first := r.firstKeyList()
	signed := r.finish(first, r.list[0], r.list[1])
	stolen, standby := first.KeyList().Keys[0], first.KeyList().Keys[1]
	fresh, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Phone, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: noon.Unix(), UseUntil: noon.AddDate(1, 0, 0).Unix(),
	}, trust.DefaultPolicy(), r.rand)
	r.must(err)
	p, err := ceremony.ProposeCompromise(r.roots, signed, []cose.KeyID{stolen.Key.ID()}, []trust.IssuerKey{fresh.Entry}, noon.Add(time.Hour))
	r.must(err)
	text := strings.Join(r.carry(p).Changes(), "\n")
	for _, want := range []string{
		"key list 2 of CN-GD, in place of version 1",
		stolen.Key.ID().String() + " phone of the whole region: published becomes COMPROMISED: everything under it is refused, whatever its date",
		standby.Key.ID().String() + " phone of the whole region: standby becomes PUBLISHED",
		fresh.Entry.Key.ID().String() + " phone of the whole region Ed25519: NEW as standby",
		"12 keys stay as they are",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the signer does not read %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "policy") || strings.Contains(text, "partner") || strings.Contains(text, "GONE") {
		t.Errorf("the signer reads of changes that are none:\n%s", text)
	}
}

func TestTheSignerIsWarnedOfWhatNoCeremonyDoes(t *testing.T) {
	r := newRoom(t)
	first := r.firstKeyList().KeyList()
	first.Keys[0].State = trust.Compromised
	signed, err := trust.SignKeyList(first, r.list[0], r.list[1])
	r.must(err)
	believed := *first
	believed.Version, believed.Keys = 2, append([]trust.IssuerKey(nil), first.Keys...)
	believed.Keys[0].State, believed.Keys[2].Purpose = trust.Published, trust.SnapshotKey
	believed.Policy.HardAge = 23 * time.Hour
	p := r.forged(&believed, signed)
	text := strings.Join(p.Changes(), "\n")
	for _, want := range []string{"BELIEVED AGAIN", "CHANGES ITS PURPOSE", "policy: hard age of a bundle becomes 23h0m0s (before: 20h0m0s)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the signer does not read %q in\n%s", want, text)
		}
	}
}

// forged is a proposal that other tools made.
func (r *room) forged(list *trust.KeyList, former []byte) *ceremony.Proposal {
	r.t.Helper()
	unsigned, err := trust.SignKeyList(list)
	r.must(err)
	b, err := cose.Marshal([]any{"YKC1", r.roots, former, unsigned})
	r.must(err)
	p, err := ceremony.ParseProposal(b)
	r.must(err)
	return p
}

func TestAProposalThatDoesNotFollowIsRefused(t *testing.T) {
	r, strangers := newRoom(t), newRoom(t)
	list := r.firstKeyList().KeyList()
	unsigned, err := trust.SignKeyList(list)
	r.must(err)
	second := *list
	second.Version = 2
	later, err := trust.SignKeyList(&second)
	r.must(err)
	strangers.list = strangers.people(3)
	byStrangers, err := trust.SignKeyList(list, strangers.list[0], strangers.list[1])
	r.must(err)
	for name, parts := range map[string][]any{
		"a key list without a root":                      {"YKC1", [][]byte{}, []byte{}, unsigned},
		"a second key list without the first":            {"YKC1", r.roots, []byte{}, later},
		"a former key list that strangers signed":        {"YKC1", r.roots, byStrangers, later},
		"a former key list that nobody signed":           {"YKC1", r.roots, unsigned, later},
		"a root in the place of a key list":              {"YKC1", r.roots, []byte{}, r.roots[0]},
		"another magic":                                  {"YKB1", r.roots, []byte{}, unsigned},
		"a chain that does not hold":                     {"YKC1", [][]byte{unsigned}, []byte{}, unsigned},
		"something after the message that is not a part": {"YKC1", r.roots, []byte{}, unsigned, 1},
	} {
		b, err := cose.Marshal(parts)
		r.must(err)
		if _, err := ceremony.ParseProposal(b); !errors.Is(err, ceremony.ErrFormat) {
			t.Errorf("%s: want %q, got %v", name, ceremony.ErrFormat, err)
		}
	}
	whole, err := r.sign(r.firstKeyList(), r.list[0]).Bytes()
	r.must(err)
	for n := range whole {
		if _, err := ceremony.ParseProposal(whole[:n]); err == nil {
			t.Fatalf("a proposal that was cut at byte %d was read", n)
		}
	}
}

func TestASignatureThatIsWrongDoesNotCount(t *testing.T) {
	r := newRoom(t)
	whole, err := r.sign(r.firstKeyList(), r.list[0]).Bytes()
	r.must(err)
	whole[len(whole)-1] ^= 1 // the last byte of the last signature
	p, err := ceremony.ParseProposal(whole)
	r.must(err)
	if q := p.Quorums()[0]; len(q.Signed) != 0 {
		t.Errorf("%v counts", q.Signed)
	}
}

func TestDifferentProposalsDoNotMerge(t *testing.T) {
	r := newRoom(t)
	a, b := r.firstKeyList(), r.firstKeyList() // other keys
	if _, err := a.Merge(b); !errors.Is(err, ceremony.ErrOther) {
		t.Errorf("want %q, got %v", ceremony.ErrOther, err)
	}
}

func TestRolesStayApart(t *testing.T) {
	r := newRoom(t)
	both := ceremony.Role{Threshold: 2, Keys: publics(append([]*cose.PrivateKey{r.root[0]}, r.list...))}
	if _, err := ceremony.ProposeNextRoot(r.roots, ceremony.RootChange{Expires: noon.AddDate(6, 0, 0), List: &both}); err == nil {
		t.Error("one key signs roots and key lists")
	}
	alone := ceremony.Role{Threshold: 1, Keys: publics(r.list)}
	if _, err := ceremony.ProposeNextRoot(r.roots, ceremony.RootChange{Expires: noon.AddDate(6, 0, 0), List: &alone}); err == nil {
		t.Error("one person alone can sign a key list")
	}
}

func TestAKeyFileOpensWithItsPassphraseOnly(t *testing.T) {
	r := newRoom(t)
	passphrase := []byte("four words of somebody")
	locked, err := ceremony.LockKey(r.root[0], nil, passphrase, r.rand)
	r.must(err)
	b, err := locked.Bytes()
	r.must(err)
	secret, err := r.root[0].Bytes()
	r.must(err)
	if bytes.Contains(b, secret[len(secret)-32:]) {
		t.Error("the private half stands in the file")
	}
	f, err := ceremony.ParseKeyFile(b)
	r.must(err)
	key, err := f.Unlock(passphrase)
	r.must(err)
	if !key.Public().Equal(r.root[0].Public()) {
		t.Error("another key came back")
	}
	if _, err := f.Unlock([]byte("four words of nobody")); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("another passphrase: %v", err)
	}
	if _, err := f.Public().Unlock(passphrase); err == nil {
		t.Error("the public half was unlocked")
	}
	if _, err := ceremony.LockKey(r.root[0], nil, []byte("short"), r.rand); err == nil {
		t.Error("a short passphrase was taken")
	}
}

func TestAKeyFileSaysWhatTheKeyIsFor(t *testing.T) {
	r := newRoom(t)
	entry := r.entries()[0]
	f := &ceremony.KeyFile{Key: entry.Key, Entry: &entry}
	b, err := f.Bytes()
	r.must(err)
	back, err := ceremony.ParseKeyFile(b)
	r.must(err)
	if *back.Entry != (trust.IssuerKey{Key: back.Key, Purpose: entry.Purpose, State: entry.State, UseFrom: entry.UseFrom, UseUntil: entry.UseUntil, VerifyUntil: entry.VerifyUntil}) {
		t.Errorf("the entry is %+v, want %+v", back.Entry, entry)
	}
}
