package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// findPerson answers POST /v1/staff/people: by the document that somebody shows at the counter. Only as much comes back as
// compares the person with it.
func (s *Server) findPerson(c *echo.Context, who wallet.Session) error {
	fields, err := s.readTexts(c, "document.type", "document.number")
	if err != nil {
		return err
	}
	d, err := wallet.ParseDocument(fields["document.type"], fields["document.number"])
	if err != nil {
		return api.NewProblem(api.CodeInvalidRequest, "document: "+err.Error())
	}
	p, err := s.config.Wallet.LookUp(asOffice(c, who), d, s.now())
	if err != nil {
		return staffProblem(err)
	}
	return sendPrivate(c, http.StatusOK, api.StaffPerson{Person: p.ID.String(), Name: credential.MaskName(p.Name)})
}

// printFor answers POST /v1/staff/people/{person}/paper: a paper code for somebody who stands at the counter.
func (s *Server) printFor(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	made, err := s.newPaper(asOffice(c, who), c, wallet.PaperRequest{By: person, Member: person, Counter: who.Hash})
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
	made, err := s.config.Wallet.DrawPaper(asOffice(c, who), wallet.DrawRequest{By: person, Member: person, Counter: who.Hash}, s.now())
	if errors.Is(err, wallet.ErrNotMadeHere) {
		return api.NewProblem(api.CodeNoPrint, wallet.ErrNotMadeHere.Error())
	}
	if err != nil {
		return staffProblem(err)
	}
	return s.sendSheet(c, made, asked)
}

// endDevicesOf answers DELETE /v1/staff/people/{person}/devices: a telephone was lost, and its owner cannot log in.
func (s *Server) endDevicesOf(c *echo.Context, who wallet.Session) error {
	person, err := health.ParsePersonID(c.Param("person"))
	if err != nil {
		return errNobody
	}
	if err := s.config.Wallet.EndDevicesOf(asOffice(c, who), person, [32]byte{}, s.now()); err != nil {
		return staffProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// asOffice lets what is done be told as done by the office, and not by the person.
func asOffice(c *echo.Context, who wallet.Session) context.Context {
	if who.Has(wallet.CommunityWorker) {
		return wallet.As(c.Request().Context(), wallet.ByCommunityWorker)
	}
	return wallet.As(c.Request().Context(), wallet.ByKiosk)
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
