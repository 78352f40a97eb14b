package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// visit is somebody at a kiosk who has to prove that the document they gave is theirs.
type visit struct {
	kiosk    [32]byte // Session.Hash
	document wallet.Document
	turn     uint64 // of this check among those at the kiosk
}

// visitor is whoever's turn it is at a kiosk: with a person, somebody who has proved it.
type visitor struct {
	turn     uint64
	document wallet.Document
	person   health.PersonID
	until    time.Time
}

// visitors are the people at the kiosks, one at each: whoever began last. It is safe for concurrent use.
type visitors struct {
	mu    sync.Mutex
	turns uint64
	all   map[[32]byte]visitor // by Session.Hash of the kiosk
}

// begin says that somebody begins at the kiosk, and that whoever was there before is so no more, proved or not.
func (v *visitors) begin(kiosk [32]byte, at time.Time) (turn uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for hash, one := range v.all {
		if !at.Before(one.until) {
			delete(v.all, hash)
		}
	}
	if v.all == nil {
		v.all = make(map[[32]byte]visitor)
	}
	v.turns++
	v.all[kiosk] = visitor{turn: v.turns, until: at.Add(proofLife)}
	return v.turns
}

// enter lets the person be the one at the kiosk, if it is their turn still.
func (v *visitors) enter(kiosk [32]byte, who visitor) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.all[kiosk].turn != who.turn {
		return false
	}
	v.all[kiosk] = who
	return true
}

// at is who is at the kiosk now.
func (v *visitors) at(kiosk [32]byte, at time.Time) (visitor, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	who, ok := v.all[kiosk]
	return who, ok && !who.person.IsZero() && at.Before(who.until)
}

// findAtKiosk answers POST /v1/staff/people of a kiosk. A number alone meets the address of a check, whoever has it; the person
// is found once they have proved to be the document's owner.
func (s *Server) findAtKiosk(c *echo.Context, kiosk wallet.Session, d wallet.Document) error {
	at := s.now()
	if who, ok := s.visitors.at(kiosk.Hash, at); ok && d.Same(who.document) {
		return s.sendLookedUp(c, kiosk, d)
	}
	ticket, err := s.visits.Put(visit{kiosk.Hash, d, s.visitors.begin(kiosk.Hash, at)}, at)
	if err != nil {
		return waitingProblem(c, err)
	}
	return sendPrivate(c, http.StatusAccepted, api.MemberCheck{URL: s.config.Origin + "/v1/login?check=" + ticket, ExpiresAt: at.Add(proofLife).UTC().Truncate(time.Second)})
}

// mayPrint says whether one of the staff may print for the person: a kiosk for whoever has proved to be that person there.
func (s *Server) mayPrint(staff wallet.Session, person health.PersonID) error {
	if staff.Actor() != wallet.ByKiosk {
		return nil
	}
	if who, ok := s.visitors.at(staff.Hash, s.now()); ok && who.person == person {
		return nil
	}
	return api.NewProblem(api.CodePersonCheck, "at a kiosk the person proves who they are first, within the last 15 minutes: POST /v1/staff/people says where")
}

const acceptedPaper = "paper"

// acceptVisit is the person's own answer at a kiosk. It makes no session: the kiosk is everybody's.
func (s *Server) acceptVisit(c *echo.Context, p proof, accepted string) error {
	v, ok := s.visits.Take(p.purpose.Check, s.now())
	if !ok {
		return errCheckOver
	}
	if accepted != acceptedPaper {
		return api.NewProblem(api.CodeConsent, "nothing was accepted: nothing is printed")
	}
	at := s.now()
	person, err := s.config.Wallet.ProveAtCounter(c.Request().Context(), p.identity, v.document, at)
	if err != nil {
		return counterProblem(c, err)
	}
	if !s.visitors.enter(v.kiosk, visitor{v.turn, v.document, person, at.Add(visitLife)}) {
		return errCheckOver
	}
	return s.sendPage(c, donePage, nil)
}

// sendLookedUp answers with as much as compares the person with their document.
func (s *Server) sendLookedUp(c *echo.Context, staff wallet.Session, d wallet.Document) error {
	p, err := s.config.Wallet.LookUp(c.Request().Context(), staff, d, s.now())
	if err != nil {
		return counterProblem(c, err)
	}
	return sendPrivate(c, http.StatusOK, api.StaffPerson{Person: p.ID.String(), Name: credential.MaskName(p.Name)})
}
