package bolt

import (
	"bytes"
	"context"
	"slices"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

type printRecord struct {
	Handle uint64 `cbor:"1,keyasint"`
	Since  int64  `cbor:"2,keyasint"`
	Sealed []byte `cbor:"3,keyasint"`

	By    wallet.Actor      `cbor:"4,keyasint,omitempty"`
	Hands []health.PersonID `cbor:"5,keyasint,omitempty"` // guardians who made or drew it
}

// print is the record as the wallet has it.
func (r *printRecord) print() wallet.StoredPrint {
	return wallet.StoredPrint{Handle: r.Handle, Since: r.Since, Sealed: bytes.Clone(r.Sealed), By: r.By, Hands: r.Hands}
}

// hold notes that a guardian has the print, and says whether that is new.
func (r *printRecord) hold(e wallet.Event) bool {
	if e.By != wallet.ByGuardian || slices.Contains(r.Hands, e.Other) {
		return false
	}
	r.Hands = append(r.Hands, e.Other)
	return true
}

// noDevice is the place of the device in a holding for paper.
var noDevice issuer.DeviceID

// NewPrint implements wallet.Prints. The code is made before the first write,
// under the handle that the write will then take: the transaction is the only
// writer, so nobody else can take it.
func (s *Store) NewPrint(ctx context.Context, by wallet.Acting, member health.PersonID, at int64, make func(wallet.MemberView) ([]byte, error)) error {
	return s.update(ctx, func(t *txn) error {
		view, err := t.printView(by, member, at)
		if err != nil {
			return err
		}
		if view.Person.Deceased != 0 {
			return wallet.ErrDeceased
		}
		former := view.Holding
		if err := t.roomFor(1); err != nil {
			return err
		}
		next, _, err := t.counter()
		if err != nil {
			return err
		}
		view.Holding = issuer.Holding{Person: member, Purpose: trust.Paper, Handle: next, Since: at}
		view.Devices = len(t.suffixes(bucketPersonDevices, member[:]))
		if view.Guardians, err = t.guardiansInForce(member, at); err != nil {
			return err
		}
		sealed, err := make(view)
		if err != nil {
			return err
		}
		e := printEvent(by, member, at)
		if err := t.endPrint(former, e); err != nil {
			return err
		}
		if _, err := t.give(member, trust.Paper, noDevice, at); err != nil {
			return err
		}
		r := printRecord{Handle: next, Since: at, Sealed: sealed, By: e.By}
		r.hold(e)
		if err := t.putRecord(bucketPrints, member[:], r); err != nil {
			return err
		}
		e.Kind = wallet.EventPrintMade
		return t.event(member, e)
	})
}

// endPrint ends the holding for paper, and says so where a print was in force
// under it.
func (t *txn) endPrint(h issuer.Holding, e wallet.Event) error {
	if err := t.end(h, e.At); err != nil {
		return err
	}
	return t.printEnded(h, e)
}

// printEnded appends the event, unless no print was in force under the holding.
func (t *txn) printEnded(h issuer.Holding, e wallet.Event) error {
	var r printRecord
	if found, err := t.getRecord(bucketPrints, h.Person[:], &r); err != nil || !found || r.Handle != h.Handle {
		return err
	}
	e.Kind = wallet.EventPrintEnded
	return t.event(h.Person, e)
}

// printView is the member as by may print them.
func (t *txn) printView(by wallet.Acting, member health.PersonID, at int64) (wallet.MemberView, error) {
	if by.Session != nobodys && !t.has(bucketPersonSessions, join(by.Person[:], by.Session[:])) {
		return wallet.MemberView{}, wallet.ErrNoSession
	}
	view, err := t.member(member, trust.Paper, noDevice)
	if err != nil || by.Office != "" || by.Person == member {
		return view, err
	}
	g, found, err := t.guardianship(by.Person, member)
	switch {
	case err != nil:
		return view, err
	case !found || !g.InForce(at):
		return view, wallet.ErrNoGuardian
	}
	view.Guardianship = &g
	return view, nil
}

// DrawPrint implements wallet.Prints.
func (s *Store) DrawPrint(ctx context.Context, by wallet.Acting, member health.PersonID, at int64, may func(wallet.StoredPrint) error) (p wallet.StoredPrint, err error) {
	err = s.update(ctx, func(t *txn) error {
		view, err := t.printView(by, member, at)
		if err != nil {
			return err
		}
		var r printRecord
		switch found, err := t.getRecord(bucketPrints, member[:], &r); {
		case err != nil:
			return err
		case !found:
			return wallet.ErrNoPrint
		case r.Handle != view.Holding.Handle:
			return wallet.ErrEnded
		}
		p = r.print()
		if err := may(p); err != nil {
			return err
		}
		e := printEvent(by, member, at)
		if r.hold(e) {
			if err := t.putRecord(bucketPrints, member[:], r); err != nil {
				return err
			}
		}
		e.Kind = wallet.EventPrintDrawn
		return t.event(member, e)
	})
	if err != nil {
		return wallet.StoredPrint{}, err
	}
	return p, nil
}

// EndPrint implements wallet.Prints.
func (s *Store) EndPrint(ctx context.Context, end wallet.PrintEnd, at int64) (wallet.Changes, error) {
	return s.change(ctx, end.Dry, func(t *txn) (changes wallet.Changes, err error) {
		e := printEvent(end.By, end.Member, at)
		e.Detail = end.Reason
		view, err := t.printView(end.By, end.Member, at)
		if err != nil {
			return changes, err
		}
		var r printRecord
		switch found, err := t.getRecord(bucketPrints, end.Member[:], &r); {
		case err != nil:
			return changes, err
		case !found:
			return changes, wallet.ErrNoPrint
		case r.Handle != view.Holding.Handle:
			return changes, wallet.ErrEnded
		}
		changes.Prints = 1
		return changes, t.endPrint(view.Holding, e)
	})
}

// endPaperOf ends the member's print when the guardian has it in hand, having
// made or drawn it.
func (t *txn) endPaperOf(g wallet.Guardianship, e wallet.Event, changes *wallet.Changes) error {
	h, inForce, err := t.printInForce(g.Member)
	if err != nil || !inForce {
		return err
	}
	var r printRecord
	if _, err := t.getRecord(bucketPrints, g.Member[:], &r); err != nil || !slices.Contains(r.Hands, g.Guardian) {
		return err
	}
	changes.Prints++
	return t.endPrint(h, wallet.Event{At: e.At, By: e.By, Other: g.Guardian, Detail: wallet.EndedWithGuardian})
}

// replaceHand names another person where somebody's print is in the hands of
// was: nobody in the place of an erased person, and keep for one who was joined
// to it.
func (t *txn) replaceHand(of, was, now health.PersonID) error {
	var r printRecord
	found, err := t.getRecord(bucketPrints, of[:], &r)
	i := slices.Index(r.Hands, was)
	if err != nil || !found || i < 0 {
		return err
	}
	r.Hands = slices.Delete(r.Hands, i, i+1)
	if !now.IsZero() && !slices.Contains(r.Hands, now) {
		r.Hands = slices.Insert(r.Hands, i, now)
	}
	return t.putRecord(bucketPrints, of[:], r)
}

// printEvent says who does something with the member's print.
func printEvent(by wallet.Acting, member health.PersonID, at int64) wallet.Event {
	switch {
	case by.Office != "":
		return wallet.Event{At: at, By: by.Office}
	case by.Person == member:
		return wallet.Event{At: at, By: wallet.BySelf}
	}
	return wallet.Event{At: at, By: wallet.ByGuardian, Other: by.Person}
}
