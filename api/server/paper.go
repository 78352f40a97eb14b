package server

import (
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
	member, err := health.ParsePersonID(c.Param("member"))
	if err != nil {
		return errNoMember
	}
	code, err := s.config.Wallet.NewPrint(c.Request().Context(), who.Person, member, s.now())
	if err != nil {
		return walletProblem(err)
	}
	text := credential.Text(code)
	claims, err := claimsOf(text)
	if err != nil {
		return err
	}
	at := "/v1/wallet/paper/" + member.String()
	c.Response().Header().Set("Location", at+".png")
	return sendPrivate(c, http.StatusCreated, api.Print{
		Member: member.String(), Code: text, IssuedAt: time.Unix(claims.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(),
		PNG: at + ".png", SVG: at + ".svg",
	})
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
	member, err := health.ParsePersonID(name)
	if err != nil {
		return errNoMember
	}
	code, err := s.config.Wallet.Print(c.Request().Context(), who.Person, member, s.now())
	if err != nil {
		return walletProblem(err)
	}
	text := credential.Text(code)
	claims, err := claimsOf(text)
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
