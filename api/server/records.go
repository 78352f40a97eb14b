package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// getHistory answers GET /v1/wallet/members/{member}/history: what exactly that person's record has been through.
func (s *Server) getHistory(c *echo.Context, who wallet.Session) error {
	return recordOf(c, who, s.now(), s.config.Wallet.History)
}

// export answers POST /v1/wallet/members/{member}/export: everything that is kept about exactly that person. It stands in that
// person's history, so it is no GET.
func (s *Server) export(c *echo.Context, who wallet.Session) error {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="healthcode-export.json"`)
	return recordOf(c, who, s.now(), func(ctx context.Context, by, member health.PersonID, at time.Time) (wallet.Export, error) {
		return s.config.Wallet.Export(ctx, wallet.Acting{Person: by}, member, at)
	})
}

// recordOf sends what read finds about the member of the address.
func recordOf[T any](c *echo.Context, who wallet.Session, at time.Time, read func(ctx context.Context, by, member health.PersonID, at time.Time) (T, error)) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	found, err := read(c.Request().Context(), who.Person, member, at)
	if err != nil {
		return walletProblem(err)
	}
	return sendPrivate(c, http.StatusOK, found)
}

// erase answers POST /v1/wallet/erasure: what an erasure of the caller's record, or of a member under 14, would remove and what
// stays, and with the confirmation the erasure itself.
func (s *Server) erase(c *echo.Context, who wallet.Session) error {
	fields, err := s.readTexts(c, "confirm", "member")
	if err != nil {
		return err
	}
	confirmed := fields["confirm"] == "erase"
	if !confirmed && fields["confirm"] != "" {
		return api.NewProblem(api.CodeInvalidRequest, `confirm: "erase" removes the record for good; leave it out to see what would be removed`)
	}
	member := who.Person
	if fields["member"] != "" {
		if member, err = health.ParsePersonID(fields["member"]); err != nil {
			return errNoMember
		}
	}
	report, err := s.config.Wallet.EraseFor(c.Request().Context(), who, member, !confirmed, s.now())
	if err != nil {
		return erasureProblem(err)
	}
	if confirmed && member == who.Person {
		setCookie(c, sessionCookie, "", -1)
	}
	return sendPrivate(c, http.StatusOK, report)
}

// erasureProblem gives the refusals of an erasure their problems.
func erasureProblem(err error) error {
	var counting *wallet.CountingError
	if errors.As(err, &counting) {
		p := api.NewProblem(api.CodeEvidenceCounts, "an erasure would take the evidence away and leave a green code: the record can be erased after the release, which is described in release")
		p.Reason, p.Text, p.Release = counting.Reason, counting.Text, counting.Release
		return p
	}
	for _, refusal := range []error{wallet.ErrChildErasure, wallet.ErrOwnErasure, wallet.ErrOtherGuardians, wallet.ErrRevokedStands} {
		if errors.Is(err, refusal) {
			return api.NewProblem(api.CodeErasure, refusal.Error())
		}
	}
	if errors.Is(err, wallet.ErrNotFresh) {
		return api.NewProblem(api.CodeFreshLogin, wallet.ErrNotFresh.Error())
	}
	return walletProblem(err)
}
