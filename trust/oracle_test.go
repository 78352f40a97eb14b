package trust_test

import (
	"fmt"
	"slices"
)

// The oracle says what Update must answer, from the rules of docs/protocol.md §9 and §10 and from what a file was made of. It sees no bytes,
// checks no signature and shares no code with the package: a signature is the number of the key that made it.

// plainRoot is what went into a signed root.
type plainRoot struct {
	version, expires int64
	region           string
	demo             bool
	threshold        int
	keys             []int
	listThreshold    int
	listKeys         []int
	signers          []int
}

// plainKey is a key of the key list; only snapshot keys bear on Update.
type plainKey struct {
	key                  int
	snapshot             bool // its purpose; else rules
	compromised, retired bool
	from, until, verify  int64
}

type plainKeyList struct {
	version, issued, expires int64
	region                   string
	keys                     []plainKey
	phone, paper             int64 // lifetimes in seconds
	signers                  []int
}

type plainList struct {
	paper   bool
	day     int64
	width   int
	indices []uint64
}

type plainSnapshot struct {
	version, issued, expires int64
	region                   string
	of                       plainKeyList // the key list that it names
	ceiling                  int64
	lists                    []plainList
	signer                   int
}

// plainFile is what a file was assembled of.
type plainFile struct {
	roots    []plainRoot
	keys     plainKeyList
	snapshot plainSnapshot
	lists    []plainList // as delivered
}

// plainTrust is what a verifier believes; keys and snapshot are nil right after Pin.
type plainTrust struct {
	root     plainRoot
	chain    []plainRoot // from the pinned root to this one
	keys     *plainKeyList
	snapshot *plainSnapshot
}

// Two parts have the same payload if they say the same, whoever signed them.

func (r plainRoot) payload() string {
	r.signers = nil
	return fmt.Sprintf("%+v", r)
}

func (k plainKeyList) payload() string {
	k.signers = nil
	return fmt.Sprintf("%+v", k)
}

func (s plainSnapshot) payload() string {
	return fmt.Sprint(s.version, s.issued, s.expires, s.region, s.of.version, s.of.payload(), s.ceiling, s.lists)
}

func reaches(threshold int, keys, signers []int) bool {
	n := 0
	for _, k := range keys {
		if slices.Contains(signers, k) {
			n++
		}
	}
	return n >= threshold
}

// oracle gives the trust that follows, or the class of the error.
func oracle(have plainTrust, got plainFile, at int64) (plainTrust, string) {
	for i := 1; i < len(got.roots); i++ { // rule 1, and §8: ascending without a gap
		if got.roots[i].version != got.roots[i-1].version+1 {
			return have, "format"
		}
	}
	next, class := oracleRoots(have.root, got.roots)
	if class == "" {
		class = oracleKeyList(have, next, got.keys)
	}
	if class != "" {
		return have, class
	}
	class, reset := oracleSnapshot(have, next, got)
	if class == "" {
		class = oracleDelivery(got)
	}
	if class == "" && have.snapshot != nil && !reset {
		class = oracleLists(have, got.snapshot)
	}
	if class == "" && have.snapshot != nil { // rule 11
		if !reset {
			at = max(at, have.snapshot.issued)
		}
		if next.expires <= at || got.keys.expires <= at || got.snapshot.expires <= at {
			class = "expired"
		}
	}
	chain := slices.Clone(have.chain)
	for _, r := range got.roots {
		if r.version > have.root.version {
			chain = append(chain, r)
		}
	}
	if class == "" && !oracleRight(chain, got) {
		class = "signature"
	}
	if class != "" {
		return have, class
	}
	return plainTrust{next, chain, &got.keys, &got.snapshot}, ""
}

// spoiled is the signature of a key in which a bit is another: the key's number with this added.
const spoiled = 100

// oracleRight is rule 12, for a verifier that pinned root 1 and so knows who signs before each root. Its chain is from there to got's newest root.
func oracleRight(chain []plainRoot, got plainFile) bool {
	right := func(signers []int, keys ...int) bool {
		return !slices.ContainsFunc(signers, func(s int) bool { return !slices.Contains(keys, s) })
	}
	for _, r := range got.roots {
		keys := r.keys
		if r.version > 1 {
			keys = slices.Concat(chain[r.version-2].keys, keys)
		}
		if !right(r.signers, keys...) {
			return false
		}
	}
	var list []int
	for _, r := range chain {
		list = append(list, r.listKeys...)
	}
	return right(got.keys.signers, list...)
}

// oracleRoots is rules 2 and 3.
func oracleRoots(in plainRoot, got []plainRoot) (plainRoot, string) {
	for _, r := range got {
		switch {
		case r.version < in.version:
		case r.version == in.version:
			if r.payload() != in.payload() {
				return in, "region"
			}
		case r.version > in.version+1:
			return in, "mixed"
		case r.region != in.region || r.demo != in.demo:
			return in, "region"
		case !reaches(in.threshold, in.keys, r.signers) || !reaches(r.threshold, r.keys, r.signers):
			return in, "signature"
		default:
			in = r
		}
	}
	if got[len(got)-1].version < in.version {
		return in, "rollback"
	}
	return in, ""
}

// oracleKeyList is rules 4 and 5.
func oracleKeyList(have plainTrust, root plainRoot, got plainKeyList) string {
	switch {
	case got.region != root.region:
		return "region"
	case !reaches(root.listThreshold, root.listKeys, got.signers):
		return "signature"
	case have.keys == nil:
		return ""
	case !reaches(have.root.listThreshold, both(have.root.listKeys, root.listKeys), have.keys.signers) && !reaches(have.root.listThreshold, have.root.listKeys, got.signers):
		return ""
	case got.version < have.keys.version:
		return "rollback"
	case got.version == have.keys.version && got.payload() != have.keys.payload():
		return "mixed"
	}
	return ""
}

// both are the keys that stand in either list.
func both(a, b []int) (out []int) {
	for _, k := range a {
		if slices.Contains(b, k) {
			out = append(out, k)
		}
	}
	return out
}

func (k plainKeyList) find(key int) *plainKey {
	i := slices.IndexFunc(k.keys, func(p plainKey) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return &k.keys[i]
}

// oracleSnapshot is rules 6 to 8.
func oracleSnapshot(have plainTrust, root plainRoot, got plainFile) (class string, reset bool) {
	s, key := got.snapshot, got.keys.find(got.snapshot.signer)
	switch {
	case s.region != root.region:
		return "region", false
	case key == nil || !key.snapshot || key.compromised || s.issued < key.from || s.issued >= key.until || s.issued >= key.verify:
		return "signature", false
	case s.of.version != got.keys.version || s.of.payload() != got.keys.payload():
		return "mixed", false
	case have.snapshot == nil:
		return "", true
	}
	former := got.keys.find(have.snapshot.signer)
	switch {
	case former != nil && former.compromised:
		return "", true
	case s.version < have.snapshot.version:
		return "rollback", false
	case s.version == have.snapshot.version && s.payload() != have.snapshot.payload():
		return "mixed", false
	case s.issued < have.snapshot.issued || s.ceiling < have.snapshot.ceiling:
		return "rollback", false
	}
	return "", false
}

// oracleDelivery is rule 9: what has entries is delivered, in order, and nothing else is.
func oracleDelivery(got plainFile) string {
	filled := func(lists []plainList) (out [][]uint64) {
		for _, l := range lists {
			if len(l.indices) > 0 {
				out = append(out, l.indices)
			}
		}
		return out
	}
	if !slices.EqualFunc(filled(got.snapshot.lists), filled(got.lists), slices.Equal) {
		return "mixed"
	}
	return ""
}

// ends is §9: the end of the day at UTC+8, the longest lifetime of the purpose, and 120 seconds.
func (l plainList) ends(policy plainKeyList) int64 {
	lifetime := policy.phone
	if l.paper {
		lifetime = policy.paper
	}
	return (l.day+1)*86400 - 8*3600 + lifetime + 120
}

// oracleLists is rule 10.
func oracleLists(have plainTrust, got plainSnapshot) string {
	for _, old := range have.snapshot.lists {
		i := slices.IndexFunc(got.lists, func(l plainList) bool { return l.paper == old.paper && l.day == old.day })
		if i < 0 {
			if got.issued < old.ends(*have.keys) {
				return "rollback"
			}
			continue
		}
		if got.lists[i].width != old.width {
			return "rollback"
		}
		for _, index := range old.indices {
			if !slices.Contains(got.lists[i].indices, index) {
				return "rollback"
			}
		}
	}
	return ""
}
