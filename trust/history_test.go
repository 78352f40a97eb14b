package trust_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"

	"pgregory.net/rapid"
)

// A history is what one verifier lives through: ceremonies, publications, thefts of keys, deliveries of every mixture of what was ever
// signed, clocks that jump, restarts and restores. After each delivery the verifier must believe what the oracle believes.
//
// A few hundred are run each time, and under the race detector fewer; HEALTHCODE_LONG=1 runs ten thousand of each kind.

// leaning says what the histories of one kind do more often than others.
type leaning struct {
	back   int // of ten ceremonies and publications, how many step back in version, time, ceiling or lists
	mixed  int // of ten deliveries, how many mix parts
	clock  int // of ten deliveries, how many come at the very second at which something ends
	thieve int // of ten signatures, how many are made by too few, or by others
}

func TestHistoriesOfRollback(t *testing.T) {
	histories(t, slowed, leaning{back: 6, mixed: 3, clock: 1, thieve: 2})
}
func TestHistoriesOfFreeze(t *testing.T) {
	histories(t, slowed, leaning{back: 2, mixed: 1, clock: 5, thieve: 1})
}
func TestHistoriesOfMixAndMatch(t *testing.T) {
	histories(t, slowed, leaning{back: 2, mixed: 8, clock: 1, thieve: 3})
}
func TestHistoriesOfClocks(t *testing.T) {
	histories(t, slowed, leaning{back: 3, mixed: 2, clock: 8, thieve: 1})
}

func histories(t *testing.T, few bool, l leaning) {
	checks := "300"
	if few {
		checks = "60"
	}
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		checks = "10000"
	}
	if n := os.Getenv("HEALTHCODE_HISTORIES"); n != "" {
		checks = n
	}
	former := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", checks); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.checks", former) }()
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(r, l)
		for range rapid.IntRange(3, 10).Draw(r, "steps") {
			h.step()
		}
	})
}

// history has everything that was ever signed, and the verifier beside the oracle.
type history struct {
	*rapid.T
	leaning
	now       int64
	roots     []plainRoot
	keyLists  []plainKeyList
	snapshots []plainSnapshot

	bundle *trust.Bundle
	plain  plainTrust
	past   []belief // for restores
}

type belief struct {
	bundle *trust.Bundle
	plain  plainTrust
}

const hour, day = int64(3600), int64(86400)

func newHistory(r *rapid.T, l leaning) *history {
	h := &history{T: r, leaning: l, now: noon.Unix()}
	h.roots = []plainRoot{{
		version: 1, expires: h.now + 100*day, region: "CN-GD", threshold: rapid.IntRange(1, 2).Draw(r, "k"), keys: []int{0, 1, 2},
		listThreshold: rapid.IntRange(1, 2).Draw(r, "list k"), listKeys: []int{4, 5, 6}, signers: []int{0, 1, 2},
	}}
	h.keyLists = []plainKeyList{{
		version: 1, issued: h.now, expires: h.now + 60*day, region: "CN-GD", phone: 24 * hour, paper: 48 * hour, signers: []int{4, 5, 6},
		keys: []plainKey{
			{key: 8, snapshot: true, from: h.now - day, until: h.now + 40*day, verify: h.now + 50*day},
			{key: 9, snapshot: true, from: h.now - day, until: h.now + 90*day, verify: h.now + 90*day},
			{key: 10, from: h.now - day, until: h.now + 90*day, verify: h.now + 90*day},
		},
	}}
	h.snapshots = []plainSnapshot{{
		version: 1, issued: h.now, expires: h.now + 7*day, region: "CN-GD", of: h.keyLists[0], ceiling: 1000, signer: 8,
		lists: []plainList{{day: (h.now + 8*hour) / day, width: 20}},
	}}
	b, err := trust.Pin(signRoot(h.roots[0]))
	if err != nil {
		r.Fatal(err)
	}
	h.bundle, h.plain = b, plainTrust{root: h.roots[0], chain: h.roots[:1:1]}
	h.deliver()
	return h
}

func (h *history) of(n int, label string) int      { return rapid.IntRange(0, n-1).Draw(h.T, label) }
func (h *history) often(tenths int, w string) bool { return h.of(10, w) < tenths }

func pick[E any](h *history, s []E, label string) E { return s[h.of(len(s), label)] }

// lately picks the last element most of the time.
func lately[E any](h *history, s []E, label string) E {
	if h.often(7, label+" last") {
		return s[len(s)-1]
	}
	return pick(h, s, label)
}

func (h *history) step() {
	switch h.of(12, "what happens") {
	case 0:
		h.now += pick(h, []int64{1, 30, hour, 20 * hour, day, 2 * day, 3 * day, 8 * day}, "time passes")
	case 1:
		h.rotate()
	case 2:
		h.ceremony()
	case 3, 4:
		h.publish()
		h.deliver()
	case 5:
		h.restore()
	case 6:
		h.outlive()
	case 7:
		h.enlarge()
	case 8:
		h.leave()
	default:
		h.deliver()
	}
}

// version is the next one, or with a thief or a fault another.
func (h *history) version(last int64) int64 {
	if h.often(h.back, "version goes astray") {
		return max(1, last+pick(h, []int64{-1, 0, 3}, "version"))
	}
	return last + 1
}

// signers are all of those who may, or with a thief some others.
func (h *history) signers(entitled []int) []int {
	if !h.often(h.thieve, "thief signs") {
		return entitled
	}
	last := entitled[len(entitled)-1]
	return pick(h, [][]int{
		entitled[:1], entitled[:min(2, len(entitled))], {3}, union(entitled[:1], []int{7}), {last}, union(entitled[:len(entitled)-1], []int{last + spoiled}), union(entitled, []int{3}),
	}, "signers")
}

// rotate makes a root after one there is.
func (h *history) rotate() {
	last := lately(h, h.roots, "root")
	next := last
	next.version = last.version + 1
	next.expires = h.now + pick(h, []int64{hour, 30 * day, 500 * day}, "root life")
	if h.often(5, "root keys change") {
		next.keys = pick(h, [][]int{{0, 1, 3}, {1, 2, 3}, {0, 1, 2}}, "root keys")
		next.threshold = 1 + h.of(3, "threshold")
	}
	if h.often(4, "list keys change") {
		next.listKeys = pick(h, [][]int{{4, 5, 6}, {5, 6, 7}, {7}}, "list keys")
		next.listThreshold = 1 + h.of(len(next.listKeys), "list threshold")
	}
	if h.often(h.thieve, "root astray") {
		switch h.of(3, "astray") {
		case 0:
			next.region = "CN-MO"
		case 1:
			next.demo = !next.demo
		default:
			next.version += 1 - 2*int64(h.of(2, "version"))
			next.version = max(1, next.version)
		}
	}
	next.signers = h.signers(union(last.keys, next.keys))
	h.roots = append(h.roots, next)
}

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// ceremony makes a key list after one there is.
func (h *history) ceremony() {
	next := lately(h, h.keyLists, "key list")
	next.version = h.version(next.version)
	next.issued, next.expires = h.now, h.now+pick(h, []int64{hour, 20 * day, 60 * day}, "key list life")
	next.keys = slices.Clone(next.keys)
	switch i := h.of(3, "key"); h.of(6, "key change") {
	case 0:
		k := &next.keys[min(i, len(next.keys)-1)]
		k.compromised, k.retired = true, false // a key has one state
	case 1:
		k := &next.keys[min(i, len(next.keys)-1)]
		k.retired = !k.compromised
	case 2:
		next.keys = slices.Delete(next.keys, 0, min(1, len(next.keys)-1))
	case 3:
		k := &next.keys[min(i, len(next.keys)-1)]
		k.until = min(max(h.now+hour, k.from+1), k.verify)
	case 4:
		if next.find(11) == nil {
			next.keys = append(next.keys, plainKey{key: 11, snapshot: true, from: h.now, until: h.now + 90*day, verify: h.now + 90*day})
		}
	}
	if h.often(4, "lifetimes change") {
		next.phone, next.paper = pick(h, []int64{hour, 24 * hour}, "phone"), pick(h, []int64{hour, 96 * hour}, "paper")
	}
	if h.often(h.thieve, "key list of another region") && h.often(3, "really") {
		next.region = "CN-MO"
	}
	next.signers = h.signers(lately(h, h.roots, "root of the list").listKeys)
	h.keyLists = append(h.keyLists, next)
}

// enlarge has a key list signed by as many as must, then lets the role grow by two and asks for one signature more, and then has a list of any version
// signed by the two and one fewer than had to sign before.
func (h *history) enlarge() {
	root := h.roots[len(h.roots)-1]
	few, two := root.listKeys[:root.listThreshold], []int{12, 13}
	if slices.Contains(root.listKeys, two[0]) {
		return
	}
	before := h.succeed(few)
	h.publishUnder(before)
	h.deliver()
	root.version, root.listKeys, root.listThreshold, root.signers = root.version+1, union(root.listKeys, two), root.listThreshold+1, root.keys
	h.roots = append(h.roots, root)
	next := before
	next.version, next.signers = max(1, next.version+int64(h.of(3, "version of the list"))-1), union(few[1:], two)
	h.keyLists = append(h.keyLists, next)
	h.publishUnder(next)
	h.deliver()
}

// leave has a key list signed by some of a role and the next by others, of whom one leaves; then something is published under the former list.
func (h *history) leave() {
	root := h.roots[len(h.roots)-1]
	n, t := len(root.listKeys), root.listThreshold
	if t >= n {
		return
	}
	before := h.succeed(root.listKeys[:t])
	h.publishUnder(before)
	h.deliver()
	h.publishUnder(h.succeed(root.listKeys[n-t:]))
	h.deliver()
	root.version, root.listKeys, root.signers = root.version+1, union(root.listKeys[:n-1], []int{12}), root.keys
	h.roots = append(h.roots, root)
	h.publishUnder(before)
	h.deliver()
}

// succeed makes the next key list, which says the same as the last.
func (h *history) succeed(signers []int) plainKeyList {
	next := h.keyLists[len(h.keyLists)-1]
	next.version, next.issued, next.expires, next.signers = next.version+1, h.now, h.now+20*day, signers
	h.keyLists = append(h.keyLists, next)
	return next
}

// outlive publishes at the second at which a list ends, perhaps by another policy than the one under which it was made.
func (h *history) outlive() {
	last := h.snapshots[len(h.snapshots)-1]
	if len(last.lists) == 0 {
		return
	}
	if h.often(6, "the policy changes first") {
		h.ceremony()
	}
	l, policy := pick(h, last.lists, "ending list"), pick(h, h.keyLists, "policy of the end")
	h.now = max(h.now, l.ends(policy)+int64(h.of(3, "edge"))-1)
	h.publish()
	h.deliver()
}

// publish makes a snapshot after one there is.
func (h *history) publish() { h.publishUnder(lately(h, h.keyLists, "key list of the snapshot")) }

func (h *history) publishUnder(list plainKeyList) {
	last := lately(h, h.snapshots, "snapshot")
	next := last
	next.version = h.version(last.version)
	next.of = list
	next.issued, next.ceiling = h.now, last.ceiling+int64(h.of(2, "ceiling"))
	if h.often(h.clock, "issued at an edge") {
		next.issued = pick(h, h.edges(last), "issued") + int64(h.of(3, "edge")) - 1
	}
	if h.often(h.back, "ceiling goes back") && h.often(4, "really") {
		next.ceiling = last.ceiling - 1
	}
	next.expires = next.issued + pick(h, []int64{60, day, 7 * day}, "snapshot life")
	next.signer = pick(h, []int{8, 9, 8, 9, 11, 10, 3}, "signer")
	next.lists = h.grow(last.lists, (max(next.issued, 0)+8*hour)/day)
	if h.often(h.thieve, "snapshot of another region") && h.often(2, "really") {
		next.region = "CN-MO"
	}
	h.snapshots = append(h.snapshots, next)
}

// edges are the seconds at which something of the last snapshot and its key list begins or ends.
func (h *history) edges(s plainSnapshot) []int64 {
	at := []int64{s.issued, s.expires, s.of.expires}
	for _, k := range s.of.keys {
		at = append(at, k.from, k.until, k.verify)
	}
	for _, l := range s.lists {
		at = append(at, l.ends(s.of))
	}
	return at
}

// grow makes the lists of a snapshot of the day from those before: entries are added, new days begin, ended lists go; and some fault.
func (h *history) grow(before []plainList, today int64) []plainList {
	var lists []plainList
	for _, l := range before {
		tenths := 1
		if l.day < today {
			tenths = 5 // it has ended, or is about to
		}
		if h.often(tenths, "list goes") {
			continue
		}
		l.indices = slices.Clone(l.indices)
		if h.often(5, "entry comes") {
			l.indices = append(l.indices, uint64(h.of(40, "index")))
			slices.Sort(l.indices)
			l.indices = slices.Compact(l.indices)
		}
		if len(l.indices) > 0 && h.often(h.back, "entry goes") && h.often(4, "really") {
			l.indices = l.indices[1:]
		}
		if h.often(h.back, "width changes") && h.often(1, "really") {
			l.width = 41 - l.width
		}
		lists = append(lists, l)
	}
	fresh := plainList{paper: h.often(5, "paper"), day: today, width: 20}
	if !slices.ContainsFunc(lists, func(l plainList) bool { return l.paper == fresh.paper && l.day == fresh.day }) {
		lists = append(lists, fresh)
	}
	slices.SortFunc(lists, func(a, b plainList) int {
		if a.paper != b.paper {
			if b.paper {
				return -1
			}
			return 1
		}
		return int(a.day - b.day)
	})
	return lists
}

// compose takes a file out of everything that was signed.
func (h *history) compose() plainFile {
	snapshot := lately(h, h.snapshots, "delivered snapshot")
	f := plainFile{keys: snapshot.of, snapshot: snapshot, lists: snapshot.lists}
	top := h.roots[len(h.roots)-1].version
	first := int64(1)
	if h.often(h.mixed, "parts are mixed") {
		switch h.of(4, "mixture") {
		case 0:
			f.keys = pick(h, h.keyLists, "other key list")
		case 1:
			f.lists = h.swap(f.lists)
		case 2:
			top = 1 + int64(h.of(int(top), "last root"))
		default:
			first = 1 + int64(h.of(int(top), "first root"))
		}
	}
	for v := first; v <= top; v++ {
		var candidates []plainRoot
		for _, r := range h.roots {
			if r.version == v {
				candidates = append(candidates, r)
			}
		}
		if len(candidates) > 0 {
			f.roots = append(f.roots, lately(h, candidates, "root of a version"))
		}
	}
	return f
}

// swap delivers other genuine lists than those of the snapshot.
func (h *history) swap(lists []plainList) []plainList {
	lists = slices.Clone(lists)
	other := pick(h, h.snapshots, "snapshot of other lists").lists
	if len(lists) == 0 || len(other) == 0 || h.often(3, "one is left out") {
		return lists[:max(0, len(lists)-1)]
	}
	i, o := h.of(len(lists), "list"), pick(h, other, "other list")
	if len(lists[i].indices) > 0 && h.often(5, "an entry is moved") {
		moved := slices.Clone(lists[i].indices)
		moved[len(moved)-1]++
		lists[i].indices = moved
		return lists
	}
	if o.width == lists[i].width {
		lists[i].indices = o.indices
	}
	return lists
}

// deliver brings a file to the verifier and to the oracle, and compares.
func (h *history) deliver() {
	f := h.compose()
	if len(f.roots) == 0 {
		return
	}
	at := h.now
	if h.often(h.clock, "arrives at an edge") {
		edges := append(h.edges(f.snapshot), f.roots[len(f.roots)-1].expires)
		at = pick(h, edges, "arrival") + int64(h.of(3, "edge")) - 1
	}
	h.arrive(f, at)
	h.past = append(h.past, belief{h.bundle, h.plain})
}

func (h *history) arrive(f plainFile, at int64) {
	h.Helper()
	raw := h.assemble(f)
	got, err := trust.Update(h.bundle, raw, time.Unix(at, 0))
	want, class := oracle(h.plain, f, at)
	if c := classOf(err); c != class {
		h.Fatalf("Update answers %q (%v), the oracle %q\nhave %+v\ngot %+v\nat %d", c, err, class, h.plain, f, at)
	}
	if class != "" {
		return
	}
	h.bundle, h.plain = got, want
	h.compare()
}

// compare looks at everything that a verifier takes from its bundle, and at the clock floor.
func (h *history) compare() {
	h.Helper()
	b, p := h.bundle, h.plain
	if b.Root().Version != uint64(p.root.version) || b.KeyList().Version != uint64(p.keys.version) || b.KeyList().ExpiresAt != p.keys.expires ||
		b.Version() != uint64(p.snapshot.version) || b.Snapshot().IssuedAt != p.snapshot.issued || b.Snapshot().Ceiling != uint64(p.snapshot.ceiling) {
		h.Fatalf("the verifier believes root %d, key list %d, snapshot %d of %d; the oracle %+v",
			b.Root().Version, b.KeyList().Version, b.Version(), b.Snapshot().IssuedAt, p)
	}
	if len(b.Lists()) != len(p.snapshot.lists) {
		h.Fatalf("the verifier has %d lists, the oracle %d", len(b.Lists()), len(p.snapshot.lists))
	}
	for _, l := range p.snapshot.lists {
		if got := b.List(purposeOf(l), uint32(l.day)); got == nil || !slices.Equal(got.All(), l.indices) && len(l.indices)+got.Len() > 0 {
			h.Fatalf("list %v of day %d: %v, want %v", l.paper, l.day, got, l.indices)
		}
	}
	for _, end := range []int64{p.root.expires, p.keys.expires, p.snapshot.expires} {
		for _, at := range []int64{end - 1, end} {
			expired := at >= p.root.expires || at >= p.keys.expires || at >= p.snapshot.expires
			if (b.Expired(time.Unix(at, 0)) != "") != expired {
				h.Fatalf("at %d the bundle is expired: %q, the oracle says %v", at, b.Expired(time.Unix(at, 0)), expired)
			}
		}
	}
}

// restore brings an older state back, or restarts the verifier from its pinned root and its own file.
func (h *history) restore() {
	if len(h.past) == 0 || h.plain.snapshot == nil {
		return
	}
	if h.often(4, "from a backup") {
		old := pick(h, h.past, "backup")
		h.bundle, h.plain = old.bundle, old.plain
		return
	}
	file, err := h.bundle.Bytes()
	if err != nil {
		h.Fatal(err)
	}
	pinned, err := trust.Pin(signRoot(h.roots[0]))
	if err != nil {
		h.Fatal(err)
	}
	if h.bundle, err = trust.Update(pinned, file, time.Unix(h.now+1000*day, 0)); err != nil {
		h.Fatalf("a restarted verifier does not take its own file: %v", err)
	}
	h.compare()
	if again, err := h.bundle.Bytes(); err != nil || !bytes.Equal(again, file) {
		h.Fatalf("the file changed over a restart: %v", err)
	}
}

func classOf(err error) string {
	for class, sentinel := range map[string]error{
		"format": trust.ErrFormat, "signature": trust.ErrSignature, "rollback": trust.ErrRollback,
		"mixed": trust.ErrMixed, "expired": trust.ErrExpired, "region": trust.ErrRegion,
	} {
		if errors.Is(err, sentinel) {
			return class
		}
	}
	if err != nil {
		return "an error of no class"
	}
	return ""
}

func purposeOf(l plainList) trust.Purpose {
	if l.paper {
		return trust.Paper
	}
	return trust.Phone
}

// assemble signs what was not signed before: the same part always has the same bytes.
func (h *history) assemble(f plainFile) []byte {
	h.Helper()
	var roots [][]byte
	for _, r := range f.roots {
		roots = append(roots, signRoot(r))
	}
	snapshot := signed("snapshot "+f.snapshot.payload()+string(rune('a'+f.snapshot.signer)), func() ([]byte, error) {
		s := &trust.Snapshot{
			Version: uint64(f.snapshot.version), IssuedAt: f.snapshot.issued, ExpiresAt: f.snapshot.expires, Region: f.snapshot.region, Ceiling: uint64(f.snapshot.ceiling),
		}
		return trust.SignSnapshot(s, signKeyList(f.snapshot.of), statusLists(f.snapshot.lists), role(f.snapshot.signer))
	})
	raw, err := trust.Assemble(roots, signKeyList(f.keys), snapshot, statusLists(f.lists))
	if err != nil {
		h.Fatal(err)
	}
	return raw
}

func statusLists(plain []plainList) []*trust.StatusList {
	var out []*trust.StatusList
	for _, p := range plain {
		l, err := trust.NewStatusList(purposeOf(p), uint32(p.day), uint8(p.width), p.indices)
		if err != nil {
			panic(err) // the history made a list that cannot be
		}
		out = append(out, l)
	}
	return out
}

// signed keeps what was signed, because histories repeat themselves; tests of this package that use it do not run in parallel.
func signed(what string, sign func() ([]byte, error)) []byte {
	if b, ok := alreadySigned[what]; ok {
		return b
	}
	b, err := sign()
	if err != nil {
		panic(err) // the history made a part that cannot be
	}
	if len(alreadySigned) > 1<<14 {
		clear(alreadySigned)
	}
	alreadySigned[what] = b
	return b
}

var alreadySigned = make(map[string][]byte)

var roleKeys [14]*cose.PrivateKey

func role(n int) *cose.PrivateKey {
	if roleKeys[n] == nil {
		k, err := cose.Generate(cose.Ed25519, bytes.NewReader(bytes.Repeat([]byte{byte(n + 1)}, 256)))
		if err != nil {
			panic(err) // 256 bytes are enough for a seed
		}
		roleKeys[n] = k
	}
	return roleKeys[n]
}

func publicRoles(numbers []int) (keys []*cose.PublicKey) {
	for _, n := range numbers {
		keys = append(keys, role(n).Public())
	}
	return keys
}

func roleSigners(numbers []int) (signers []cose.Signer) {
	for _, n := range numbers {
		if n >= spoiled {
			signers = append(signers, spoils{role(n - spoiled)})
		} else {
			signers = append(signers, role(n))
		}
	}
	return signers
}

// spoils signs with one bit that is another.
type spoils struct{ *cose.PrivateKey }

func (s spoils) Sign(message []byte) ([]byte, error) {
	b, err := s.PrivateKey.Sign(message)
	if err == nil {
		b[7] ^= 1
	}
	return b, err
}

func signRoot(r plainRoot) []byte {
	return signed("root "+r.payload()+string(rune('a'+len(r.signers)))+fmtInts(r.signers), func() ([]byte, error) {
		return trust.SignRoot(&trust.Root{
			Version: uint64(r.version), ExpiresAt: r.expires, Region: r.region, Demo: r.demo, Threshold: r.threshold, RootKeys: publicRoles(r.keys),
			ListThreshold: r.listThreshold, ListKeys: publicRoles(r.listKeys),
		}, roleSigners(r.signers)...)
	})
}

func fmtInts(s []int) (out string) {
	for _, n := range s {
		out += string(rune('a' + n))
	}
	return out
}

func signKeyList(k plainKeyList) []byte {
	return signed("keys "+k.payload()+fmtInts(k.signers), func() ([]byte, error) {
		policy := trust.DefaultPolicy()
		policy.PhoneLifetime, policy.PaperLifetime = time.Duration(k.phone)*time.Second, time.Duration(k.paper)*time.Second
		l := &trust.KeyList{Version: uint64(k.version), IssuedAt: k.issued, ExpiresAt: k.expires, Region: k.region, Policy: policy}
		for _, key := range k.keys {
			issuer := trust.IssuerKey{Key: role(key.key).Public(), Purpose: trust.Rules, State: trust.Published, UseFrom: key.from, UseUntil: key.until, VerifyUntil: key.verify}
			if key.snapshot {
				issuer.Purpose = trust.SnapshotKey
			}
			if key.retired {
				issuer.State = trust.Retired
			}
			if key.compromised {
				issuer.State = trust.Compromised
			}
			l.Keys = append(l.Keys, issuer)
		}
		return trust.SignKeyList(l, roleSigners(k.signers)...)
	})
}
