package holder

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

var (
	// ErrNoCode says that the file holds no code of somebody who is to be shown.
	ErrNoCode = errors.New("there is no code of this person: refresh with a network")
	// ErrExpired says that the code has expired.
	ErrExpired = errors.New("the code has expired: refresh with a network")
	// ErrApart says that everybody has a current code, but not from one
	// refresh: only codes of one refresh share the key that shows them.
	ErrApart = errors.New("these people's codes were not fetched together: show them one by one or refresh")
	// ErrNoChallenge says that a document is shown only to a gate that asks.
	ErrNoChallenge = errors.New("a document is shown only in answer to a gate's challenge: scan that first")
	// ErrNoSalt says that the code was fetched without a document digest.
	ErrNoSalt = errors.New("the code holds no document: refresh with it")
)

// Show says what is to be presented.
type Show struct {
	People    []health.PersonID // at least one, none twice
	Challenge []byte            // the gate's, nil without one
	Document  bool              // reveal the salts: the gate can then match a document's number. Only after the holder's consent.
}

// Present makes the text of a presentation at the time, signed with the key of
// the refresh that the codes came with. The time should be the holder's clock;
// gates accept it for 60 s, so the text is made anew every 30.
func (f *File) Present(s Show, at time.Time) (string, error) {
	if len(s.People) == 0 {
		return "", errors.New("present a code: say of whom")
	}
	r, codes, err := f.choose(s.People, at)
	if err != nil {
		return "", fmt.Errorf("present a code: %w", err)
	}
	p := credential.Presentation{At: at.Unix(), Challenge: s.Challenge}
	for _, c := range codes {
		p.Codes = append(p.Codes, c.Message)
	}
	if s.Document {
		if p.Salts, err = salts(codes, s.Challenge); err != nil {
			return "", fmt.Errorf("present a code: %w", err)
		}
	}
	message, err := p.Sign(r.key)
	if err != nil {
		return "", fmt.Errorf("present a code: %w", err)
	}
	text := credential.Text(message)
	if len(text) > credential.MaxText {
		return "", fmt.Errorf("present a code: %d characters are too many for one symbol: show fewer people at once", len(text))
	}
	return text, nil
}

// choose finds the newest refresh that can show these people and nobody else,
// and the codes for it.
func (f *File) choose(people []health.PersonID, at time.Time) (*fetched, []*heldCode, error) {
	for i := range f.refreshes {
		r := &f.refreshes[i]
		if codes := r.cover(people, at); codes != nil {
			return r, codes, nil
		}
	}
	return nil, nil, f.whyNot(people, at)
}

// cover takes current codes whose members are all wanted, those of more members
// first, until everybody is covered once; nil when that cannot be.
func (r *fetched) cover(people []health.PersonID, at time.Time) []*heldCode {
	var usable []*heldCode
	for i := range r.codes {
		c := &r.codes[i]
		wanted := !slices.ContainsFunc(c.Members, func(p Person) bool { return !slices.Contains(people, p.ID) })
		if wanted && c.current(at) {
			usable = append(usable, c)
		}
	}
	slices.SortStableFunc(usable, func(x, y *heldCode) int { return len(y.Members) - len(x.Members) })
	covered := make(map[health.PersonID]bool)
	var taken []*heldCode
	for _, c := range usable {
		if slices.ContainsFunc(c.Members, func(p Person) bool { return covered[p.ID] }) {
			continue
		}
		for _, p := range c.Members {
			covered[p.ID] = true
		}
		taken = append(taken, c)
	}
	if len(covered) != len(people) || len(taken) > credential.MaxCodes {
		return nil
	}
	return taken
}

// whyNot is the error for people whom no refresh can show together.
func (f *File) whyNot(people []health.PersonID, at time.Time) error {
	members := f.Members(at)
	for _, id := range people {
		i := slices.IndexFunc(members, func(m Member) bool { return m.ID == id })
		switch {
		case i < 0:
			return ErrNoCode
		case !members[i].Current:
			return fmt.Errorf("%w (it expired at %s)", ErrExpired, members[i].ExpiresAt.UTC().Format(time.RFC3339))
		}
	}
	return ErrApart
}

// salts gathers the salts of all members, counted over all codes, each with the
// type of its document: a gate that asks for another then knows that this one
// tells it nothing.
func salts(codes []*heldCode, challenge []byte) (map[int]credential.Revealed, error) {
	if challenge == nil {
		return nil, ErrNoChallenge
	}
	found := make(map[int]credential.Revealed)
	n := 0
	for _, c := range codes {
		for _, p := range c.Members {
			if p.Salt == nil {
				return nil, ErrNoSalt
			}
			found[n] = p.Salt.Of(p.Document)
			n++
		}
	}
	return found, nil
}
