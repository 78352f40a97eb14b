package server

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// getConsent answers GET /v1/wallet/consent: what a guardian reads and accepts before a member under 14 is taken in.
func (s *Server) getConsent(c *echo.Context, _ wallet.Session) error {
	out := api.Agreement(s.config.Consent)
	if out.Text == nil {
		out.Text = map[string]string{} // any version is taken
	}
	return sendPrivate(c, http.StatusOK, out)
}

// giveConsent answers POST /v1/wallet/members/{member}/consent: for a child who came into the family without it, by an import.
func (s *Server) giveConsent(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	fields, err := s.readTexts(c, "consent")
	if err != nil {
		return err
	}
	if err := s.config.Wallet.GiveConsent(c.Request().Context(), who.Person, member, fields["consent"], s.now()); err != nil {
		return claimProblem(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}
