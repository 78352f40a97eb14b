package trust

import (
	"cmp"
	"fmt"
	"slices"
)

// Proof is what a code of another format vouches for. Some formats give a key the right to some of them only.
type Proof uint8

// Proofs of the registry.
const (
	Test        Proof = 1
	Vaccination Proof = 2
	Recovery    Proof = 3
)

var proofNames = [...]string{Test: "test", Vaccination: "vaccination", Recovery: "recovery"}

// Valid says whether the registry knows the proof.
func (p Proof) Valid() bool { return p >= Test && p <= Recovery }

// String gives the registry's word.
func (p Proof) String() string {
	if p.Valid() {
		return proofNames[p]
	}
	return fmt.Sprintf("proof(%d)", uint8(p))
}

// Vouches says whether the key may vouch for the proof. A proof that the registry does not know (zero) needs a key without limits.
func (k *PartnerKey) Vouches(p Proof) bool { return len(k.Proofs) == 0 || slices.Contains(k.Proofs, p) }

func validProofs(proofs []Proof) error {
	if repeats(proofs) || len(proofs) >= len(proofNames)-1 {
		return fmt.Errorf("names a proof twice, or all of them: leave the field out")
	}
	for _, p := range proofs {
		if !p.Valid() {
			return fmt.Errorf("proof %d is not in the registry", p)
		}
	}
	return nil
}

func readProofs(w []uint64) (proofs []Proof, err error) {
	if !ascending(w, cmp.Compare) {
		return nil, fmt.Errorf("proofs of a partner's key are not in ascending order, each once")
	}
	for _, p := range w {
		if p > uint64(Recovery) {
			return nil, fmt.Errorf("proof %d of a partner's key is not in the registry", p)
		}
		proofs = append(proofs, Proof(p))
	}
	return proofs, nil
}
