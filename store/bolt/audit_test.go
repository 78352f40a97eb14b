package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// audit reads the whole file and says everything that does not agree: an index
// without its record, a record without its index, a handle in two places.
func (s *Store) audit() error {
	return s.view(context.Background(), func(t *txn) error {
		var faults []error
		fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
		for err := range t.Check() { // bbolt's own pages
			fault("page check: %w", err)
		}
		t.auditPeople(fault)
		t.auditDevices(fault)
		t.auditGuardianships(fault)
		t.auditHandles(fault)
		t.auditLedger(fault)
		t.auditEvents(fault)
		return errors.Join(faults...)
	})
}

type faultf func(format string, args ...any)

func (t *txn) each(bucket []byte, f func(k, v []byte)) {
	_ = t.scan(bucket, nil, func(k, v []byte) error { f(k, v); return nil })
}

func (t *txn) auditPeople(fault faultf) {
	found := make(map[string]bool)
	t.each(bucketLookups, func(_, person []byte) {
		found[string(person)] = true
		if !t.has(bucketPeople, person) {
			fault("a lookup leads to nobody")
		}
	})
	t.each(bucketPeople, func(person, _ []byte) {
		if !found[string(person)] {
			fault("person %x is found by nothing", person)
		}
	})
}

func (t *txn) auditDevices(fault faultf) {
	t.each(bucketDevices, func(id, value []byte) {
		var r deviceRecord
		if err := decode(bucketDevices, value, &r); err != nil {
			fault("device %x: %w", id, err)
			return
		}
		if inUse := t.has(bucketPersonDevices, join(r.Person[:], id)); inUse != (r.Ended == 0) {
			fault("device %x: in use %v, ended %d", id, inUse, r.Ended)
		}
		if own := t.has(bucketHoldings, holdingKey(r.Person, trust.Phone, issuer.DeviceID(id))); own != (r.Ended == 0) {
			fault("device %x: own holding %v, ended %d", id, own, r.Ended)
		}
	})
	t.each(bucketFormerDevices, func(k, _ []byte) {
		var r deviceRecord
		if found, err := t.getRecord(bucketDevices, k[16:], &r); err != nil || !found || r.Ended == 0 || !bytes.Equal(r.Person[:], k[:16]) {
			fault("the former device %x is none", k[16:])
		}
	})
	t.each(bucketPersonDevices, func(k, _ []byte) {
		if !t.has(bucketDevices, k[16:]) {
			fault("the device %x in use is none", k[16:])
		}
	})
}

func (t *txn) auditGuardianships(fault faultf) {
	t.each(bucketGuardianships, func(k, value []byte) {
		g, err := parseGuardianship(k, value)
		if err != nil {
			fault("guardianship: %w", err)
			return
		}
		if found := t.has(bucketMemberGuards, join(k[16:], k[:16])); found != (g.Ended == 0) {
			fault("guardianship %x: found from the member %v, ended %d", k, found, g.Ended)
		}
		if former := t.has(bucketFormerGuards, join(k[16:], k[:16])); former != (g.Ended != 0) {
			fault("guardianship %x: former %v, ended %d", k, former, g.Ended)
		}
		for _, device := range t.suffixes(bucketPersonDevices, k[:16]) {
			holds := t.has(bucketHoldings, holdingKey(g.Member, trust.Phone, issuer.DeviceID(device)))
			if holds != (g.Ended == 0) {
				fault("guardianship %x: holding %v on device %x, ended %d", k, holds, device, g.Ended)
			}
		}
	})
	t.each(bucketMemberGuards, func(k, _ []byte) {
		if !t.has(bucketGuardianships, join(k[16:], k[:16])) {
			fault("guardian %x of nobody", k)
		}
	})
}

func (t *txn) auditHandles(fault faultf) {
	next, _, err := t.counter()
	if err != nil {
		fault("%w", err)
	}
	seen := make(map[uint64]string)
	see := func(handle uint64, where string) {
		if was, twice := seen[handle]; twice {
			fault("handle %d is in %s and in %s", handle, was, where)
		}
		if handle == 0 || handle >= next {
			fault("handle %d was never given: the counter is at %d", handle, next)
		}
		seen[handle] = where
	}
	t.each(bucketHoldings, func(k, v []byte) {
		h, err := parseHolding(k, v)
		if err != nil {
			fault("%w", err)
			return
		}
		see(h.Handle, "a holding")
		if h.Purpose == trust.Phone && !t.has(bucketDeviceHoldings, join(h.Device[:], h.Person[:])) {
			fault("a holding of %s is not found from its device", h.Person)
		}
	})
	t.each(bucketDeviceHoldings, func(k, _ []byte) {
		if !t.has(bucketHoldings, join(k[16:], []byte{byte(trust.Phone)}, k[:16])) {
			fault("device %x is said to hold for %x", k[:16], k[16:])
		}
	})
	t.each(bucketRevocations, func(k, _ []byte) {
		see(issuerNumber(k[9:]), "the revocations")
	})
	if want := int(next) - 1; len(seen) != want {
		fault("%d handles were given and %d are held or revoked", want, len(seen))
	}
}

func issuerNumber(b []byte) (n uint64) {
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}

func (t *txn) auditLedger(fault faultf) {
	t.each(bucketDecisions, func(person, value []byte) {
		log := t.suffixes(bucketDecisionLog, person)
		if len(log) == 0 {
			fault("the decision about %x is not in the log", person)
			return
		}
		if last := t.get(bucketDecisionLog, join(person, log[len(log)-1])); !bytes.Equal(last, value) {
			fault("the decision about %x is not the last of the log", person)
		}
		merged := 0 // each of which decided anew without new evidence
		_ = t.scan(bucketEvents, person, func(k, v []byte) error {
			if e, err := parseEvent(k, v); err == nil && e.Kind == wallet.EventMerged && e.Member.IsZero() {
				merged++
			}
			return nil
		})
		if len(t.suffixes(bucketEvidence, person))+merged < len(log) {
			fault("person %x has fewer pieces of evidence than decisions", person)
		}
	})
}

// auditEvents compares what happened with what is told of it.
func (t *txn) auditEvents(fault faultf) {
	told := make(map[string]int) // kind, person and, of a guardianship, the guardian
	t.each(bucketEvents, func(k, v []byte) {
		e, err := parseEvent(k, v)
		if err != nil {
			fault("event: %w", err)
			return
		}
		for _, id := range [][]byte{k[:16], e.Member[:], e.Other[:]} {
			if !bytes.Equal(id, noDevice[:]) && !t.has(bucketPeople, id) {
				fault("an event of or about nobody: %+v", e)
			}
		}
		if e.Kind != wallet.EventGuardianAdded && e.Kind != wallet.EventGuardianEnded {
			e.Other = health.PersonID{}
		}
		told[fmt.Sprintf("%s %x %x", e.Kind, k[:16], e.Other[:])]++
	})
	expect := make(map[string]int)
	t.each(bucketDevices, func(id, value []byte) {
		var r deviceRecord
		if err := decode(bucketDevices, value, &r); err != nil {
			return // said by auditDevices
		}
		expect[fmt.Sprintf("%s %x %x", wallet.EventDeviceAdded, r.Person[:], noDevice)]++
		if r.Ended != 0 {
			expect[fmt.Sprintf("%s %x %x", wallet.EventDeviceEnded, r.Person[:], noDevice)]++
		}
	})
	for what, want := range expect {
		if told[what] != want {
			fault("%s happened %d times and is told %d times", what, want, told[what])
		}
	}
	t.each(bucketGuardianships, func(k, _ []byte) {
		if told[fmt.Sprintf("%s %x %x", wallet.EventGuardianAdded, k[16:], k[:16])] == 0 {
			fault("guardianship %x is not told to the member", k)
		}
	})
	t.each(bucketPeople, func(person, _ []byte) {
		made := told[fmt.Sprintf("%s %x %x", wallet.EventPrintMade, person, noDevice)]
		ended := told[fmt.Sprintf("%s %x %x", wallet.EventPrintEnded, person, noDevice)]
		inForce := 0
		var r printRecord
		if found, err := t.getRecord(bucketPrints, person, &r); err == nil && found {
			if h, err := t.holding(health.PersonID(person), trust.Paper, noDevice); err == nil && h.Handle == r.Handle {
				inForce = 1
			}
		}
		if made-ended != inForce {
			fault("%d prints of %x are told to be made and %d ended; in force: %d", made, person, ended, inForce)
		}
	})
}
