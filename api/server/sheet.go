package server

import (
	"slices"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/wallet"
	"healthcode.example/wallet/paper"
	"healthcode.example/wallet/symbol"
)

// drawing is how a paper code is drawn for a file's name.
type drawing struct {
	mediaType string
	whole     bool // a sheet to be printed; else the symbol alone
	draw      func(paper.Sheet) ([]byte, error)

	format   paper.Format // as the query asks
	language paper.Language
}

var drawings = map[string]drawing{
	"png": {mediaType: "image/png", draw: func(p paper.Sheet) ([]byte, error) {
		s, err := symbol.New(p.Code)
		if err != nil {
			return nil, err
		}
		return s.PNG(modulePixels)
	}},
	"svg": {mediaType: "image/svg+xml", draw: func(p paper.Sheet) ([]byte, error) {
		s, err := symbol.New(p.Code)
		if err != nil {
			return nil, err
		}
		return s.SVG(), nil
	}},
	"pdf":  {mediaType: "application/pdf", whole: true, draw: paper.PDF},
	"html": {mediaType: "text/html; charset=utf-8", whole: true, draw: paper.Page},
}

// askedSheet is what a request wants drawn: it is judged before anything is drawn, and told as drawn.
func askedSheet(c *echo.Context, format string) (d drawing, err error) {
	d, ok := drawings[format]
	if !ok {
		return d, api.NewProblem(api.CodeNotFound, "a paper code is drawn as .pdf or .html to be printed, or its symbol as .png or .svg")
	}
	d.format, d.language, err = layout(c, d)
	return d, err
}

// sendDrawn draws the paper code that is asked for, which its history tells; but not where the caller has this very drawing already (304).
func (s *Server) sendDrawn(c *echo.Context, r wallet.DrawRequest, d drawing, problem func(error) error) error {
	ctx := c.Request().Context()
	if !d.whole && len(c.Request().Header.Values("If-None-Match")) > 0 {
		made, had, err := s.config.Wallet.PeekPaper(ctx, r, s.now())
		if err != nil {
			return problem(err)
		}
		if had && s.unchanged(c, made, d) {
			return s.sendSheet(c, made, d)
		}
		c.Request().Header.Del("If-None-Match") // what is told is sent
	}
	made, err := s.config.Wallet.DrawPaper(ctx, r, s.now())
	if err != nil {
		return problem(err)
	}
	return s.sendSheet(c, made, d)
}

// unchanged says whether the caller has the drawing of this paper code.
func (s *Server) unchanged(c *echo.Context, made wallet.Paper, d drawing) bool {
	drawn, err := d.draw(paper.Sheet{Code: credential.Text(made.Code)})
	return err == nil && matches(c.Request().Header.Values("If-None-Match"), newDocument(drawn).tag)
}

// sendSheet draws a paper code. Sheets take time and memory: few are drawn at once, and a request waits for its turn as long as its caller does.
func (s *Server) sendSheet(c *echo.Context, made wallet.Paper, d drawing) error {
	sheet := paper.Sheet{Code: credential.Text(made.Code), Help: s.config.Help, Format: d.format, Language: d.language}
	claims, err := claimsOf(sheet.Code)
	if err != nil {
		return err
	}
	if s.now().Unix() >= claims.ExpiresAt {
		return errPrintOver
	}
	sheet.Salt = made.SaltText()
	if d.whole {
		select {
		case s.sheets <- struct{}{}:
			defer func() { <-s.sheets }()
		case <-c.Request().Context().Done():
			return c.Request().Context().Err()
		}
	}
	drawn, err := d.draw(sheet)
	if err != nil {
		return err
	}
	if d.whole { // it holds the salt: nobody between keeps it
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
		h["Cache-Control"] = noStore
		return sendBytes(c, 200, []string{d.mediaType}, drawn)
	}
	// The browser may keep it, but must ask each time whether it still holds.
	return sendDocument(c, newDocument(drawn), d.mediaType, "private, no-cache")
}

// layout is what the query asks of a sheet.
func layout(c *echo.Context, d drawing) (paper.Format, paper.Language, error) {
	format, language := paper.Format(c.QueryParam("sheet")), paper.Language(c.QueryParam("lang"))
	switch {
	case !d.whole && (format != "" || language != ""):
		return "", "", api.NewProblem(api.CodeInvalidRequest, "sheet and lang go with .pdf and .html only")
	case format != "" && format != paper.A4 && format != paper.Card:
		return "", "", api.NewProblem(api.CodeInvalidRequest, "sheet: want a4 or card")
	case language != "" && !slices.Contains(paper.Languages, language):
		return "", "", api.NewProblem(api.CodeInvalidRequest, "lang: want zh-Hans, zh-Hant or en")
	}
	return format, language, nil
}
