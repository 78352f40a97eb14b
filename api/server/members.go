package server

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/api/login"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// addMember answers POST /v1/wallet/members: the ways that need a register.
func (s *Server) addMember(c *echo.Context, who wallet.Session) error {
	claim, err := s.readClaim(c, who)
	if err != nil {
		return err
	}
	if claim.Way != wallet.WayHousehold && claim.Way != wallet.WayBirthCertificate {
		return api.NewProblem(api.CodeInvalidRequest, "way: household or birth_certificate; for face and member_consent the member proves who they are, see /v1/wallet/members/check")
	}
	m, err := s.claim(c, claim)
	if err != nil {
		return err
	}
	return sendPrivate(c, http.StatusCreated, familyMember(&m))
}

// checkMember answers POST /v1/wallet/members/check: where the member proves who they are. It says nothing about the number.
func (s *Server) checkMember(c *echo.Context, who wallet.Session) error {
	claim, err := s.readClaim(c, who)
	if err != nil {
		return err
	}
	if claim.Way != wallet.WayFace && claim.Way != wallet.WayMemberConsent {
		return api.NewProblem(api.CodeInvalidRequest, "way: face or member_consent; for household and birth_certificate see /v1/wallet/members")
	}
	at := s.now()
	if err := s.config.Wallet.CheckClaim(claim, at); err != nil {
		return claimProblem(c, err)
	}
	ticket, err := s.tickets.Put(claim, at)
	if err != nil {
		return waitingProblem(c, err)
	}
	return sendPrivate(c, http.StatusCreated, api.MemberCheck{URL: s.config.Origin + "/v1/login?check=" + ticket, ExpiresAt: at.Add(proofLife).UTC().Truncate(time.Second)})
}

// waitingProblem tells of what waits for somebody when there is no room for more: it is never another's that makes way.
func waitingProblem(c *echo.Context, err error) error {
	if !errors.Is(err, login.ErrFull) {
		return err
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(proofLife/time.Second)))
	return api.NewProblem(api.CodeTooOften, login.ErrFull.Error())
}

// claim asks the wallet and answers after a whole multiple of the floor, so that how long it took says nothing. The wait ends
// with the request.
func (s *Server) claim(c *echo.Context, claim wallet.Claim) (wallet.Member, error) {
	began, ctx := time.Now(), c.Request().Context()
	m, err := s.config.Wallet.ClaimMember(ctx, claim, s.now())
	floor := s.config.ClaimFloor
	wait := time.NewTimer(floor - time.Since(began)%floor)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	if err != nil {
		return wallet.Member{}, claimProblem(c, err)
	}
	return m, nil
}

// claimProblem gives the errors of a claim their problems.
func claimProblem(c *echo.Context, err error) error {
	var often wallet.ErrClaims
	var wrong *wallet.EntryError
	switch {
	case errors.As(err, &often):
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(often.RetryAfter.Seconds()))))
		return api.NewProblem(api.CodeTooOften, "too many claims were not proven: try again later, or ask a community worker")
	case errors.Is(err, wallet.ErrNotProven):
		return api.NewProblem(api.CodeNotProven, wallet.ErrNotProven.Error())
	case errors.Is(err, wallet.ErrConsent):
		return api.NewProblem(api.CodeConsent, wallet.ErrConsent.Error())
	case errors.Is(err, wallet.ErrWay):
		return api.NewProblem(api.CodeInvalidRequest, wallet.ErrWay.Error())
	case errors.Is(err, wallet.ErrMinorGuardian):
		return api.NewProblem(api.CodeMinorGuardian, wallet.ErrMinorGuardian.Error())
	case errors.Is(err, wallet.ErrRegisterDown):
		return registerDown(c)
	case errors.Is(err, wallet.ErrNoRegister):
		return api.NewProblem(api.CodeNoRegister, wallet.ErrNoRegister.Error())
	case errors.Is(err, wallet.ErrGuardianExists):
		return api.NewProblem(api.CodeGuardianExists, wallet.ErrGuardianExists.Error())
	case errors.Is(err, wallet.ErrRevokedByAuthority):
		return api.NewProblem(api.CodeRevoked, wallet.ErrRevokedByAuthority.Error())
	case errors.Is(err, wallet.ErrRevokedByMember):
		return api.NewProblem(api.CodeRevoked, wallet.ErrRevokedByMember.Error())
	case errors.Is(err, wallet.ErrOtherPerson):
		return api.NewProblem(api.CodeOtherPerson, wallet.ErrOtherPerson.Error())
	case errors.Is(err, wallet.ErrTwoRecords):
		return errTwoRecords
	case errors.Is(err, wallet.ErrIncomplete):
		return api.NewProblem(api.CodeIncomplete, wallet.ErrIncomplete.Error())
	case errors.As(err, &wrong):
		return wrongEntry(wrong)
	}
	return walletProblem(err)
}

// registerRetry is how long a register that did not answer is left alone.
const registerRetry = 30 * time.Second

// registerDown is the problem of a register that did not answer, without what it said.
func registerDown(c *echo.Context) error {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(registerRetry/time.Second)))
	return api.NewProblem(api.CodeRegisterDown, wallet.ErrRegisterDown.Error())
}

// endMember answers DELETE /v1/wallet/members/{member}: the caller is guardian no more.
func (s *Server) endMember(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	return s.endGuardianship(c, who, who.Person, member)
}

// endGuardian answers DELETE /v1/wallet/guardians/{guardian}: the caller is under this guardianship no more.
func (s *Server) endGuardian(c *echo.Context, who wallet.Session) error {
	guardian, err := health.ParsePersonID(c.Param("guardian"))
	if err != nil {
		return errNoMember
	}
	return s.endGuardianship(c, who, guardian, who.Person)
}

func (s *Server) endGuardianship(c *echo.Context, who wallet.Session, guardian, member health.PersonID) error {
	if err := s.config.Wallet.EndGuardianBy(c.Request().Context(), who.Person, guardian, member, s.now()); err != nil {
		return walletProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// getGuardians answers GET /v1/wallet/guardians: who holds the caller's own code.
func (s *Server) getGuardians(c *echo.Context, who wallet.Session) error {
	all, err := s.config.Wallet.Guardians(c.Request().Context(), who.Person, s.now())
	if err != nil {
		return walletProblem(err)
	}
	return sendGuardians(c, all)
}

func sendGuardians(c *echo.Context, all []wallet.GuardianView) error {
	out := api.Guardians{Guardians: make([]api.Guardian, 0, len(all))}
	for _, g := range all {
		one := api.Guardian{Guardian: g.Guardian.String(), Name: g.Name, Relation: g.Relation.String(), Evidence: g.Evidence, Since: time.Unix(g.Since, 0).UTC()}
		if g.NotAfter != 0 {
			until := time.Unix(g.NotAfter, 0).UTC()
			one.Until = &until
		}
		if g.Ended != 0 {
			ended := time.Unix(g.Ended, 0).UTC()
			one.Ended = &ended
		}
		out.Guardians = append(out.Guardians, one)
	}
	return sendPrivate(c, http.StatusOK, out)
}

// readClaim reads { "way", "document": { "type", "number" }, "relation", ? "consent" }.
func (s *Server) readClaim(c *echo.Context, who wallet.Session) (claim wallet.Claim, err error) {
	fields, err := s.readTexts(c, "way", "document.type", "document.number", "relation", "consent")
	if err != nil {
		return claim, err
	}
	claim = wallet.Claim{Guardian: who.Person, Way: wallet.Way(fields["way"]), Consent: fields["consent"]}
	if claim.Document, err = wallet.ParseDocument(fields["document.type"], fields["document.number"]); err != nil {
		return claim, api.NewProblem(api.CodeInvalidRequest, "document: "+err.Error())
	}
	if claim.Relation, err = credential.ParseRelation(fields["relation"]); err != nil {
		return claim, api.NewProblem(api.CodeInvalidRequest, "relation: what the member is to the caller, one of child, parent, spouse, grandparent and ward")
	}
	return claim, nil
}
