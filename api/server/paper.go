package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet/symbol"
)

// makePrint answers POST /v1/wallet/paper/{member}: a new paper code, and the end of the former.
func (s *Server) makePrint(c *echo.Context, who Caller) error {
	member := c.Param("member")
	text, claims, err := s.printOf(c, who, member, s.config.Wallet.NewPrint)
	if err != nil {
		return err
	}
	at := "/v1/wallet/paper/" + member
	c.Response().Header().Set("Location", at+".png")
	return sendPrivate(c, http.StatusCreated, api.Print{
		Member: member, Code: text, IssuedAt: time.Unix(claims.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(),
		PNG: at + ".png", SVG: at + ".svg",
	})
}

// printOf asks the wallet for the member's print, a new one or the one in force, and reads what it says.
func (s *Server) printOf(
	c *echo.Context, who Caller, member string, ask func(ctx context.Context, by, member health.PersonID, at time.Time) ([]byte, error),
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
func (s *Server) drawPrint(c *echo.Context, who Caller) error {
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
