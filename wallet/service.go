// Package wallet knows people, their documents, devices and dependants, and
// fetches a whole family's codes in one request that writes nothing.
//
// Service is the domain; what it keeps lies behind Store, sealed by Vault. The
// holder's own file is the package holder below.
package wallet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Issuer signs codes; issuer.Issuer is one. Issue is safe for concurrent use
// and must not call the wallet or its store.
type Issuer interface {
	Issue(req issuer.Request, at time.Time) ([]byte, error)
}

// Config is what a Service works with. Every field without a zero meaning must
// be given.
type Config struct {
	Store  Store
	Issuer Issuer
	Rules  *health.RuleSet // in force; a new version means a new Service
	Vault  *Vault
	Rand   io.Reader // a cryptographic source; reads are serialised

	Paper         PaperPolicy
	Histories     []HistorySource // of sibling packages, behind the wallet's own; nil: none
	Hints         bool            // codes carry the day of birth as a second person hint; zero: they do not
	GuardianNames bool            // dependants' codes carry the guardian's masked name; zero: they do not

	Login           LoginPolicy   // how people may log in; zero: DefaultLoginPolicy
	Agreement       Agreement     // must be accepted at the first log-in; zero: none is
	Consent         Agreement     // a guardian's consent for a member under 14; zero: any version is taken
	SessionIdle     time.Duration // how long a session lasts unused; zero: DefaultSessionIdle, at most SessionAbsolute. Of staff half an hour at most
	SessionAbsolute time.Duration // how long it lasts at all; zero: DefaultSessionAbsolute, at least SessionIdle. Of staff ten hours at most
	Remembered      int           // sessions of which the last use is kept in memory; zero: 2^20
	Devices         int           // devices in use of one person, at most MaxDevices; zero: DefaultDevices
	Register        Register      // the province's; zero: claims that need it are refused
}

// Service is the wallet's domain side. It is safe for concurrent use. Who may
// call what for whom is asked of the store each time; who the caller is must
// have been proved before.
type Service struct {
	Config
	seen    *lastSeen
	claims  *claimLimit
	lookups *lookUpLimit
}

// New checks that everything was given.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Issuer == nil || c.Rules == nil || c.Vault == nil || c.Rand == nil {
		return nil, errors.New("make a wallet service: store, issuer, rules, vault and random source must all be given")
	}
	if err := c.Rules.Validate(); err != nil {
		return nil, fmt.Errorf("make a wallet service: %w", err)
	}
	if err := c.fillIn(); err != nil {
		return nil, fmt.Errorf("make a wallet service: %w", err)
	}
	c.Rand = &lockedReader{from: bufio.NewReaderSize(c.Rand, 4096)}
	return &Service{Config: c, seen: newLastSeen(c.Remembered), claims: new(claimLimit), lookups: new(lookUpLimit)}, nil
}

// fillIn puts what zero means in its place.
func (c *Config) fillIn() error {
	if c.Login == nil {
		c.Login = DefaultLoginPolicy()
	}
	c.fillInSessions()
	if c.Devices == 0 {
		c.Devices = DefaultDevices
	}
	switch {
	case c.SessionIdle < time.Minute || c.SessionAbsolute < c.SessionIdle:
		return errors.New("a session must last a minute unused at least, and not longer unused than at all")
	case c.Remembered < 1:
		return errors.New("the last use of one session at least must be remembered")
	case c.Devices < 1 || c.Devices > MaxDevices:
		return fmt.Errorf("a person has 1 to %d devices: give a number between", MaxDevices)
	case len(c.Agreement.Version) > MaxVersion || len(c.Consent.Version) > MaxVersion:
		return fmt.Errorf("the version of an agreement has at most %d bytes: shorten it", MaxVersion)
	}
	return c.Login.Validate()
}

// fillInSessions lets the one length of time that is given bound the other.
func (c *Config) fillInSessions() {
	if c.SessionAbsolute == 0 {
		c.SessionAbsolute = max(DefaultSessionAbsolute, c.SessionIdle)
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = min(DefaultSessionIdle, c.SessionAbsolute)
	}
	if c.Remembered == 0 {
		c.Remembered = defaultRemembered
	}
}

// lockedReader serialises reads of a buffered random source: sealing 100,000
// records must not make as many system calls.
type lockedReader struct {
	mu   sync.Mutex
	from *bufio.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return io.ReadFull(r.from, p)
}

// Person returns a person by identifier; ErrNoPerson.
func (s *Service) Person(ctx context.Context, id health.PersonID) (Person, error) {
	stored, err := s.Store.Person(ctx, id)
	if err != nil {
		return Person{}, fmt.Errorf("find person %s: %w", id, err)
	}
	return s.Vault.OpenPerson(stored)
}

// FindPerson returns a person by document; ErrNoPerson.
func (s *Service) FindPerson(ctx context.Context, d Document) (Person, error) {
	id, err := s.Store.FindPerson(ctx, s.Vault.Lookup(d))
	if err != nil {
		return Person{}, fmt.Errorf("find a person by %s: %w", d, err)
	}
	return s.Person(ctx, id)
}

// AddEvidence records e, validated at its RecordedAt, and decides anew. The
// colour is what the rules say; changed says that all codes of the person so
// far have ended. Repeating it records nothing twice.
func (s *Service) AddEvidence(ctx context.Context, e health.Evidence) (d health.Decision, changed bool, err error) {
	if err := e.Validate(e.RecordedAt); err != nil {
		return health.Decision{}, false, fmt.Errorf("add evidence: %w", err)
	}
	d, changed, err = s.Store.Record(ctx, e, func(all []health.Evidence) health.Decision {
		return s.Rules.Decide(e.Person, all, e.RecordedAt)
	})
	if err != nil {
		return health.Decision{}, false, fmt.Errorf("add evidence about person %s: %w", e.Person, err)
	}
	return d, changed, nil
}

// decision is the member's stored decision, or the rules' default.
func (s *Service) decision(m MemberView, at time.Time) health.Decision {
	if m.Decision != nil {
		return *m.Decision
	}
	return s.Rules.Decide(m.Person.ID, nil, at)
}
