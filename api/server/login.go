package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/api/login"
	"healthcode.example/wallet"
)

// proof is somebody whom a provider has proved and who has not yet accepted what there is to accept.
type proof struct {
	identity wallet.Identity
	purpose  login.Purpose
}

// grant is a session that a wallet program on the same machine fetches (RFC 8252 §7.3).
type grant struct {
	token, challenge string
	since            int64
	document         wallet.DocumentType // that the provider proved
}

// beginLogin answers GET /v1/login: the browser goes to the provider.
func (s *Server) beginLogin(c *echo.Context) error {
	if s.config.Login == nil {
		return unauthorized(c, "no log-in is set up at this service")
	}
	q := c.Request().URL.Query()
	purpose := login.Purpose{Return: q.Get("return"), Challenge: q.Get("code_challenge"), State: q.Get("state"), Check: q.Get("check"), Language: language(q.Get("lang"))}
	if err := s.checkPurpose(c, &purpose); err != nil {
		return err
	}
	c.Set(beginAgain, again(purpose))
	if all := s.config.Login.Choices(); q.Get("provider") == "" && len(all) > 1 {
		return s.showChoices(c, all)
	}
	redirect, secret, err := s.config.Login.Start(c.Request().Context(), q.Get("provider"), purpose)
	if err != nil {
		return s.providerProblem(c, err)
	}
	setCookie(c, loginCookie, secret, int(login.Pending/time.Second))
	return c.Redirect(http.StatusSeeOther, redirect)
}

// s256 is what a code_challenge by S256 looks like.
var s256 = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// checkPurpose refuses a return to anywhere but a program on the visitor's own machine, and checks that nobody waits for.
func (s *Server) checkPurpose(c *echo.Context, p *login.Purpose) error {
	if p.Check != "" {
		_, isClaim := s.tickets.Peek(p.Check, s.now())
		_, isVisit := s.visits.Peek(p.Check, s.now())
		if !isClaim && !isVisit || p.Return != "" {
			c.Set(beginAgain, "")
			return errCheckOver
		}
		return nil
	}
	if p.Return == "" {
		return nil
	}
	if !onThisMachine(p.Return) {
		return errReturn
	}
	if !s256.MatchString(p.Challenge) || len(p.State) > 128 {
		return api.NewProblem(api.CodeInvalidRequest, "code_challenge: give the S256 challenge of RFC 7636, 43 characters, and a state of at most 128")
	}
	return nil
}

// programAddress is all that a waiting program's address may be: one of the two that RFC 8252 §7.3 names, the port and a plain
// path. It is a list of what is known to be good, so that no parser's view of the rest matters: what follows it is put behind it.
var programAddress = regexp.MustCompile(`^http://(?:127\.0\.0\.1|\[::1\]):([1-9][0-9]{0,4})(?:/[A-Za-z0-9._~-]+)*/?$`)

// mostReturn bounds it in bytes.
const mostReturn = 200

func onThisMachine(address string) bool {
	found := programAddress.FindStringSubmatch(address)
	if found == nil || len(address) > mostReturn {
		return false
	}
	port, err := strconv.Atoi(found[1])
	return err == nil && port <= 65535
}

var errReturn = api.NewProblem(api.CodeInvalidRequest, "return: only a program on the same machine may wait, at http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH")

// takeAnswer answers GET /v1/login/callback: the provider has sent the browser back.
func (s *Server) takeAnswer(c *echo.Context) error {
	if s.config.Login == nil {
		return unauthorized(c, "no log-in is set up at this service")
	}
	secret := cookie(c, loginCookie)
	setCookie(c, loginCookie, "", -1)
	id, purpose, err := s.config.Login.Finish(c.Request().Context(), secret, c.Request().URL.Query())
	c.Set(beginAgain, again(purpose))
	if err != nil {
		return s.providerProblem(c, err)
	}
	if purpose.Check == "" {
		err = s.logIn(c, proof{id, purpose}, "")
		if !errors.Is(err, wallet.ErrAgreement) {
			return err
		}
	} else if err := s.mayProve(c, purpose.Check, id); err != nil {
		return err
	}
	// What the person has to read comes first; until then nothing is stored.
	secret, err = s.proofs.Put(proof{id, purpose}, s.now())
	if err != nil {
		return waitingProblem(c, err)
	}
	c.Response().Header().Del("Set-Cookie")
	setCookie(c, loginCookie, secret, int(proofLife/time.Second))
	return c.Redirect(http.StatusSeeOther, "/v1/login/agreement?lang="+url.QueryEscape(purpose.Language))
}

// mayProve refuses a person's own check by a method that does not suffice, before there is anything to read: what the guardian or
// the kiosk waits for stays as it was, and nothing counts as a failed claim. Whether the number is the one asked about is not
// looked at.
func (s *Server) mayProve(c *echo.Context, ticket string, id wallet.Identity) error {
	var way wallet.Way // none at a kiosk, which asks for what a log-in does
	if _, ok := s.visits.Peek(ticket, s.now()); !ok {
		claim, ok := s.tickets.Peek(ticket, s.now())
		if !ok {
			c.Set(beginAgain, "")
			return errCheckOver
		}
		way = claim.Way
	}
	if err := s.config.Wallet.MayProve(way, id); err != nil {
		return loginProblem(c, err)
	}
	return nil
}

// logIn makes the session and sends the browser on. wallet.ErrAgreement as it is, other errors as problems.
func (s *Server) logIn(c *echo.Context, p proof, agreement string) error {
	token, ses, err := s.config.Wallet.LogIn(c.Request().Context(), p.identity, agreement, s.now())
	if errors.Is(err, wallet.ErrAgreement) {
		return wallet.ErrAgreement
	}
	if err != nil {
		return loginProblem(c, err)
	}
	if p.purpose.Return == "" {
		_, absolute := s.config.Wallet.SessionLimits(ses)
		setCookie(c, sessionCookie, token, int(absolute/time.Second))
		return c.Redirect(http.StatusSeeOther, "/")
	}
	code, err := s.grants.Put(grant{token, p.purpose.Challenge, ses.Since, p.identity.Document.Type}, s.now())
	if err != nil {
		return err
	}
	back := url.Values{"code": {code}}
	if p.purpose.State != "" {
		back.Set("state", p.purpose.State)
	}
	return c.Redirect(http.StatusSeeOther, p.purpose.Return+"?"+back.Encode())
}

// makeSession answers POST /v1/sessions: a wallet program fetches its session with the code from the browser and the verifier
// that only it knows. The code counts once, whatever comes of it.
func (s *Server) makeSession(c *echo.Context) error {
	fields, err := s.readTexts(c, "code", "verifier")
	if err != nil {
		return err
	}
	g, ok := s.grants.Take(fields["code"], s.now())
	sum := sha256.Sum256([]byte(fields["verifier"]))
	if !ok || subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(g.challenge)) != 1 {
		return api.NewProblem(api.CodeLoginOver, "code and verifier belong to no log-in that waits: log in again; a code counts once and for a minute")
	}
	// Whoever ended all sessions meanwhile, as with a phone that is lost, ended this one before it was fetched.
	if _, err := s.config.Wallet.Session(c.Request().Context(), g.token, s.now()); errors.Is(err, wallet.ErrNoSession) {
		return api.NewProblem(api.CodeLoginOver, "the log-in has ended since, with all others of this person or since it took too long: log in again")
	} else if err != nil {
		return err
	}
	return sendPrivate(c, http.StatusCreated, api.Session{Token: g.token, Since: time.Unix(g.since, 0).UTC(), Document: string(g.document)})
}

// providerProblem is loginProblem, and tells the operator what is wrong with a provider: the person who meets it can do nothing about it.
func (s *Server) providerProblem(c *echo.Context, err error) error {
	var down *login.Unavailable
	switch id := slog.String("request_id", c.Response().Header().Get("X-Request-Id")); {
	case errors.As(err, &down):
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "identity provider down", slog.String("provider", down.Provider),
			slog.String("cause", anonymous(down.Err.Error())), id)
	case errors.Is(err, login.ErrToken):
		s.config.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "identity provider not believed", slog.String("cause", anonymous(err.Error())), id)
	}
	return loginProblem(c, err)
}

// loginProblem gives the errors of a log-in their problems.
func loginProblem(c *echo.Context, err error) error {
	var down *login.Unavailable
	var method *wallet.MethodError
	var wrong *wallet.EntryError
	switch {
	case errors.As(err, &down):
		c.Response().Header().Set("Retry-After", strconv.Itoa(int((down.After+time.Second-1)/time.Second)))
		return api.NewProblem(api.CodeProviderDown, "nothing was begun or changed: try again in a while, or with another provider")
	case errors.Is(err, login.ErrNoProvider):
		return api.NewProblem(api.CodeNotFound, login.ErrNoProvider.Error())
	case errors.Is(err, login.ErrNoPending):
		return api.NewProblem(api.CodeLoginOver, login.ErrNoPending.Error())
	case errors.Is(err, login.ErrRefused), errors.Is(err, login.ErrToken):
		return api.NewProblem(api.CodeLoginRefused, err.Error())
	case errors.As(err, &method):
		return &methodProblem{api.NewProblem(api.CodeLoginMethod, method.Error()), method.Needed}
	case errors.Is(err, wallet.ErrRegisterDown):
		return registerDown(c)
	case errors.Is(err, wallet.ErrTooYoung):
		return api.NewProblem(api.CodeLoginBarred, wallet.ErrTooYoung.Error())
	case errors.Is(err, wallet.ErrOtherPerson):
		return api.NewProblem(api.CodeOtherPerson, wallet.ErrOtherPerson.Error())
	case errors.Is(err, wallet.ErrTwoRecords):
		return errTwoRecords
	case errors.Is(err, wallet.ErrNoPerson), errors.Is(err, wallet.ErrDuplicate):
		return api.NewProblem(api.CodeLoginOver, "the record was changed at this very moment: log in again")
	case errors.Is(err, wallet.ErrDeceased):
		return api.NewProblem(api.CodeLoginBarred, wallet.ErrDeceased.Error())
	case errors.Is(err, wallet.ErrIncomplete):
		return api.NewProblem(api.CodeIncomplete, wallet.ErrIncomplete.Error())
	case errors.As(err, &wrong):
		return wrongEntry(wrong)
	}
	return err
}

var errTwoRecords = &saidProblem{
	api.NewProblem(api.CodeOtherPerson, wallet.ErrTwoRecords.Error()),
	"户籍登记显示这些证件属于同一人，但此处有两份档案：请由主管机关合并。",
	"戶籍登記顯示這些證件屬於同一人，但此處有兩份檔案：請由主管機關合併。",
}

// wrongEntry is the problem of somebody of whom a log-in or the register says what cannot be.
func wrongEntry(e *wallet.EntryError) error {
	return &saidProblem{
		api.NewProblem(api.CodeIncomplete, "what the log-in or the register says of this person cannot be: "+e.Problem+"; have the register correct it, or have the authority enter the person"),
		"登录或户籍登记提供的此人资料有误：请由登记机关更正，或由主管机关登记此人。",
		"登入或戶籍登記提供的此人資料有誤：請由登記機關更正，或由主管機關登記此人。",
	}
}

// language is one of those that the pages speak.
func language(given string) string {
	switch given {
	case "zh-Hans", "zh-Hant":
		return given
	}
	return "en"
}
