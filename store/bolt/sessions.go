package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

type sessionRecord struct {
	Person  health.PersonID `cbor:"1,keyasint"`
	Since   int64           `cbor:"2,keyasint"`
	Seen    int64           `cbor:"3,keyasint"`
	Methods []string        `cbor:"4,keyasint,omitempty"`
	Roles   []wallet.Role   `cbor:"5,keyasint,omitempty"`
	Guarded bool            `cbor:"6,keyasint,omitempty"`
}

type acceptanceRecord struct {
	Version string `cbor:"1,keyasint"`
	At      int64  `cbor:"2,keyasint"`
}

// AddSession implements wallet.Sessions.
func (s *Store) AddSession(ctx context.Context, ses wallet.Session, accepted string) error {
	return s.update(ctx, func(t *txn) error {
		switch {
		case !t.has(bucketPeople, ses.Person[:]):
			return wallet.ErrNoPerson
		case t.has(bucketDeceased, ses.Person[:]):
			return wallet.ErrDeceased
		case t.has(bucketSessions, ses.Hash[:]):
			return errors.New("a session of this hash is stored already: make a new token")
		}
		if ses.Guarded {
			if err := t.wantConsent(ses.Person, ses.Since); err != nil {
				return err
			}
		}
		if err := t.makeRoomForSession(ses.Person); err != nil {
			return err
		}
		r := sessionRecord{Person: ses.Person, Since: ses.Since, Seen: ses.Seen, Methods: ses.Methods, Roles: ses.Roles, Guarded: ses.Guarded}
		if err := t.putRecord(bucketSessions, ses.Hash[:], r); err != nil {
			return err
		}
		if err := t.put(bucketPersonSessions, join(ses.Person[:], ses.Hash[:]), mark); err != nil {
			return err
		}
		by := wallet.BySelf
		if accepted != "" {
			if err := t.accept(ses.Person, wallet.Acceptance{Version: accepted, At: ses.Since}, by); err != nil {
				return err
			}
		}
		return t.event(ses.Person, wallet.Event{At: ses.Since, Kind: wallet.EventLogIn, By: by})
	})
}

// wantConsent is ErrTooYoung unless a guardian in force has consented.
func (t *txn) wantConsent(person health.PersonID, at int64) error {
	all, err := t.guardians(person)
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Consent != "" && g.InForce(at) {
			return nil
		}
	}
	return wallet.ErrTooYoung
}

// accept records the version that the person accepted.
func (t *txn) accept(person health.PersonID, a wallet.Acceptance, by wallet.Actor) error {
	if err := t.putRecord(bucketAgreements, person[:], acceptanceRecord(a)); err != nil {
		return err
	}
	return t.event(person, wallet.Event{At: a.At, Kind: wallet.EventAgreement, By: by, Detail: a.Version})
}

// makeRoomForSession ends the sessions that were seen longest ago until one
// more has room.
func (t *txn) makeRoomForSession(person health.PersonID) error {
	hashes := t.suffixes(bucketPersonSessions, person[:])
	for len(hashes) >= wallet.MaxSessions {
		oldest, seen := 0, int64(0)
		for i, hash := range hashes {
			var r sessionRecord
			if _, err := t.getRecord(bucketSessions, hash, &r); err != nil {
				return err
			}
			if i == 0 || r.Seen < seen {
				oldest, seen = i, r.Seen
			}
		}
		if err := t.endSession(person, hashes[oldest]); err != nil {
			return err
		}
		hashes = append(hashes[:oldest], hashes[oldest+1:]...)
	}
	return nil
}

func (t *txn) endSession(person health.PersonID, hash []byte) error {
	if err := t.delete(bucketPersonSessions, join(person[:], hash)); err != nil {
		return err
	}
	return t.delete(bucketSessions, hash)
}

// Session implements wallet.Sessions.
func (s *Store) Session(ctx context.Context, hash [32]byte) (ses wallet.Session, err error) {
	err = s.view(ctx, func(t *txn) error {
		var r sessionRecord
		found, err := t.getRecord(bucketSessions, hash[:], &r)
		if err == nil && !found {
			err = wallet.ErrNoSession
		}
		ses = r.session(hash)
		return err
	})
	if err != nil {
		return wallet.Session{}, err
	}
	return ses, nil
}

// TouchSessions implements wallet.Sessions.
func (s *Store) TouchSessions(ctx context.Context, uses []wallet.SessionUse) error {
	return s.update(ctx, func(t *txn) error {
		for i := range uses {
			if err := t.touchSession(&uses[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *txn) touchSession(use *wallet.SessionUse) error {
	var r sessionRecord
	found, err := t.getRecord(bucketSessions, use.Hash[:], &r)
	if err != nil || !found || r.Seen >= use.Seen {
		return err
	}
	r.Seen = use.Seen
	return t.putRecord(bucketSessions, use.Hash[:], r)
}

// EndSessions implements wallet.Sessions.
func (s *Store) EndSessions(ctx context.Context, person health.PersonID, at int64) error {
	return s.update(ctx, func(t *txn) error {
		return t.endSessions(person, nobodys, wallet.Event{At: at, By: wallet.BySelf})
	})
}

// nobodys is the hash of no session.
var nobodys [32]byte

// endSessions ends all of the person's but the one of the hash; none is told of
// as none.
func (t *txn) endSessions(person health.PersonID, except [32]byte, e wallet.Event) error {
	ended := false
	for _, hash := range t.suffixes(bucketPersonSessions, person[:]) {
		if bytes.Equal(hash, except[:]) {
			continue
		}
		if err := t.endSession(person, hash); err != nil {
			return err
		}
		ended = true
	}
	if !ended {
		return nil
	}
	e.Kind = wallet.EventLogOut
	return t.event(person, e)
}

// sessions returns all of the person's.
func (t *txn) sessions(person health.PersonID) (all []wallet.Session, err error) {
	for _, hash := range t.suffixes(bucketPersonSessions, person[:]) {
		var r sessionRecord
		if _, err := t.getRecord(bucketSessions, hash, &r); err != nil {
			return nil, err
		}
		all = append(all, r.session([32]byte(hash)))
	}
	return all, nil
}

// session is the record as the wallet has it.
func (r *sessionRecord) session(hash [32]byte) wallet.Session {
	return wallet.Session{Hash: hash, Person: r.Person, Since: r.Since, Seen: r.Seen, Methods: r.Methods, Roles: r.Roles, Guarded: r.Guarded}
}

// Agreement implements wallet.Sessions.
func (s *Store) Agreement(ctx context.Context, person health.PersonID) (a wallet.Acceptance, err error) {
	err = s.view(ctx, func(t *txn) error {
		if !t.has(bucketPeople, person[:]) {
			return wallet.ErrNoPerson
		}
		var r acceptanceRecord
		_, err := t.getRecord(bucketAgreements, person[:], &r)
		a = wallet.Acceptance(r)
		return err
	})
	return a, err
}

// endEverySession ends those of everybody: in a backup stand sessions that were
// logged out after it was made.
func (t *txn) endEverySession() error {
	for _, bucket := range [][]byte{bucketSessions, bucketPersonSessions} {
		t.writes++
		if err := t.DeleteBucket(bucket); err != nil {
			return fmt.Errorf("end every session: %w", err)
		}
		if _, err := t.CreateBucket(bucket); err != nil {
			return fmt.Errorf("end every session: %w", err)
		}
	}
	return nil
}
