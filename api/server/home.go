package server

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
)

// home is the page at /: what this is and which addresses to try.
var home = template.Must(template.New("home").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Health code service</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}code{background:#eee;padding:0 .2em}.demo{border:3px solid;padding:.5rem 1rem}</style>
<h1>Health code service{{with .Region}} of {{.}}{{end}}</h1>
{{if .Demo}}<p class="demo"><strong>DEMO.</strong> One machine holds every key here. No real gate accepts these codes.</p>
{{end}}<p>It issues health codes and says whether a code is good. A gate needs no network for that: it keeps the bundle and checks by itself.</p>
<ul>
<li><a href="/.well-known/healthcode/bundle">/.well-known/healthcode/bundle</a>: what a gate needs{{with .Version}}, snapshot {{.}}{{end}}
<li><a href="/.well-known/healthcode/root">/.well-known/healthcode/root</a>: the root to pin{{with .Fingerprint}}, fingerprint<br><code>{{.}}</code>{{end}}
<li><a href="/.well-known/jwks.json">/.well-known/jwks.json</a> and <a href="/.well-known/cose-keys">/.well-known/cose-keys</a>: the keys alone, which know nothing of revoked codes
<li><a href="/.well-known/healthcode/keys.jws">/.well-known/healthcode/keys.jws</a>: the keys in a signed list, which names the status lists at <code>/.well-known/healthcode/status/</code>, for partners
<li><code>POST /v1/verifications</code> with <code>{"code":"YK1:…"}</code>: a verdict
<li><a href="/v1/login">登录 · 登入 · Log in</a>, then <a href="/v1/wallet/family">/v1/wallet/family</a>, <a href="/v1/wallet/devices">devices</a>, <a href="/v1/wallet/guardians">guardians</a>: the wallet
<li><a href="/openapi.yaml">/openapi.yaml</a>: all of it in detail
<li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/metrics">/metrics</a>: for whoever runs it
</ul>
</html>
`))

type homePage struct {
	Demo                bool
	Region, Fingerprint string
	Version             uint64
}

func (s *Server) getHome(c *echo.Context) error {
	page := homePage{Demo: s.config.Demo}
	if p := s.published.Load(); p.bundle != nil {
		page.Demo = page.Demo || p.bundle.Root().Demo
		page.Region, page.Fingerprint, page.Version = p.bundle.KeyList().Region, p.fingerprint, p.bundle.Version()
	}
	b := takeBuffer()
	defer giveBuffer(b)
	if err := home.Execute(b, page); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	return sendBytes(c, http.StatusOK, []string{"text/html; charset=utf-8"}, b.Bytes())
}

var openAPI = newDocument(api.OpenAPI)

func getOpenAPI(c *echo.Context) error {
	return sendDocument(c, openAPI, "application/yaml", "public, max-age=300")
}
