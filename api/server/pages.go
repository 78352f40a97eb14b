package server

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/api/login"
)

const pageHead = `<!doctype html>
<html lang="zh-Hans">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>健康码 · 健康碼 · Health code</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}p{white-space:pre-line}</style>
`

var (
	choicePage = page("choice", `<h1>登录 · 登入 · Log in</h1>
<ul>
{{range .}}<li><a href="{{.Address}}">{{range .Titles}}{{.}} {{else}}{{.Name}}{{end}}</a>
{{end}}</ul>
`)
	agreementPage = page("agreement", `<h1>用户协议 · 用戶協議 · Agreement</h1>
<section lang="zh-Hans"><p>{{index .Text "zh-Hans"}}</p></section>
<section lang="zh-Hant"><p>{{index .Text "zh-Hant"}}</p></section>
<section lang="en"><p>{{index .Text "en"}}</p></section>
<form method="post" action="/v1/login/agreement">
<p><button name="accept" value="{{.Version}}">同意 · 同意 · I accept</button> <button name="accept" value="">不同意 · 不同意 · I do not</button></p>
</form>
`)
	checkPage = page("check", `<h1>监护人 · 監護人 · Guardian</h1>
<p lang="zh-Hans">{{.Guardian}} 请求代为持有您的健康码（您是对方的{{index .Relation "zh-Hans"}}）。同意后，对方可以出示您的健康码并查看其记录；您可以随时撤销。</p>
<p lang="zh-Hant">{{.Guardian}} 請求代為持有您的健康碼（您是對方的{{index .Relation "zh-Hant"}}）。同意後，對方可以出示您的健康碼並查看其記錄；您可以隨時撤銷。</p>
<p lang="en">{{.Guardian}} asks to hold your health code (you are their {{index .Relation "en"}}). If you accept, they can show your code and read its history; you can end it at any time.</p>
<form method="post" action="/v1/login/agreement">
<p><button name="accept" value="guardian">同意 · 同意 · I accept</button> <button name="accept" value="">不同意 · 不同意 · I do not</button></p>
</form>
`)
	visitPage = page("visit", `<h1>打印纸质码 · 列印紙質碼 · Print a paper code</h1>
<p lang="zh-Hans">同意后，您所在的自助终端可在 15 分钟内为您打印纸质码；此前的纸质码随即失效。若您不在自助终端旁，请勿同意。</p>
<p lang="zh-Hant">同意後，您所在的自助終端可在 15 分鐘內為您列印紙質碼；此前的紙質碼隨即失效。若您不在自助終端旁，請勿同意。</p>
<p lang="en">If you accept, the kiosk at which you stand can print a paper code for you within 15 minutes; an earlier one ends then. If you stand at no kiosk, do not accept.</p>
<form method="post" action="/v1/login/agreement">
<p><button name="accept" value="paper">同意 · 同意 · I accept</button> <button name="accept" value="">不同意 · 不同意 · I do not</button></p>
</form>
`)
	donePage = page("done", `<h1>已完成 · 已完成 · Done</h1>
<p>可以关闭此页面。可以關閉此頁面。 You can close this page.</p>
`)
	problemPage = page("problem", `<h1>{{.Hans}} · {{.Hant}} · {{.Problem.Title}}</h1>
{{with .Says}}<p lang="zh-Hans">{{index . 0}}</p>
<p lang="zh-Hant">{{index . 1}}</p>
{{end}}<p lang="en">{{.Problem.Detail}}</p>
{{with .Again}}<p><a href="{{.}}">重新登录 · 重新登入 · Begin again</a></p>
{{end}}<p><small>{{.Problem.Code}}</small></p>
`)
)

func page(name, body string) *template.Template {
	return template.Must(template.New(name).Parse(pageHead + body + "</html>\n"))
}

// spoken are the titles of what can happen to a person at a log-in, in the languages beside the table's own.
var spoken = map[api.Code][2]string{
	api.CodeUnauthorized:   {"没有登录", "沒有登入"},
	api.CodeLoginOver:      {"登录已结束或已超时", "登入已結束或已逾時"},
	api.CodeLoginRefused:   {"身份未能核验", "身份未能核驗"},
	api.CodeLoginMethod:    {"此证件需要其他核验方式", "此證件需要其他核驗方式"},
	api.CodeLoginBarred:    {"此人不能登录", "此人不能登入"},
	api.CodeOtherPerson:    {"证件与档案不符", "證件與檔案不符"},
	api.CodeIncomplete:     {"资料不足", "資料不足"},
	api.CodeInternal:       {"服务出错，请稍后再试", "服務出錯，請稍後再試"},
	api.CodeProviderDown:   {"身份核验服务暂时不可用", "身份核驗服務暫時不可用"},
	api.CodeRegisterDown:   {"户籍登记系统暂时不可用", "戶籍登記系統暫時不可用"},
	api.CodeConsent:        {"尚未同意", "尚未同意"},
	api.CodeNotProven:      {"监护关系未能证明", "監護關係未能證明"},
	api.CodeTooOften:       {"尝试过多，请稍后再试", "嘗試過多，請稍後再試"},
	api.CodeRevoked:        {"监护关系已被撤销", "監護關係已被撤銷"},
	api.CodeMemberNotFound: {"查无此人", "查無此人"},
	api.CodeGuardianExists: {"此人已在家庭成员中", "此人已在家庭成員中"},
	api.CodeTooMany:        {"数量已达上限", "數量已達上限"},
	api.CodeMinorGuardian:  {"监护人未满十八周岁", "監護人未滿十八周歲"},
}

// saidProblem is a problem that says in all three languages how to go on.
type saidProblem struct {
	*api.Problem
	hans, hant string
}

// Unwrap lets the problem be found.
func (p *saidProblem) Unwrap() error { return p.Problem }

func (p *saidProblem) say() (hans, hant string) { return p.hans, p.hant }

// forPeople lets errors be pages where it is a browser that asks, and keeps addresses with secrets from the next site.
func forPeople(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		h := c.Response().Header()
		h["Cache-Control"] = noStore
		h.Set("Referrer-Policy", "no-referrer")
		err := handle(c)
		problem := api.ProblemOf(err)
		if err == nil || !wantsPage(c) {
			return err
		}
		if problem == nil { // what failed goes to the log, and the person reads that something did
			if r, errWriter := echo.UnwrapResponse(c.Response()); errWriter == nil && !r.Committed {
				_ = showProblem(c, err, api.NewProblem(api.CodeInternal, ""))
			}
			return err
		}
		return showProblem(c, err, problem)
	}
}

// showProblem is the page of a problem, in three languages as far as there are words.
func showProblem(c *echo.Context, err error, problem *api.Problem) error {
	data := struct {
		Hans, Hant string
		Says       []string
		Again      string
		Problem    *api.Problem
	}{"出错了", "出錯了", nil, "/v1/login", problem}
	if words, ok := spoken[problem.Code]; ok {
		data.Hans, data.Hant = words[0], words[1]
	}
	var said interface {
		error
		say() (hans, hant string)
	}
	if errors.As(err, &said) {
		hans, hant := said.say()
		data.Says = []string{hans, hant}
	}
	if address, ok := c.Get(beginAgain).(string); ok {
		data.Again = address
	}
	return writePage(c, problem.Status, problemPage, data)
}

// beginAgain is where the context has the address at which this very log-in begins anew; empty: it does not.
const beginAgain = "begin-again"

// again is that address.
func again(p login.Purpose) string {
	q := make(url.Values)
	for name, value := range map[string]string{"return": p.Return, "code_challenge": p.Challenge, "state": p.State, "check": p.Check, "lang": p.Language} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/v1/login?" + q.Encode()
}

func (s *Server) sendPage(c *echo.Context, t *template.Template, data any) error {
	return writePage(c, http.StatusOK, t, data)
}

func writePage(c *echo.Context, status int, t *template.Template, data any) error {
	b := takeBuffer()
	defer giveBuffer(b)
	if err := t.Execute(b, data); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	return sendBytes(c, status, []string{"text/html; charset=utf-8"}, b.Bytes())
}

// showChoices lists the providers; each link says again what the log-in is for.
func (s *Server) showChoices(c *echo.Context, all []login.Choice) error {
	type choice struct {
		Name, Address string
		Titles        []string
	}
	var shown []choice
	for _, p := range all {
		q := url.Values{"provider": {p.Name}}
		for _, name := range []string{"return", "code_challenge", "state", "check", "lang"} {
			if v := c.Request().URL.Query().Get(name); v != "" {
				q.Set(name, v)
			}
		}
		one := choice{Name: p.Name, Address: "/v1/login?" + q.Encode()}
		for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
			if title := p.Title[language]; title != "" {
				one.Titles = append(one.Titles, title)
			}
		}
		shown = append(shown, one)
	}
	return s.sendPage(c, choicePage, shown)
}
