package server

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/wallet"
)

// showAgreement answers GET /v1/login/agreement: what somebody who has proved who they are must accept before anything else.
func (s *Server) showAgreement(c *echo.Context) error {
	p, ok := s.proofs.Peek(cookie(c, loginCookie), s.now())
	if !ok {
		return errLoginOver
	}
	if p.purpose.Check == "" {
		return s.sendPage(c, agreementPage, s.config.Agreement)
	}
	if _, ok := s.visits.Peek(p.purpose.Check, s.now()); ok {
		return s.sendPage(c, visitPage, nil)
	}
	claim, ok := s.tickets.Peek(p.purpose.Check, s.now())
	if !ok {
		return errCheckOver
	}
	family, err := s.config.Wallet.Family(c.Request().Context(), claim.Guardian, s.now())
	if err != nil {
		return walletProblem(err)
	}
	return s.sendPage(c, checkPage, struct {
		Guardian string
		Relation map[string]string
	}{credential.MaskName(family[0].Person.Name), relationWords[claim.Relation]})
}

// relationWords say what the member is to the guardian, by language.
var relationWords = map[credential.Relation]map[string]string{
	credential.Child:       {"zh-Hans": "子女", "zh-Hant": "子女", "en": "child"},
	credential.Parent:      {"zh-Hans": "父母", "zh-Hant": "父母", "en": "parent"},
	credential.Spouse:      {"zh-Hans": "配偶", "zh-Hant": "配偶", "en": "spouse"},
	credential.Grandparent: {"zh-Hans": "祖父母或外祖父母", "zh-Hant": "祖父母或外祖父母", "en": "grandparent"},
	credential.OtherWard:   {"zh-Hans": "被监护人", "zh-Hant": "被監護人", "en": "ward"},
}

// acceptAgreement answers POST /v1/login/agreement, the form of either page.
func (s *Server) acceptAgreement(c *echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 4096)
	accepted := c.Request().PostFormValue("accept")
	p, ok := s.proofs.Take(cookie(c, loginCookie), s.now())
	setCookie(c, loginCookie, "", -1)
	if !ok {
		return errLoginOver
	}
	if p.purpose.Check != "" {
		c.Set(beginAgain, "") // it counts once: the next one is made where this was
	}
	if _, ok := s.visits.Peek(p.purpose.Check, s.now()); ok {
		return s.acceptVisit(c, p, accepted)
	}
	if p.purpose.Check != "" {
		return s.acceptGuardian(c, p, accepted)
	}
	c.Set(beginAgain, again(p.purpose))
	err := s.logIn(c, p, accepted)
	if errors.Is(err, wallet.ErrAgreement) {
		return api.NewProblem(api.CodeConsent, "the agreement was not accepted, or it has changed since: log in again and read it")
	}
	return err
}

// acceptGuardian is the member's own answer to a claim. It makes no session: the telephone may be the guardian's.
func (s *Server) acceptGuardian(c *echo.Context, p proof, accepted string) error {
	claim, ok := s.tickets.Take(p.purpose.Check, s.now())
	if !ok {
		return errCheckOver
	}
	if accepted != acceptedGuardian {
		return api.NewProblem(api.CodeConsent, "the guardian was not accepted: nothing was recorded")
	}
	claim.Proof = &p.identity
	if _, err := s.claim(c, claim); err != nil {
		return err
	}
	return s.sendPage(c, donePage, nil)
}

const acceptedGuardian = "guardian"

var errLoginOver = api.NewProblem(api.CodeLoginOver, "this log-in was finished already, took too long, or began in another browser: begin again at /v1/login")

// errCheckOver is errLoginOver of somebody whom a guardian or a kiosk waits for.
var errCheckOver = &saidProblem{
	api.NewProblem(api.CodeLoginOver, "this check is over, was answered, or a newer one was begun: have a new one made on the guardian's telephone or at the kiosk where it was made"),
	"此次核验已结束、已作答，或已有新的核验开始：请在发起核验的监护人手机或自助终端上重新发起。",
	"此次核驗已結束、已作答，或已有新的核驗開始：請在發起核驗的監護人手機或自助終端上重新發起。",
}

// wantsPage says whether it is a person who reads the answer.
func wantsPage(c *echo.Context) bool {
	return strings.Contains(c.Request().Header.Get("Accept"), "text/html")
}
