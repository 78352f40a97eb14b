package wallet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// PaperRequest asks for a paper code.
type PaperRequest struct {
	By       health.PersonID // the member or a guardian in force; not looked at where an office prints
	Office   Actor           // who prints for the member, at a counter or for the authority; empty for nobody
	Member   health.PersonID
	Document bool                      // add a document digest; the salt comes back, to be folded behind the symbol
	Types    []credential.DocumentType // of which document it shall be, see refresh.Request
	Counter  [32]byte                  // Session.Hash of the staff who print it at a counter; zero for anybody else
	Session  [32]byte                  // as in Acting
	Unasked  bool                      // whatever policy says: the authority's own prints, for everybody
}

// DrawRequest asks for a paper code as it was made.
type DrawRequest struct {
	By, Member health.PersonID // as in PaperRequest
	Office     Actor           // as in PaperRequest
	Counter    [32]byte        // as in PaperRequest
	Session    [32]byte        // as in Acting
}

// counterTime is how long a counter can draw what it has made: longer than a
// printer's trouble, not long enough to look up codes.
const counterTime = 15 * time.Minute

// ErrNotMadeHere says that a counter wants to draw what it has not just made.
var ErrNotMadeHere = errors.New("no paper code was made here in the last 15 minutes: make a new one, which ends the former")

// Paper is a paper code as it was made.
type Paper struct {
	Code  []byte           // COSE_Sign1; credential.Text writes it
	Salt  *credential.Salt // of the code's document digest; nil without one
	Since int64            // unix seconds of its making
	// Document is the type of the document that the digest is of; zero without
	// one, and for papers of before it was kept.
	Document credential.DocumentType
}

// SaltText is the symbol behind the fold, which says of which type of document
// it is; empty without one.
func (p *Paper) SaltText() string {
	if p.Salt == nil {
		return ""
	}
	return credential.SaltText(p.Salt.Of(p.Document))
}

// NewPaper makes a paper code for the member and ends the former one, if policy
// admits the member to paper (ErrPaper). The code holds the colour of the very
// moment: a change that comes after it ends it. ErrNoPerson, ErrNoGuardian, ErrDeceased, ErrNoSession, and the issuer's errors.
func (s *Service) NewPaper(ctx context.Context, r PaperRequest, at time.Time) (Paper, error) {
	var paper Paper
	err := s.Store.NewPrint(ctx, Acting{r.By, r.Office, r.Session}, r.Member, at.Unix(), func(m MemberView) (sealed []byte, err error) {
		paper, sealed, err = s.makePaper(ctx, r, m, at)
		return sealed, err
	})
	if err != nil {
		return Paper{}, fmt.Errorf("make a print for %s: %w", r.Member, err)
	}
	return paper, nil
}

func (s *Service) makePaper(ctx context.Context, r PaperRequest, m MemberView, at time.Time) (paper Paper, sealed []byte, err error) {
	p, err := s.Vault.OpenPerson(m.Person)
	if err != nil {
		return paper, nil, err
	}
	if !r.Unasked {
		if err := s.Paper.Admit(p, m.Devices, m.Guardians, at); err != nil {
			return paper, nil, err
		}
	}
	paper.Since = at.Unix()
	subject := s.subject(p, m, at)
	if r.Document && len(p.Documents) > 0 {
		paper.Salt = new(credential.Salt)
		if _, err := io.ReadFull(s.Rand, paper.Salt[:]); err != nil {
			return paper, nil, fmt.Errorf("read random bytes: %w", err)
		}
		d := p.documentOf(r.Types)
		subject.Digest, paper.Document = credential.DocumentDigest(*paper.Salt, string(d.Type), d.Number), credential.DocumentTypeOf(string(d.Type))
	}
	paper.Code, err = s.Issuer.Issue(issuer.Request{
		Kind: credential.Paper, Prefecture: p.Region, ReadAt: at, Subjects: []issuer.Subject{subject},
	}, at)
	if err != nil {
		return paper, nil, err
	}
	plain, err := paper.record(r.Counter)
	if err == nil {
		sealed, err = s.Vault.SealPrint(s.Rand, r.Member, m.Holding.Handle, plain)
	}
	return paper, sealed, err
}

// paperRecord is what is sealed of a code with a salt or of a counter,
// deterministic CBOR. A code without either is sealed as it is: an array, which
// no map is taken for.
//
//	{1: code, ? 2: salt, ? 3: counter, ? 4: type of the document}
type paperRecord struct {
	Code     []byte `cbor:"1,keyasint"`
	Salt     []byte `cbor:"2,keyasint,omitempty"`
	Counter  []byte `cbor:"3,keyasint,omitempty"` // of PaperRequest
	Document uint8  `cbor:"4,keyasint,omitempty"`
}

// record is what is sealed of the paper.
func (p *Paper) record(counter [32]byte) ([]byte, error) {
	r := paperRecord{Code: p.Code, Document: uint8(p.Document)}
	if p.Salt != nil {
		r.Salt = p.Salt[:]
	}
	if counter != ([32]byte{}) {
		r.Counter = counter[:]
	}
	if r.Salt == nil && r.Counter == nil {
		return p.Code, nil
	}
	return cose.Marshal(r)
}

// openPaper opens what makePaper sealed, and says at which counter it was made.
func (s *Service) openPaper(member health.PersonID, p StoredPrint) (paper Paper, counter [32]byte, err error) {
	plain, err := s.Vault.OpenPrint(member, p)
	if err != nil {
		return Paper{}, counter, err
	}
	paper = Paper{Code: plain, Since: p.Since}
	if len(plain) == 0 || plain[0]>>5 != 5 { // CBOR major type 5: a map
		return paper, counter, nil
	}
	var r paperRecord
	if err := cose.Unmarshal(plain, &r); err != nil {
		return Paper{}, counter, fmt.Errorf("read the paper code of %s: %w", member, err)
	}
	if n := len(r.Salt); n != 0 && n != len(credential.Salt{}) || len(r.Counter) != 0 && len(r.Counter) != len(counter) {
		return Paper{}, counter, fmt.Errorf("read the paper code of %s: its salt has %d bytes and its counter %d", member, len(r.Salt), len(r.Counter))
	}
	paper.Code, paper.Document = r.Code, credential.DocumentType(r.Document)
	if len(r.Salt) != 0 {
		salt := credential.Salt(r.Salt)
		paper.Salt = &salt
	}
	copy(counter[:], r.Counter)
	return paper, counter, nil
}

// DrawPaper returns the member's paper code as it was made, to be drawn again,
// and records that it was. ErrNoPrint; ErrEnded when it no longer holds, with
// the remedy in its text. A counter has what it made itself, by the same
// session and in the last 15 minutes: for everything else, also where there is
// none, ErrNotMadeHere.
func (s *Service) DrawPaper(ctx context.Context, r DrawRequest, at time.Time) (Paper, error) {
	paper, _, err := s.drawPaper(ctx, r, at, nil)
	return paper, err
}

// PeekPaper is DrawPaper that records nothing, for whoever may have the drawing
// already: had says whether they have made or drawn the paper code before, or
// are the member, or a counter whose own it is. Whoever has not must draw it to
// have it.
func (s *Service) PeekPaper(ctx context.Context, r DrawRequest, at time.Time) (paper Paper, had bool, err error) {
	paper, hands, err := s.drawPaper(ctx, r, at, errPeeked)
	if !errors.Is(err, errPeeked) {
		return Paper{}, false, err
	}
	return paper, r.Office != "" || r.By == r.Member || slices.Contains(hands, r.By), nil
}

// errPeeked ends the transaction of a drawing that is only looked at.
var errPeeked = errors.New("the paper code was looked at and not drawn")

// drawPaper draws, unless then ends it behind every refusal.
func (s *Service) drawPaper(ctx context.Context, r DrawRequest, at time.Time, then error) (paper Paper, hands []health.PersonID, err error) {
	_, err = s.Store.DrawPrint(ctx, Acting{r.By, r.Office, r.Session}, r.Member, at.Unix(), func(p StoredPrint) error {
		opened, counter, err := s.openPaper(r.Member, p)
		if err != nil {
			return err
		}
		if r.Counter != ([32]byte{}) && (counter != r.Counter || at.Sub(time.Unix(p.Since, 0)) > counterTime) {
			return ErrNotMadeHere
		}
		paper, hands = opened, p.Hands
		return then
	})
	if r.Counter != ([32]byte{}) && (errors.Is(err, ErrNoPrint) || errors.Is(err, ErrEnded)) {
		err = ErrNotMadeHere // what else there is or was is nothing to a counter
	}
	if err != nil && !errors.Is(err, errPeeked) {
		return Paper{}, nil, fmt.Errorf("draw the print of %s again: %w", r.Member, err)
	}
	return paper, hands, err
}

// NewPrint is NewPaper without a document digest.
func (s *Service) NewPrint(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	p, err := s.NewPaper(ctx, PaperRequest{By: by, Member: member}, at)
	return p.Code, err
}

// Print is the code of DrawPaper.
func (s *Service) Print(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	p, err := s.DrawPaper(ctx, DrawRequest{By: by, Member: member}, at)
	return p.Code, err
}

// PrintEnd says whose paper code ends, and who ends it.
type PrintEnd struct {
	Member health.PersonID
	By     Acting // an office, the member, or a guardian in force
	Reason string // of the office: 1 to 40 of a-z, 0-9, _ and -; naming nobody; empty for none
	Dry    bool   // change nothing, and say what would be
}

// EndPaper ends the member's paper code, for one that was lost. ErrNoPrint when
// none was ever made, ErrEnded when none is in force; ErrNoGuardian when whoever
// acts is neither an office nor the member nor a guardian in force; ErrReason, ErrNoPerson.
func (s *Service) EndPaper(ctx context.Context, end PrintEnd, at time.Time) (Changes, error) {
	var changes Changes
	err := ErrReason
	if end.Reason == "" || ValidReason(end.Reason) {
		changes, err = s.Store.EndPrint(ctx, end, at.Unix())
	}
	if err != nil {
		return Changes{}, fmt.Errorf("end the print of %s: %w", end.Member, err)
	}
	return changes, nil
}

// EndPrint is EndPaper for the member and the guardians.
func (s *Service) EndPrint(ctx context.Context, by, member health.PersonID, at time.Time) error {
	_, err := s.EndPaper(ctx, PrintEnd{By: Acting{Person: by}, Member: member}, at)
	return err
}
