package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

type eventRecord struct {
	At     int64            `cbor:"1,keyasint"`
	Kind   wallet.EventKind `cbor:"2,keyasint"`
	By     wallet.Actor     `cbor:"3,keyasint"`
	Member []byte           `cbor:"4,keyasint,omitempty"`
	Other  []byte           `cbor:"5,keyasint,omitempty"`
	Detail string           `cbor:"6,keyasint,omitempty"`
}

// event appends to the person's log, in the transaction of its cause.
func (t *txn) event(person health.PersonID, e wallet.Event) error {
	return t.putEvent(person, t.next(bucketEvents, person[:]), e)
}

func (t *txn) putEvent(person health.PersonID, place uint64, e wallet.Event) error {
	r := eventRecord{At: e.At, Kind: e.Kind, By: e.By, Member: orNone(e.Member), Other: orNone(e.Other), Detail: e.Detail}
	return t.putRecord(bucketEvents, join(person[:], number(place)), r)
}

// orNone is nil for nobody.
func orNone(id health.PersonID) []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// guardianEvent tells the member, the guardian and the member's other guardians
// in force.
func (t *txn) guardianEvent(g wallet.Guardianship, e wallet.Event) error {
	e.Detail = cmp.Or(g.Reason, g.Evidence)
	told := e
	told.Other = g.Guardian
	if err := t.event(g.Member, told); err != nil {
		return err
	}
	e.Member = g.Member
	if err := t.event(g.Guardian, e); err != nil {
		return err
	}
	for _, id := range t.suffixes(bucketMemberGuards, g.Member[:]) {
		other, found, err := t.guardianship(health.PersonID(id), g.Member)
		if err != nil {
			return err
		}
		if !found || !other.InForce(e.At) || other.Guardian == g.Guardian {
			continue
		}
		e.Other = g.Guardian
		if err := t.event(other.Guardian, e); err != nil {
			return err
		}
	}
	return nil
}

// consentEvent tells member and guardian of the consent in g, if there is one.
func (t *txn) consentEvent(g wallet.Guardianship, at int64, by wallet.Actor) error {
	for _, l := range consentEvents(g, at, by) {
		if err := t.event(l.person, l.event); err != nil {
			return err
		}
	}
	return nil
}

func consentEvents(g wallet.Guardianship, at int64, by wallet.Actor) []logged {
	if g.Consent == "" {
		return nil
	}
	e := wallet.Event{At: at, Kind: wallet.EventConsent, By: by, Detail: g.Consent}
	ofMember, ofGuardian := e, e
	ofMember.Other, ofGuardian.Member = g.Guardian, g.Member
	return []logged{{g.Member, ofMember}, {g.Guardian, ofGuardian}}
}

// AddEvent implements wallet.Histories.
func (s *Store) AddEvent(ctx context.Context, person health.PersonID, e wallet.Event) error {
	return s.update(ctx, func(t *txn) error {
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		return t.event(person, e)
	})
}

// Events implements wallet.Histories.
func (s *Store) Events(ctx context.Context, person health.PersonID, before uint64, limit int) (all []wallet.Event, err error) {
	if limit < 1 {
		return nil, errors.New("list events: ask for at least one")
	}
	err = s.view(ctx, func(t *txn) error {
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		all, err = t.events(person, before, limit)
		return err
	})
	return all, err
}

// events reads backwards from before, 0 for the end.
func (t *txn) events(person health.PersonID, before uint64, limit int) (all []wallet.Event, err error) {
	err = t.backwards(bucketEvents, person[:], before, limit, func(k, v []byte) error {
		e, err := parseEvent(k, v)
		all = append(all, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func parseEvent(key, value []byte) (e wallet.Event, err error) {
	var r eventRecord
	if err := decode(bucketEvents, value, &r); err != nil {
		return e, err
	}
	if len(key) != 24 || len(r.Member) != 0 && len(r.Member) != 16 || len(r.Other) != 0 && len(r.Other) != 16 {
		return e, fmt.Errorf("read an event: %w", ErrDamaged)
	}
	e = wallet.Event{Number: binary.BigEndian.Uint64(key[16:]), At: r.At, Kind: r.Kind, By: r.By, Detail: r.Detail}
	copy(e.Member[:], r.Member)
	copy(e.Other[:], r.Other)
	return e, nil
}

// Decisions implements wallet.Histories.
func (s *Store) Decisions(ctx context.Context, person health.PersonID) (all []health.Decision, err error) {
	err = s.view(ctx, func(t *txn) error {
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		all, err = t.decisions(person)
		return err
	})
	return all, err
}

// decisions reads the log, oldest first.
func (t *txn) decisions(person health.PersonID) (all []health.Decision, err error) {
	err = t.scan(bucketDecisionLog, person[:], func(_, value []byte) error {
		var r decisionRecord
		if err := decode(bucketDecisionLog, value, &r); err != nil {
			return err
		}
		all = append(all, r.decision(person))
		return nil
	})
	return all, err
}

// logged is an event with the person whose log it goes to.
type logged struct {
	person health.PersonID
	event  wallet.Event
}

// putEvents appends many events, in the order of their keys: each person's log
// is looked at once.
func (t *txn) putEvents(all []logged) error {
	slices.SortStableFunc(all, func(x, y logged) int { return bytes.Compare(x.person[:], y.person[:]) })
	if len(all) >= bulk {
		t.Bucket(bucketEvents).FillPercent = 0.9
	}
	var place uint64
	for i, l := range all {
		if place++; i == 0 || all[i-1].person != l.person {
			place = t.next(bucketEvents, l.person[:])
		}
		if err := t.putEvent(l.person, place, l.event); err != nil {
			return err
		}
	}
	return nil
}
