package trust

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Run is one start of a program that published: its id is drawn at random at the start, and its first snapshot has the version From. A snapshot
// names the newest runs of its history, so that two snapshots of one region can be compared without those between them.
//
//	run = [ from: version, id: bstr .size 8 ]
//
// A store that goes on twice, from a copy of itself, does so in two runs, which draw two ids. Gates decide nothing by it.
type Run struct {
	From uint64
	ID   RunID
}

// RunID is 8 random bytes.
type RunID [8]byte

// String gives 16 hexadecimal digits.
func (r RunID) String() string { return hex.EncodeToString(r[:]) }

type wireRun struct {
	_    struct{} `cbor:",toarray"`
	From uint64
	ID   []byte
}

// NextRuns gives the runs of the snapshot of the version that the run publishes after one with these runs.
func NextRuns(former []Run, id RunID, version uint64) []Run {
	if n := len(former); n > 0 && former[n-1].ID == id {
		return slices.Clone(former)
	}
	next := append(slices.Clone(former), Run{version, id})
	return next[max(0, len(next)-maxRuns):]
}

// Forked says that the two snapshots, of one region, are known to stem from two histories: neither came after the other, whatever their versions
// are. False may also mean that the newer one's runs do not go back so far.
func (s *Snapshot) Forked(o *Snapshot) bool {
	older, newer := s, o
	if older.Version > newer.Version {
		older, newer = newer, older
	}
	var then *Run // who published the older one's version, by the newer one's account
	for n := range newer.Runs {
		if newer.Runs[n].From <= older.Version {
			then = &newer.Runs[n]
		}
	}
	switch {
	case then == nil:
		return false
	case len(older.Runs) == 0:
		return true
	}
	return older.Runs[len(older.Runs)-1] != *then
}

// Condemns says whether the key list of b condemns the key that signed the snapshot of o: then o may be a thief's, and a gate that has it
// takes b whatever its versions (docs/protocol.md §10, rule 8). False right after Pin.
func (b *Bundle) Condemns(o *Bundle) bool {
	if b.keys == nil || o.snapshot == nil {
		return false
	}
	key := b.keys.list.Find(o.snapshot.message.KeyID)
	return key != nil && key.State == Compromised
}

func (s *Snapshot) validateRuns() error {
	if len(s.Runs) > maxRuns {
		return fmt.Errorf("snapshot of %d runs, at most %d", len(s.Runs), maxRuns)
	}
	for n, r := range s.Runs {
		if r.From == 0 || r.From > s.Version || n > 0 && r.From <= s.Runs[n-1].From {
			return fmt.Errorf("snapshot %d: run %d begins with version %d, out of order", s.Version, n, r.From)
		}
	}
	return nil
}

func wireRuns(runs []Run) []wireRun {
	var out []wireRun
	for _, r := range runs {
		out = append(out, wireRun{From: r.From, ID: r.ID[:]})
	}
	return out
}

func readRuns(wire []wireRun) ([]Run, error) {
	if len(wire) > maxRuns {
		return nil, fmt.Errorf("snapshot of %d runs, at most %d", len(wire), maxRuns)
	}
	var out []Run
	for _, r := range wire {
		if len(r.ID) != len(RunID{}) {
			return nil, fmt.Errorf("snapshot: id of a run of %d bytes", len(r.ID))
		}
		out = append(out, Run{r.From, RunID(r.ID)})
	}
	return out, nil
}
