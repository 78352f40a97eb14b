package server

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// findPerson answers POST /v1/staff/people: by the document that somebody shows at the counter. Only as much comes back as
// compares the person with it, and the person reads that they were looked up.
func (s *Server) findPerson(c *echo.Context, who wallet.Session) error {
	fields, err := s.readTexts(c, "document.type", "document.number")
	if err != nil {
		return err
	}
	d, err := wallet.ParseDocument(fields["document.type"], fields["document.number"])
	if err != nil {
		return api.NewProblem(api.CodeInvalidRequest, "document: "+err.Error())
	}
	if who.Actor() == wallet.ByKiosk {
		return s.findAtKiosk(c, who, d)
	}
	return s.sendLookedUp(c, who, d)
}

// printFor answers POST /v1/staff/people/{person}/paper: a paper code for somebody who stands at the counter.
func (s *Server) printFor(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	if err := s.mayPrint(who, person); err != nil {
		return err
	}
	made, err := s.newPaper(c, wallet.PaperRequest{Office: who.Actor(), Member: person, Counter: who.Hash})
	if err != nil {
		return staffProblem(err)
	}
	return sendPrint(c, person.String(), made, "/v1/staff/people/"+person.String()+"/paper")
}

// drawFor answers GET /v1/staff/people/{person}/paper.{format}: the sheet for somebody at the counter who has just been given a
// paper code there.
func (s *Server) drawFor(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	asked, err := askedSheet(c, strings.TrimPrefix(c.Param("sheet"), "paper."))
	if err != nil {
		return err
	}
	if err := s.mayPrint(who, person); err != nil {
		return err
	}
	return s.sendDrawn(c, wallet.DrawRequest{Office: who.Actor(), Member: person, Counter: who.Hash}, asked, func(err error) error {
		if errors.Is(err, wallet.ErrNotMadeHere) {
			return api.NewProblem(api.CodeNoPrint, wallet.ErrNotMadeHere.Error())
		}
		return staffProblem(err)
	})
}

// endDevicesOf answers DELETE /v1/staff/people/{person}/devices: a telephone was lost, and its owner cannot log in.
func (s *Server) endDevicesOf(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	if err := s.config.Wallet.EndDevicesOf(c.Request().Context(), person, [32]byte{}, who.Actor(), s.now()); err != nil {
		return staffProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// endPaperOf answers DELETE /v1/staff/people/{person}/paper: a paper code was lost, and shall not be made anew.
func (s *Server) endPaperOf(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	return s.sendEnded(c, wallet.PrintEnd{Member: person, By: wallet.Acting{Office: who.Actor()}}, staffProblem)
}

// getGuardiansOf answers GET /v1/staff/people/{person}/guardians: who holds the person's codes.
func (s *Server) getGuardiansOf(c *echo.Context, _ wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	all, err := s.config.Wallet.EveryGuardian(c.Request().Context(), person)
	if err != nil {
		return staffProblem(err)
	}
	return sendGuardians(c, slices.DeleteFunc(all, func(g wallet.GuardianView) bool { return !g.InForce(s.now().Unix()) && !g.ByDeath }))
}

// revokeGuardian answers POST /v1/staff/people/{person}/guardians/{guardian}/revocation: the authority ends a guardianship.
func (s *Server) revokeGuardian(c *echo.Context, _ wallet.Session) error {
	person, errPerson := health.ParsePersonID(c.Param("person"))
	guardian, errGuardian := health.ParsePersonID(c.Param("guardian"))
	if errPerson != nil || errGuardian != nil {
		return errNobody
	}
	fields, err := s.readTexts(c, "reason")
	if err != nil {
		return err
	}
	if !wallet.ValidReason(fields["reason"]) {
		return api.NewProblem(api.CodeInvalidRequest, "reason: "+wallet.ErrReason.Error())
	}
	end := wallet.GuardianEnd{Guardian: guardian, Member: person, By: wallet.ByAuthority, Reason: fields["reason"]}
	if _, err := s.config.Wallet.Revoke(c.Request().Context(), end, s.now()); err != nil {
		return staffProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

var errNobody = api.NewProblem(api.CodeMemberNotFound, "nobody of this identifier or document is known: check it, or have the person log in once")

// staffProblem says that nobody is known, where a resident would be told of a family.
func staffProblem(err error) error {
	problem := walletProblem(err)
	if problem == error(errNoMember) {
		return errNobody
	}
	return problem
}

var errNotAtCounter = &saidProblem{
	api.NewProblem(api.CodeLoginRefused, "the document that was given at the kiosk is not this person's, or the check is too old: begin again there"),
	"在自助终端上提供的证件不是本人的，或核验时间过久：请在自助终端上重新开始。",
	"在自助終端上提供的證件不是本人的，或核驗時間過久：請在自助終端上重新開始。",
}

// counterProblem is staffProblem with what can be wrong with a look-up and with a person's own check.
func counterProblem(c *echo.Context, err error) error {
	var often wallet.ErrLookUps
	var method *wallet.MethodError
	switch {
	case errors.As(err, &often):
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(often.RetryAfter.Seconds()))))
		return api.NewProblem(api.CodeTooOften, "too many people were looked up: go on later")
	case errors.Is(err, wallet.ErrNotProven):
		return errNotAtCounter
	case errors.As(err, &method):
		return &methodProblem{api.NewProblem(api.CodeLoginMethod, method.Error()), method.Needed}
	case errors.Is(err, wallet.ErrOtherPerson):
		return api.NewProblem(api.CodeOtherPerson, wallet.ErrOtherPerson.Error())
	case errors.Is(err, wallet.ErrTooYoung):
		return api.NewProblem(api.CodeLoginBarred, wallet.ErrTooYoung.Error())
	}
	return staffProblem(err)
}
