package server

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// makePrint answers POST /v1/wallet/paper/{member}: a new paper code, and the end of the former.
func (s *Server) makePrint(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	made, err := s.newPaper(c, wallet.PaperRequest{By: who.Person, Member: member, Session: who.Hash})
	if err != nil {
		return paperProblem(c)(err)
	}
	return sendPrint(c, member.String(), made, "/v1/wallet/paper/"+member.String())
}

// newPaper makes a paper code, with a document digest where the request says so.
func (s *Server) newPaper(c *echo.Context, r wallet.PaperRequest) (wallet.Paper, error) {
	document := c.QueryParam("document")
	switch t := credential.DocumentTypeOf(document); {
	case t != 0:
		r.Document, r.Types = true, []credential.DocumentType{t}
	case document != "" && document != "true" && document != "false":
		return wallet.Paper{}, api.NewProblem(api.CodeInvalidRequest, "document: want true, false, or the type of the document: resident-id, home-return-permit, birth-certificate, passport")
	default:
		r.Document = document == "true"
	}
	return s.config.Wallet.NewPaper(c.Request().Context(), r, s.now())
}

// sendPrint answers with a fresh paper code; at is where it is drawn.
func sendPrint(c *echo.Context, member string, made wallet.Paper, at string) error {
	text := credential.Text(made.Code)
	claims, err := claimsOf(text)
	if err != nil {
		return err
	}
	out := api.Print{
		Member: member, Code: text, IssuedAt: time.Unix(claims.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(),
		PNG: at + ".png", SVG: at + ".svg", PDF: at + ".pdf", HTML: at + ".html",
	}
	c.Response().Header().Set("Location", out.PDF)
	return sendPrivate(c, http.StatusCreated, out)
}

// endPrint answers DELETE /v1/wallet/paper/{member}: the paper was lost.
func (s *Server) endPrint(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	return s.sendEnded(c, wallet.PrintEnd{By: wallet.Acting{Person: who.Person}, Member: member}, walletProblem)
}

// sendEnded ends a paper code. Where none is in force it says so: whoever meant another member's learns of it.
func (s *Server) sendEnded(c *echo.Context, end wallet.PrintEnd, problem func(error) error) error {
	_, err := s.config.Wallet.EndPaper(c.Request().Context(), end, s.now())
	if errors.Is(err, wallet.ErrNoPrint) || errors.Is(err, wallet.ErrEnded) {
		return api.NewProblem(api.CodeNoPrint, "no paper code of this person is in force: there is nothing to end")
	}
	if err != nil {
		return problem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// paperProblem is walletProblem with the end of the session that asks.
func paperProblem(c *echo.Context) func(error) error {
	return func(err error) error {
		if errors.Is(err, wallet.ErrNoSession) {
			return unauthorized(c, "the session ended meanwhile: log in again")
		}
		return walletProblem(err)
	}
}

// drawPrint answers GET /v1/wallet/paper/{member}.{format}: the print in force, as it was made.
func (s *Server) drawPrint(c *echo.Context, who wallet.Session) error {
	name, format, _ := strings.Cut(c.Param("member"), ".")
	member, err := health.ParsePersonID(name)
	if err != nil {
		return errNoMember
	}
	asked, err := askedSheet(c, format)
	if err != nil {
		return err
	}
	return s.sendDrawn(c, wallet.DrawRequest{By: who.Person, Member: member, Session: who.Hash}, asked, paperProblem(c))
}
