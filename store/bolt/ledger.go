package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// Times are kept in milliseconds since 1970.
type evidenceRecord struct {
	Kind       health.EvidenceKind `cbor:"1,keyasint"`
	At         int64               `cbor:"2,keyasint"`
	RecordedAt int64               `cbor:"3,keyasint"`
	Source     string              `cbor:"4,keyasint"`
	Reference  string              `cbor:"5,keyasint"`
}

type decisionRecord struct {
	Colour       credential.Colour `cbor:"1,keyasint"`
	Reason       string            `cbor:"2,keyasint"`
	Rule         string            `cbor:"3,keyasint"`
	RulesVersion uint64            `cbor:"4,keyasint"`
	Text         map[string]string `cbor:"5,keyasint"`
	Release      map[string]string `cbor:"6,keyasint"`
	Evidence     []int             `cbor:"7,keyasint"`
	At           int64             `cbor:"8,keyasint"`
}

func newEvidenceRecord(e health.Evidence) evidenceRecord {
	return evidenceRecord{
		Kind: e.Kind, At: e.At.UnixMilli(), RecordedAt: e.RecordedAt.UnixMilli(), Source: e.Source, Reference: e.Reference,
	}
}

func newDecisionRecord(d health.Decision) decisionRecord {
	return decisionRecord{
		Colour: d.Colour, Reason: d.Reason, Rule: d.Rule, RulesVersion: d.RulesVersion,
		Text: d.Text, Release: d.Release, Evidence: d.Evidence, At: d.At.UnixMilli(),
	}
}

// Record implements health.Ledger.
func (s *Store) Record(ctx context.Context, e health.Evidence, decide func([]health.Evidence) health.Decision) (d health.Decision, changed bool, err error) {
	err = s.update(ctx, func(t *txn) error {
		d, changed, err = t.record(e, decide)
		return err
	})
	if err != nil {
		return health.Decision{}, false, err
	}
	return d, changed, nil
}

// record judges first: decision, colour and room for the handles.
func (t *txn) record(e health.Evidence, decide func([]health.Evidence) health.Decision) (health.Decision, bool, error) {
	none := health.Decision{}
	if !t.has(bucketPeople, e.Person[:]) {
		return none, false, wallet.ErrNoPerson
	}
	evidence, err := t.evidence(e.Person)
	if err != nil {
		return none, false, err
	}
	isNew := !slices.ContainsFunc(evidence, e.Same)
	if isNew {
		evidence = append(evidence, e)
	}
	slices.SortStableFunc(evidence, func(x, y health.Evidence) int { return x.At.Compare(y.At) })
	d := decide(evidence)
	if !d.Colour.Valid() {
		return none, false, fmt.Errorf("record evidence: the rules gave no colour: nothing is stored")
	}
	current, err := t.decision(e.Person)
	if err != nil {
		return none, false, err
	}
	if current == nil {
		first := decide(nil)
		current = &first
	}
	changed := d.Differs(*current)
	if changed {
		if err := t.decideAnew(d, e); err != nil {
			return none, false, err
		}
	}
	if isNew {
		err = t.append(bucketEvidence, e.Person, newEvidenceRecord(e))
	}
	return d, changed, err
}

// decideAnew stores the decision and ends every code of the person.
func (t *txn) decideAnew(d health.Decision, e health.Evidence) error {
	holdings, err := t.holdings(e.Person)
	if err != nil {
		return err
	}
	if err := t.roomFor(len(holdings)); err != nil {
		return err
	}
	r := newDecisionRecord(d)
	if err := t.putRecord(bucketDecisions, e.Person[:], r); err != nil {
		return err
	}
	if err := t.append(bucketDecisionLog, e.Person, r); err != nil {
		return err
	}
	for _, h := range holdings {
		if err := t.renew(h, e.RecordedAt.Unix()); err != nil {
			return err
		}
		if h.Purpose != trust.Paper {
			continue
		}
		if err := t.printEnded(h, wallet.Event{At: e.RecordedAt.Unix(), By: wallet.BySystem}); err != nil {
			return err
		}
	}
	return nil
}

// append stores a record under the person's next number.
func (t *txn) append(bucket []byte, person health.PersonID, v any) error {
	return t.putRecord(bucket, join(person[:], number(t.next(bucket, person[:]))), v)
}

// evidence returns all of the person's, in the order of recording.
func (t *txn) evidence(person health.PersonID) (all []health.Evidence, err error) {
	err = t.scan(bucketEvidence, person[:], func(_, value []byte) error {
		var r evidenceRecord
		if err := decode(bucketEvidence, value, &r); err != nil {
			return err
		}
		all = append(all, health.Evidence{
			Person: person, Kind: r.Kind, At: time.UnixMilli(r.At).UTC(), RecordedAt: time.UnixMilli(r.RecordedAt).UTC(),
			Source: r.Source, Reference: r.Reference,
		})
		return nil
	})
	return all, err
}

// decision returns the stored decision in force, nil when there is none.
func (t *txn) decision(person health.PersonID) (*health.Decision, error) {
	var r decisionRecord
	found, err := t.getRecord(bucketDecisions, person[:], &r)
	if err != nil || !found {
		return nil, err
	}
	d := r.decision(person)
	return &d, nil
}

// decision is the record as the health package has it.
func (r *decisionRecord) decision(person health.PersonID) health.Decision {
	return health.Decision{
		Person: person, Colour: r.Colour, Reason: r.Reason, Rule: r.Rule, RulesVersion: r.RulesVersion,
		Text: r.Text, Release: r.Release, Evidence: r.Evidence, At: time.UnixMilli(r.At).UTC(),
	}
}
