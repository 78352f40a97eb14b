package bolt

import (
	"bytes"
	"context"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

type printRecord struct {
	Handle uint64 `cbor:"1,keyasint"`
	Since  int64  `cbor:"2,keyasint"`
	Sealed []byte `cbor:"3,keyasint"`
}

// noDevice is the place of the device in a holding for paper.
var noDevice issuer.DeviceID

// NewPrint implements wallet.Prints. The code is made before the first write,
// under the handle that the write will then take: the transaction is the only
// writer, so nobody else can take it.
func (s *Store) NewPrint(ctx context.Context, by, member health.PersonID, at int64, make func(wallet.MemberView) ([]byte, error)) error {
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
		e := printEvent(ctx, by, member, at)
		if err := t.endPrint(former, e); err != nil {
			return err
		}
		if _, err := t.give(member, trust.Paper, noDevice, at); err != nil {
			return err
		}
		if err := t.putRecord(bucketPrints, member[:], printRecord{Handle: next, Since: at, Sealed: sealed}); err != nil {
			return err
		}
		e.Kind = wallet.EventPrintMade
		return t.event(member, e)
	})
}

func printedBy(by, member health.PersonID) wallet.Actor {
	if by == member {
		return wallet.BySelf
	}
	return wallet.ByGuardian
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
func (t *txn) printView(by, member health.PersonID, at int64) (wallet.MemberView, error) {
	view, err := t.member(member, trust.Paper, noDevice)
	if err != nil || by == member {
		return view, err
	}
	g, found, err := t.guardianship(by, member)
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
func (s *Store) DrawPrint(ctx context.Context, by, member health.PersonID, at int64, may func(wallet.StoredPrint) error) (p wallet.StoredPrint, err error) {
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
		p = wallet.StoredPrint{Handle: r.Handle, Since: r.Since, Sealed: bytes.Clone(r.Sealed)}
		if err := may(p); err != nil {
			return err
		}
		e := printEvent(ctx, by, member, at)
		e.Kind = wallet.EventPrintDrawn
		return t.event(member, e)
	})
	if err != nil {
		return wallet.StoredPrint{}, err
	}
	return p, nil
}

// EndPrint implements wallet.Prints.
func (s *Store) EndPrint(ctx context.Context, by, member health.PersonID, at int64) error {
	return s.update(ctx, func(t *txn) error {
		view, err := t.printView(by, member, at)
		if err != nil {
			return err
		}
		return t.endPrint(view.Holding, printEvent(ctx, by, member, at))
	})
}

// printEvent says who does something with the member's print.
func printEvent(ctx context.Context, by, member health.PersonID, at int64) wallet.Event {
	e := wallet.Event{At: at, By: wallet.ActorOf(ctx, printedBy(by, member))}
	if e.By == wallet.ByGuardian {
		e.Other = by
	}
	return e
}
