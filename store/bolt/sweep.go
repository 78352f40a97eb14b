package bolt

import (
	"bytes"
	"context"
	"errors"

	"healthcode.example/wallet"
)

// SweepSessions implements wallet.Sessions. It looks in a transaction that only
// reads, so that the one writer is not held up where nothing is to be ended.
func (s *Store) SweepSessions(ctx context.Context, after [32]byte, limit int, over func(wallet.Session) bool) (next [32]byte, ended int, err error) {
	if limit < 1 {
		return next, 0, errors.New("sweep sessions: look at one at least")
	}
	var found [][]byte
	err = s.view(ctx, func(t *txn) error {
		found, next, err = t.sessionsOver(after, limit, over)
		return err
	})
	if err != nil || len(found) == 0 {
		return next, 0, err
	}
	err = s.update(ctx, func(t *txn) error {
		ended = 0
		for _, hash := range found {
			gone, err := t.sweep([32]byte(hash), over)
			if err != nil {
				return err
			}
			if gone {
				ended++
			}
		}
		return nil
	})
	if err != nil {
		return [32]byte{}, 0, err
	}
	return next, ended, nil
}

// sessionsOver looks at limit sessions above after and finds those that are
// over; next is as in SweepSessions.
func (t *txn) sessionsOver(after [32]byte, limit int, over func(wallet.Session) bool) (found [][]byte, next [32]byte, err error) {
	c, seen := t.Bucket(bucketSessions).Cursor(), 0
	for k, v := c.Seek(after[:]); k != nil; k, v = c.Next() {
		if bytes.Equal(k, after[:]) {
			continue
		}
		if seen++; seen > limit {
			return found, next, nil
		}
		if next, err = hashOf(k); err != nil {
			return nil, next, err
		}
		ses, err := parseSession(next, v)
		if err != nil {
			return nil, next, err
		}
		if over(ses) {
			found = append(found, bytes.Clone(k))
		}
	}
	return found, [32]byte{}, nil
}

// sweep ends the session if it is still there and still over.
func (t *txn) sweep(hash [32]byte, over func(wallet.Session) bool) (bool, error) {
	value := t.get(bucketSessions, hash[:])
	if value == nil {
		return false, nil
	}
	ses, err := parseSession(hash, value)
	if err != nil {
		return false, err
	}
	if !over(ses) {
		return false, nil
	}
	return true, t.endSession(ses.Person, hash[:])
}

func hashOf(key []byte) (hash [32]byte, err error) {
	if len(key) != len(hash) {
		return hash, ErrDamaged
	}
	return [32]byte(key), nil
}

func parseSession(hash [32]byte, value []byte) (wallet.Session, error) {
	var r sessionRecord
	if err := decode(bucketSessions, value, &r); err != nil {
		return wallet.Session{}, err
	}
	return r.session(hash), nil
}
