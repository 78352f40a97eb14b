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
		former := view.Holding
		if err := t.roomFor(1); err != nil {
			return err
		}
		next, _, err := t.counter()
		if err != nil {
			return err
		}
		view.Holding = issuer.Holding{Person: member, Purpose: trust.Paper, Handle: next, Since: at}
		sealed, err := make(view)
		if err != nil {
			return err
		}
		if err := t.end(former, at); err != nil {
			return err
		}
		if _, err := t.give(member, trust.Paper, noDevice, at); err != nil {
			return err
		}
		return t.putRecord(bucketPrints, member[:], printRecord{Handle: next, Since: at, Sealed: sealed})
	})
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

// Print implements wallet.Prints.
func (s *Store) Print(ctx context.Context, by, member health.PersonID, at int64) (p wallet.StoredPrint, err error) {
	err = s.view(ctx, func(t *txn) error {
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
		return nil
	})
	return p, err
}

// EndPrint implements wallet.Prints.
func (s *Store) EndPrint(ctx context.Context, member health.PersonID, at int64) error {
	return s.update(ctx, func(t *txn) error {
		h, err := t.holding(member, trust.Paper, noDevice)
		if err != nil {
			return err
		}
		return t.end(h, at)
	})
}
