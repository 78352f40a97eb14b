package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
	"healthcode.example/wallet/symbol"
)

// makePrint answers POST /v1/wallet/paper/{member}: a new paper code, and the end of the former.
func (s *Server) makePrint(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	code, err := s.config.Wallet.NewPrint(c.Request().Context(), who.Person, member, s.now())
	if err != nil {
		return walletProblem(err)
	}
	return sendPrint(c, member.String(), code, "/v1/wallet/paper/"+member.String())
}

// sendPrint answers with a fresh paper code; at is where it is drawn, empty for nowhere.
func sendPrint(c *echo.Context, member string, code []byte, at string) error {
	text := credential.Text(code)
	claims, err := claimsOf(text)
	if err != nil {
		return err
	}
	out := api.Print{Member: member, Code: text, IssuedAt: time.Unix(claims.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC()}
	if at != "" {
		out.PNG, out.SVG = at+".png", at+".svg"
		c.Response().Header().Set("Location", out.PNG)
	}
	return sendPrivate(c, http.StatusCreated, out)
}

// endPrint answers DELETE /v1/wallet/paper/{member}: the paper was lost.
func (s *Server) endPrint(c *echo.Context, who wallet.Session) error {
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	ctx, at := c.Request().Context(), s.now()
	family, err := s.config.Wallet.Family(ctx, who.Person, at)
	if err != nil {
		return walletProblem(err)
	}
	if !slices.ContainsFunc(family, func(m wallet.Member) bool { return m.Person.ID == member }) {
		return errNoMember
	}
	if err := s.config.Wallet.EndPrint(ctx, member, at); err != nil {
		return walletProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// printOf asks the wallet for the member's print, a new one or the one in force, and reads what it says.
func (s *Server) printOf(
	c *echo.Context, who wallet.Session, member string, ask func(ctx context.Context, by, member health.PersonID, at time.Time) ([]byte, error),
) (text string, claims *credential.Claims, err error) {
	id, err := health.ParsePersonID(member)
	if err != nil {
		return "", nil, errNoMember
	}
	code, err := ask(c.Request().Context(), who.Person, id, s.now())
	if err != nil {
		return "", nil, walletProblem(err)
	}
	text = credential.Text(code)
	claims, err = claimsOf(text)
	return text, claims, err
}

// drawing is how a symbol is drawn for a file's name.
type drawing struct {
	mediaType string
	draw      func(*symbol.Symbol) ([]byte, error)
}

var drawings = map[string]drawing{
	"png": {"image/png", func(s *symbol.Symbol) ([]byte, error) { return s.PNG(modulePixels) }},
	"svg": {"image/svg+xml", func(s *symbol.Symbol) ([]byte, error) { return s.SVG(), nil }},
}

// drawPrint answers GET /v1/wallet/paper/{member}.png and .svg: the print in force, as it was made.
func (s *Server) drawPrint(c *echo.Context, who wallet.Session) error {
	name, format, _ := strings.Cut(c.Param("member"), ".")
	d, ok := drawings[format]
	if !ok {
		return api.NewProblem(api.CodeNotFound, "a paper code is drawn as .png or .svg")
	}
	text, claims, err := s.printOf(c, who, name, s.config.Wallet.Print)
	if err != nil {
		return err
	}
	if s.now().Unix() >= claims.ExpiresAt {
		return errPrintOver
	}
	qr, err := symbol.New(text)
	if err != nil {
		return err
	}
	picture, err := d.draw(qr)
	if err != nil {
		return err
	}
	// The browser may keep it, but must ask each time whether it still holds.
	return sendDocument(c, newDocument(picture), d.mediaType, "private, no-cache")
}
