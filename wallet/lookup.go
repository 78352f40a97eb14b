package wallet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"healthcode.example/health"
)

// How many people one of the staff may look up, found or not: a busy counter
// stays below, and whoever tries numbers does not get far.
const (
	maxLookUpsHour = 60
	maxLookUpsDay  = 300
)

// ErrLookUps says that somebody of the staff has looked up too many people.
type ErrLookUps struct {
	RetryAfter time.Duration // at least a second
}

// Error says when to go on.
func (e ErrLookUps) Error() string {
	return fmt.Sprintf("too many people were looked up: go on in %s", e.RetryAfter.Round(time.Second))
}

// errNoStaff is a mistake of the caller, who has to ask for a role first.
var errNoStaff = errors.New("only staff look people up: log in with a role")

// LookUp finds a person by the document that they show at a counter. The person
// reads it in their history, with the role and the office. It is counted for the
// staff member, whatever comes of it and however often they log in: ErrLookUps
// beyond 60 an hour and 300 a day; ErrNoPerson.
func (s *Service) LookUp(ctx context.Context, staff Session, d Document, at time.Time) (Person, error) {
	p, err := s.lookUp(ctx, staff, d, at)
	if err != nil {
		return Person{}, fmt.Errorf("look up a person by %s: %w", d, err)
	}
	return p, nil
}

func (s *Service) lookUp(ctx context.Context, staff Session, d Document, at time.Time) (Person, error) {
	by := staff.Actor()
	if by == BySelf {
		return Person{}, errNoStaff
	}
	if err := s.lookups.count(staff.Person, at.Unix()); err != nil {
		return Person{}, err
	}
	p, err := s.FindPerson(ctx, d)
	if err != nil {
		return Person{}, err
	}
	return p, s.Store.AddEvent(ctx, p.ID, Event{At: at.Unix(), Kind: EventLookedUp, By: by, Detail: s.Office(staff.Person)})
}

// ProveAtCounter says whose the document is that somebody gave at a kiosk, when
// an identity provider has proved just now that it is theirs, by the methods and
// with the consent that a log-in needs. It makes no session and enters nobody.
// ErrNotProven, *MethodError, ErrOtherPerson, ErrTooYoung, ErrDeceased,
// ErrNoPerson.
func (s *Service) ProveAtCounter(ctx context.Context, id Identity, d Document, at time.Time) (health.PersonID, error) {
	p, err := s.proveAtCounter(ctx, id, d, at)
	if err != nil {
		return health.PersonID{}, fmt.Errorf("prove who is at a counter: %w", err)
	}
	return p.ID, nil
}

func (s *Service) proveAtCounter(ctx context.Context, id Identity, d Document, at time.Time) (Person, error) {
	if age := at.Sub(id.At); !id.Document.Same(d) || age > proofAge || age < -time.Minute {
		return Person{}, ErrNotProven
	}
	if err := s.Login.Admit(id); err != nil {
		return Person{}, err
	}
	p, err := s.FindPerson(ctx, d)
	if err != nil {
		return Person{}, err
	}
	return p, s.mayBe(ctx, p, id.Birth, at)
}

// Office is how a history names one of the staff: the same for all that they
// do, and leading to nobody but by the authority, which computes it from their
// document (person show).
func (s *Service) Office(staff health.PersonID) string {
	mark := s.Vault.lookups.Lookup("office", staff.String())
	return "office-" + hex.EncodeToString(mark[:4])
}

// lookUpLimit counts in memory; a restart forgives. It is safe for concurrent
// use.
type lookUpLimit struct {
	mu   sync.Mutex
	made map[health.PersonID][]int64 // unix seconds, ascending, of the last day
}

// count counts one more, or says when there is room again.
func (l *lookUpLimit) count(staff health.PersonID, now int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	made := lastDay(l.made[staff], now)
	if wait := wait(made, now, maxLookUpsHour, maxLookUpsDay); wait > 0 {
		return ErrLookUps{RetryAfter: time.Duration(wait) * time.Second}
	}
	if l.made == nil {
		l.made = make(map[health.PersonID][]int64)
	}
	l.made[staff] = append(made, now) // at most maxLookUpsDay for each of the staff, of whom there are few
	return nil
}
