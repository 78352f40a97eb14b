package demoidp

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

// method is a way to have proved who one is, as the page offers it.
type method struct {
	Name  string
	Words []string // amr
	Text  string
}

// methods are those of the guide, and weaker ones, so that a refusal can be seen.
var methods = []method{
	{"face", []string{"face"}, "人脸识别 · 人臉識別 · face recognition"},
	{"liveness", []string{"face", "liveness"}, "人脸识别与活体检测 · 人臉識別與活體檢測 · face recognition with liveness"},
	{"payment", []string{"payment_password", "own_account"}, "本人账户支付密码 · 本人賬戶支付密碼 · payment password of one's own account"},
	{"others", []string{"payment_password"}, "他人账户支付密码 · 他人賬戶支付密碼 · payment password of somebody else's account (refused)"},
	{"password", []string{"pwd"}, "普通密码 · 普通密碼 · a password only (refused)"},
}

var page = template.Must(template.New("choose").Parse(`<!doctype html>
<html lang="zh-Hans">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>演示登录 · 演示登入 · Demo log-in</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}.demo{border:3px solid;padding:.5rem 1rem}label{display:block;padding:.2rem 0}button{font:inherit;padding:.5rem 1rem}</style>
<h1>演示登录 · 演示登入 · Demo log-in</h1>
<p class="demo"><strong>DEMO.</strong> 这里什么也不核验，其中的人都不存在。這裏甚麼也不核驗，其中的人都不存在。 Nothing is checked here, and nobody in the list exists.</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="request" value="{{.Request}}">
<fieldset><legend>您是谁 · 您是誰 · Who are you?</legend>
{{range $i, $p := .People}}<label><input type="radio" name="person" value="{{$i}}"{{if eq $i 0}} checked{{end}}> {{$p.Name}} · {{$p.Document.Type}}{{range $p.Roles}} · {{.}}{{end}}</label>
{{end}}</fieldset>
<fieldset><legend>怎样核验 · 怎樣核驗 · How was it proved?</legend>
{{range $i, $m := .Methods}}<label><input type="radio" name="method" value="{{$m.Name}}"{{if eq $i 0}} checked{{end}}> {{$m.Text}}</label>
{{end}}</fieldset>
<p><button>继续 · 繼續 · Continue</button></p>
</form>
</html>
`))

// choose shows who there is to be.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("request")
	if q, err := p.open.get(id); err != nil || q.done {
		http.Error(w, errNoRequest.Error(), http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	data := struct {
		Action, Request string
		People          []Person
		Methods         []method
	}{Path + "/choose", id, p.people, methods}
	_ = page.Execute(w, data) // the visitor is gone, if anything
}

// chosen takes the choice and goes on.
func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	person, err := strconv.Atoi(r.FormValue("person"))
	if err != nil || person < 0 || person >= len(p.people) {
		http.Error(w, "choose a person of the list", http.StatusBadRequest)
		return
	}
	for i := range methods {
		if !strings.EqualFold(methods[i].Name, r.FormValue("method")) {
			continue
		}
		id := r.FormValue("request")
		if err := p.open.choose(id, person, subjectOf(&p.people[person]), &methods[i]); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		http.Redirect(w, r, p.callbackOf(id), http.StatusSeeOther)
		return
	}
	http.Error(w, "choose a method of the list", http.StatusBadRequest)
}
