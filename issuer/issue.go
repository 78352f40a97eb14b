package issuer

import (
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// Issue signs one code and returns its bytes, for credential.Text. It writes nothing, reads no store and takes no lock.
//
// The code's time is at, rounded down to the minute; it ends after the policy's lifetime, by NotAfter and while its key can
// be verified, whichever is first. Errors: ErrNotReady, ErrNoKey, ErrNoList, ErrWidth, and ErrRequest for a request that
// may have no code.
func (i *Issuer) Issue(req Request, at time.Time) ([]byte, error) {
	s := i.loaded.Load()
	if s == nil || s.bundle == nil {
		return nil, ErrNotReady
	}
	if err := req.check(at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	purpose := trust.PurposeOf(req.Kind)
	issuedAt := at.Unix() - at.Unix()%60
	key, err := s.key(purpose, req.Prefecture, issuedAt)
	if err != nil {
		return nil, err
	}
	expiresAt, err := s.expiry(req, key, purpose, issuedAt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	list := s.lists[listID{purpose, credential.ListDay(issuedAt)}]
	if list == nil {
		return nil, fmt.Errorf("%w: %s; it is made a day ahead by EnsureLists", ErrNoList, listID{purpose, credential.ListDay(issuedAt)})
	}
	members, err := members(req.Subjects, list)
	if err != nil {
		return nil, err
	}
	claims := credential.Claims{
		Issuer: s.region, IssuedAt: issuedAt, ExpiresAt: expiresAt,
		Holder: req.Holder, Kind: req.Kind, Members: members,
	}
	code, err := claims.Sign(key.signer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return code, nil
}

// expiry is the whole minute at which the code ends.
func (s *state) expiry(req Request, key *signingKey, purpose trust.Purpose, issuedAt int64) (int64, error) {
	end := issuedAt + int64(s.policy.Lifetime(purpose)/time.Second)
	end = min(end, key.entry.VerifyUntil)
	if !req.NotAfter.IsZero() {
		end = min(end, req.NotAfter.Unix())
	}
	end -= end % 60
	if end <= issuedAt {
		return 0, fmt.Errorf("the code would end at %s, before it begins: the member has come of age or the key is at its end", stamp(end))
	}
	return end, nil
}

// members enciphers each handle into the list of the day.
func members(subjects []Subject, list *dayList) ([]credential.Member, error) {
	out := make([]credential.Member, len(subjects))
	for n := range subjects {
		subject := &subjects[n]
		index, err := list.index(subject.Holding.Handle)
		if err != nil {
			return nil, err
		}
		out[n] = credential.Member{
			Colour:   subject.Decision.Colour,
			Name:     subject.Name,
			Relation: subject.Relation,
			Guardian: subject.Guardian,
			Status:   credential.Status{List: list.id.day, Index: index},
			Tested:   subject.Tested,
			Hint:     subject.Hint,
			Digest:   subject.Digest,
		}
	}
	return out, nil
}
