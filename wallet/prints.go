package wallet

import (
	"context"
	"fmt"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// PaperRequest asks for a paper code.
type PaperRequest struct {
	By       health.PersonID // the member or a guardian in force
	Member   health.PersonID
	Document bool // add a document digest; the salt comes back, to be folded behind the symbol
}

// Paper is a paper code as it was made.
type Paper struct {
	Code  []byte           // COSE_Sign1; credential.Text writes it
	Salt  *credential.Salt // of the code's document digest; nil without one
	Since int64            // unix seconds of its making
}

// NewPaper makes a paper code for the member and ends the former one, if policy
// admits the member to paper (ErrPaper); the authority itself prints for
// everybody. The code holds the colour of the very
// moment: a change that comes after it ends it. Whoever prints for others says
// so by As. ErrNoPerson, ErrNoGuardian, ErrDeceased, and the issuer's errors.
func (s *Service) NewPaper(ctx context.Context, r PaperRequest, at time.Time) (Paper, error) {
	var paper Paper
	err := s.Store.NewPrint(ctx, r.By, r.Member, at.Unix(), func(m MemberView) (sealed []byte, err error) {
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
	if ActorOf(ctx, "") != ByAuthority {
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
		d := p.Documents[0]
		subject.Digest = credential.DocumentDigest(*paper.Salt, string(d.Type), d.Number)
	}
	paper.Code, err = s.Issuer.Issue(issuer.Request{
		Kind: credential.Paper, Prefecture: p.Region, ReadAt: at, Subjects: []issuer.Subject{subject},
	}, at)
	if err != nil {
		return paper, nil, err
	}
	plain := paper.Code
	if paper.Salt != nil {
		if plain, err = cose.Marshal(paperRecord{Code: paper.Code, Salt: paper.Salt[:]}); err != nil {
			return paper, nil, err
		}
	}
	sealed, err = s.Vault.SealPrint(s.Rand, r.Member, m.Holding.Handle, plain)
	return paper, sealed, err
}

// paperRecord is what is sealed of a code with a salt, deterministic CBOR. A
// code without one is sealed as it is: an array, which no map is taken for.
//
//	{1: code, 2: salt}
type paperRecord struct {
	Code []byte `cbor:"1,keyasint"`
	Salt []byte `cbor:"2,keyasint"`
}

// openPaper opens what makePaper sealed.
func (s *Service) openPaper(member health.PersonID, p StoredPrint) (Paper, error) {
	plain, err := s.Vault.OpenPrint(member, p)
	if err != nil {
		return Paper{}, err
	}
	paper := Paper{Code: plain, Since: p.Since}
	if len(plain) == 0 || plain[0]>>5 != 5 { // CBOR major type 5: a map
		return paper, nil
	}
	var r paperRecord
	if err := cose.Unmarshal(plain, &r); err != nil {
		return Paper{}, fmt.Errorf("read the paper code of %s: %w", member, err)
	}
	paper.Code, paper.Salt = r.Code, new(credential.Salt)
	if len(r.Salt) != len(paper.Salt) {
		return Paper{}, fmt.Errorf("read the paper code of %s: its salt has %d bytes", member, len(r.Salt))
	}
	copy(paper.Salt[:], r.Salt)
	return paper, nil
}

// DrawPaper returns the member's paper code as it was made, to be drawn again.
// ErrNoPrint; ErrEnded when it no longer holds, with the remedy in its text.
func (s *Service) DrawPaper(ctx context.Context, by, member health.PersonID, at time.Time) (Paper, error) {
	p, err := s.Store.Print(ctx, by, member, at.Unix())
	if err != nil {
		return Paper{}, fmt.Errorf("draw the print of %s again: %w", member, err)
	}
	return s.openPaper(member, p)
}

// NewPrint is NewPaper without a document digest.
func (s *Service) NewPrint(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	p, err := s.NewPaper(ctx, PaperRequest{By: by, Member: member}, at)
	return p.Code, err
}

// Print is the code of DrawPaper.
func (s *Service) Print(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	p, err := s.DrawPaper(ctx, by, member, at)
	return p.Code, err
}

// EndPrint ends the member's paper code, for one that was lost. by is the member
// or a guardian in force, else ErrNoGuardian.
func (s *Service) EndPrint(ctx context.Context, by, member health.PersonID, at time.Time) error {
	if err := s.Store.EndPrint(ctx, by, member, at.Unix()); err != nil {
		return fmt.Errorf("end the print of %s: %w", member, err)
	}
	return nil
}
