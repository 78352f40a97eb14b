package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// bulk is from how many people on a batch fills its pages: keys that arrive in
// order leave no room between them to be filled later.
const bulk = 1000

// AddPeople implements wallet.People.
//
// Everything is judged before anything is written. Keys are inserted in order:
// bbolt keeps the keys of a leaf in a slice until the commit, and out of order
// each of 100,000 would move half of the others.
func (s *Store) AddPeople(ctx context.Context, by wallet.Actor, people []wallet.NewPerson) error {
	b := newBatch(people)
	return s.update(ctx, func(t *txn) error {
		if err := b.judge(t, by); err != nil {
			return err
		}
		if err := b.insert(t); err != nil {
			return err
		}
		return t.putEvents(b.events(by))
	})
}

// events are those of the guardianships that the batch brings. A member that
// is new has no other guardian to be told.
func (b *batch) events(by wallet.Actor) []logged {
	all := make([]logged, 0, 2*len(b.guarded))
	for _, place := range b.guarded {
		g := b.people[place].Guardianship
		e := wallet.Event{At: g.Since, Kind: wallet.EventGuardianAdded, By: by, Detail: g.Evidence}
		ofMember, ofGuardian := e, e
		ofMember.Other, ofGuardian.Member = g.Guardian, g.Member
		all = append(all, logged{g.Member, ofMember}, logged{g.Guardian, ofGuardian})
		all = append(all, consentEvents(*g, g.Since, by)...)
	}
	return all
}

// batch is people in the orders in which the buckets want them.
type batch struct {
	people   []wallet.NewPerson
	byID     []int32 // places in people, ordered by ID
	byLookup []placedLookup
	guarded  []int32 // places of those with a guardian, ordered by guardian and member
}

type placedLookup struct {
	lookup wallet.Lookup
	place  int32
}

func newBatch(people []wallet.NewPerson) *batch {
	b := &batch{people: people, byID: make([]int32, len(people)), byLookup: make([]placedLookup, 0, len(people))}
	for i := range people {
		b.byID[i] = int32(i)
		for _, l := range people[i].Lookups {
			b.byLookup = append(b.byLookup, placedLookup{l, int32(i)})
		}
		if people[i].Guardianship != nil {
			b.guarded = append(b.guarded, int32(i))
		}
	}
	slices.SortFunc(b.byID, func(x, y int32) int {
		return orFirst(bytes.Compare(people[x].ID[:], people[y].ID[:]), x, y)
	})
	slices.SortFunc(b.byLookup, func(x, y placedLookup) int {
		return orFirst(bytes.Compare(x.lookup[:], y.lookup[:]), x.place, y.place)
	})
	slices.SortFunc(b.guarded, func(x, y int32) int {
		gx, gy := people[x].Guardianship, people[y].Guardianship
		return orFirst(bytes.Compare(gx.Guardian[:], gy.Guardian[:]), x, y)
	})
	return b
}

// orFirst orders equals by their place, so that of two the later one is the
// faulty one.
func orFirst(order int, x, y int32) int {
	if order != 0 {
		return order
	}
	return int(x - y)
}

// judge finds what AddPeople must refuse, and writes nothing.
func (b *batch) judge(t *txn, by wallet.Actor) error {
	faults := make(map[int32]error)
	b.judgeKeys(t, faults)
	handles, err := b.judgeGuardians(t, faults)
	if err == nil {
		err = b.judgeMarks(t, by, faults)
	}
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return peopleError(faults)
	}
	return t.roomFor(handles)
}

func (b *batch) judgeKeys(t *txn, faults map[int32]error) {
	for i, place := range b.byID {
		id := b.people[place].ID
		if i > 0 && b.people[b.byID[i-1]].ID == id || t.has(bucketPeople, id[:]) {
			faults[place] = wallet.ErrDuplicate
		}
	}
	for i, l := range b.byLookup {
		if i > 0 && b.byLookup[i-1].lookup == l.lookup || t.has(bucketLookups, l.lookup[:]) {
			faults[l.place] = wallet.ErrDuplicate
		}
	}
	for i, p := range b.people {
		if n := len(p.Lookups); n == 0 || n > wallet.MaxDocuments {
			faults[int32(i)] = wallet.ErrTooMany
		}
	}
}

// judgeGuardians also counts the handles that the batch will need.
func (b *batch) judgeGuardians(t *txn, faults map[int32]error) (handles int, err error) {
	for i := 0; i < len(b.guarded); {
		guardian := b.people[b.guarded[i]].Guardianship.Guardian
		known := b.contains(guardian) || t.has(bucketPeople, guardian[:])
		devices := len(t.suffixes(bucketPersonDevices, guardian[:]))
		room := wallet.MaxDependants
		if known {
			since := b.people[b.guarded[i]].Guardianship.Since
			n, err := t.dependants(guardian, since)
			if err != nil {
				return 0, err
			}
			room -= n
		}
		for ; i < len(b.guarded) && b.people[b.guarded[i]].Guardianship.Guardian == guardian; i++ {
			place := b.guarded[i]
			switch g := b.people[place].Guardianship; {
			case !known || g.Member != b.people[place].ID || g.Guardian == g.Member:
				faults[place] = wallet.ErrNoPerson
			case t.has(bucketDeceased, guardian[:]):
				faults[place] = wallet.ErrDeceased
			case room <= 0:
				faults[place] = wallet.ErrTooMany
			}
			room--
			handles += devices
		}
	}
	return handles, nil
}

// judgeMarks refuses whom a mark keeps away, where nothing else is wrong.
func (b *batch) judgeMarks(t *txn, by wallet.Actor, faults map[int32]error) error {
	for _, place := range b.guarded {
		p := &b.people[place]
		_, err := t.marked(*p.Guardianship, by, p.Marks)
		switch {
		case errors.Is(err, ErrDamaged):
			return err
		case err != nil && faults[place] == nil:
			faults[place] = err
		}
	}
	return nil
}

// contains says whether the batch brings this person.
func (b *batch) contains(id health.PersonID) bool {
	_, found := slices.BinarySearchFunc(b.byID, id, func(place int32, id health.PersonID) int {
		return bytes.Compare(b.people[place].ID[:], id[:])
	})
	return found
}

func peopleError(faults map[int32]error) error {
	e := new(wallet.PeopleError)
	for place, err := range faults {
		e.Faults = append(e.Faults, wallet.PersonFault{Index: int(place), Err: err})
	}
	slices.SortFunc(e.Faults, func(x, y wallet.PersonFault) int { return x.Index - y.Index })
	e.Faults = e.Faults[:min(len(e.Faults), wallet.MaxFaults)]
	return e
}

func (b *batch) insert(t *txn) error {
	if len(b.people) >= bulk {
		for _, name := range [][]byte{bucketPeople, bucketLookups, bucketGuardianships, bucketMemberGuards} {
			t.Bucket(name).FillPercent = 0.9
		}
	}
	for _, place := range b.byID {
		p := &b.people[place]
		if err := t.put(bucketPeople, p.ID[:], p.Sealed); err != nil {
			return err
		}
	}
	for i := range b.byLookup {
		l := &b.byLookup[i]
		if err := t.put(bucketLookups, l.lookup[:], b.people[l.place].ID[:]); err != nil {
			return err
		}
	}
	for _, place := range b.guarded {
		if err := t.putGuardianship(*b.people[place].Guardianship); err != nil {
			return err
		}
	}
	for _, place := range b.byID {
		g := b.people[place].Guardianship
		if g == nil {
			continue
		}
		if err := t.admitGuardian(*g); err != nil {
			return err
		}
		if err := t.liftMarks(b.people[place].Marks); err != nil {
			return err
		}
	}
	return nil
}

// Person implements wallet.People.
func (s *Store) Person(ctx context.Context, id health.PersonID) (p wallet.StoredPerson, err error) {
	err = s.view(ctx, func(t *txn) error {
		p, err = t.person(id)
		return err
	})
	return p, err
}

// person reads a record and copies it out of the transaction.
func (t *txn) person(id health.PersonID) (wallet.StoredPerson, error) {
	sealed := t.get(bucketPeople, id[:])
	if sealed == nil {
		return wallet.StoredPerson{}, wallet.ErrNoPerson
	}
	p := wallet.StoredPerson{ID: id, Sealed: bytes.Clone(sealed)}
	if since := t.get(bucketDeceased, id[:]); len(since) == 8 {
		p.Deceased = int64(binary.BigEndian.Uint64(since))
	}
	return p, nil
}

// FindPerson implements wallet.People.
func (s *Store) FindPerson(ctx context.Context, lookup wallet.Lookup) (id health.PersonID, err error) {
	err = s.view(ctx, func(t *txn) error {
		value := t.get(bucketLookups, lookup[:])
		switch {
		case value == nil:
			return wallet.ErrNoPerson
		case len(value) != len(id):
			return ErrDamaged
		}
		id = health.PersonID(value)
		return nil
	})
	return id, err
}

// PeopleAfter implements wallet.People.
func (s *Store) PeopleAfter(ctx context.Context, after health.PersonID, limit int) (ids []health.PersonID, err error) {
	if limit < 1 {
		return nil, errors.New("list people: ask for at least one")
	}
	err = s.view(ctx, func(t *txn) error {
		c := t.Bucket(bucketPeople).Cursor()
		for k, _ := c.Seek(after[:]); k != nil && len(ids) < limit; k, _ = c.Next() {
			if !bytes.Equal(k, after[:]) {
				ids = append(ids, health.PersonID(k))
			}
		}
		return nil
	})
	return ids, err
}
