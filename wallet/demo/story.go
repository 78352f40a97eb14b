package demo

import (
	"context"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/phone"
)

// Code is what one person of the demonstration shows, and what a gate must say of it after the next publication.
type Code struct {
	Name  string          `json:"name"` // one word
	About string          `json:"about"`
	Text  string          `json:"-"`
	Want  verifier.Reason `json:"-"`
}

// story is what happens, all at one time.
type story struct {
	service *wallet.Service
	rand    io.Reader
	at      time.Time
}

// Play settles the province and lets everything happen at the time. The first of the codes is the guardian's own.
func Play(ctx context.Context, service *wallet.Service, rand io.Reader, at time.Time) ([]Code, error) {
	people, err := Settle(ctx, service, at)
	if err != nil {
		return nil, err
	}
	s := &story{service, rand, at}
	family, err := s.guardian(ctx, people)
	if err != nil {
		return nil, err
	}
	neighbour, err := s.neighbour(ctx, people[NeighbourRow])
	if err != nil {
		return nil, err
	}
	return append(family, neighbour...), nil
}

// guardian: the guardian logs in, takes a second child in by the register, one refresh brings the codes of the family and of the household to
// the guardian's phone, and the elder gets paper.
func (s *story) guardian(ctx context.Context, people []wallet.Person) ([]Code, error) {
	guardian, child, elder := people[GuardianRow], people[ChildRow], people[ElderRow]
	second, err := s.claim(ctx, guardian)
	if err != nil {
		return nil, err
	}
	device, err := phone.New(ctx, s.service, guardian.ID, s.rand, s.at)
	if err != nil {
		return nil, err
	}
	household := []health.PersonID{guardian.ID, child.ID, second.Person.ID, elder.ID}
	if err := device.Refresh(ctx, false, s.at, household); err != nil {
		return nil, err
	}
	own, err := device.Present(holder.Show{People: []health.PersonID{guardian.ID}}, s.at)
	if err != nil {
		return nil, err
	}
	childs, err := device.Present(holder.Show{People: []health.PersonID{second.Person.ID}}, s.at)
	if err != nil {
		return nil, err
	}
	all, err := device.Present(holder.Show{People: household}, s.at)
	if err != nil {
		return nil, err
	}
	paper, err := s.service.NewPrint(ctx, guardian.ID, elder.ID, s.at)
	if err != nil {
		return nil, err
	}
	return []Code{
		{Name: "guardian", About: "own code on the phone", Text: own, Want: verifier.ReasonOK},
		{Name: "child", About: "claimed by the register, shown by the guardian's phone", Text: childs, Want: verifier.ReasonOK},
		{Name: "household", About: "four people in one symbol", Text: all, Want: verifier.ReasonOK},
		{Name: "elder", About: "paper code, no phone", Text: credential.Text(paper), Want: verifier.ReasonOK},
	}, nil
}

// newChild is a child of the demo register who is in nobody's care yet.
const newChild = "990106201906011077"

// claim: the guardian logs in by face, accepts the agreement, and claims a child of the same household with the consent that the law asks for.
func (s *story) claim(ctx context.Context, guardian wallet.Person) (wallet.Member, error) {
	_, session, err := s.service.LogIn(ctx, wallet.Identity{
		Provider: "demo", Subject: "guardian", Document: guardian.Documents[0], Name: guardian.Name, Birth: guardian.Birth, Region: guardian.Region,
		Methods: []string{"face"}, At: s.at,
	}, s.service.Agreement.Version, s.at)
	if err != nil {
		return wallet.Member{}, err
	}
	d, err := wallet.ParseDocument(string(wallet.ResidentID), newChild)
	if err != nil {
		return wallet.Member{}, err
	}
	return s.service.ClaimMember(ctx, wallet.Claim{
		Guardian: session.Person, Way: wallet.WayHousehold, Document: d, Relation: credential.Child, Consent: s.service.Consent.Version,
	}, s.at)
}

// neighbour: a code is fetched, then a test turns out positive, and the code fetched before is worth nothing.
func (s *story) neighbour(ctx context.Context, neighbour wallet.Person) ([]Code, error) {
	device, err := phone.New(ctx, s.service, neighbour.ID, s.rand, s.at)
	if err != nil {
		return nil, err
	}
	show := func() (string, error) {
		if err := device.Refresh(ctx, false, s.at); err != nil {
			return "", err
		}
		return device.Present(holder.Show{People: []health.PersonID{neighbour.ID}}, s.at)
	}
	before, err := show()
	if err != nil {
		return nil, err
	}
	_, _, err = s.service.AddEvidence(ctx, health.Evidence{
		Person: neighbour.ID, Kind: health.PositiveTest, At: s.at.Add(-6 * time.Hour), RecordedAt: s.at, Source: "demo laboratory", Reference: "demo-1",
	})
	if err != nil {
		return nil, err
	}
	after, err := show()
	if err != nil {
		return nil, err
	}
	return []Code{
		{Name: "neighbour", About: "fetched after the positive test", Text: after, Want: verifier.ReasonColour},
		{Name: "neighbour-before", About: "the same phone's code from before it", Text: before, Want: verifier.ReasonRevoked},
	}, nil
}
