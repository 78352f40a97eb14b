package server_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/wallet"
	"healthcode.example/wallet/refresh"
)

// description is openapi.yaml as a tree.
type description map[string]any

func readDescription(t *testing.T) description {
	t.Helper()
	var d map[string]any
	if err := yaml.Unmarshal(api.OpenAPI, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows names from the top; a reference on the way is followed too.
func (d description) at(names ...string) map[string]any {
	var here any = map[string]any(d)
	for _, name := range names {
		m, _ := here.(map[string]any)
		here = d.resolve(m[name])
	}
	m, _ := here.(map[string]any)
	return m
}

func (d description) resolve(node any) any {
	m, ok := node.(map[string]any)
	if !ok {
		return node
	}
	if ref, ok := m["$ref"].(string); ok {
		return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return m
}

var methods = []string{"get", "post", "put", "patch", "delete", "head", "options"}

func TestEveryRouteIsDescribedAndEveryDescriptionHasItsRoute(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	registered := s.Routes()
	var described []string
	d := readDescription(t)
	for path := range d.at("paths") {
		for _, method := range methods {
			if d.at("paths", path, method) != nil {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	sort.Strings(registered)
	sort.Strings(described)
	if !slices.Equal(registered, described) {
		t.Errorf("the server has\n%s\nopenapi.yaml has\n%s", strings.Join(registered, "\n"), strings.Join(described, "\n"))
	}
}

func TestEveryReferenceOfTheDescriptionLeadsSomewhere(t *testing.T) {
	d := readDescription(t)
	for _, ref := range regexp.MustCompile(`\$ref: '#/([^']+)'`).FindAllStringSubmatch(string(api.OpenAPI), -1) {
		if d.at(strings.Split(ref[1], "/")...) == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
}

func TestTheDescriptionHasTheTableOfErrors(t *testing.T) {
	var want, got []string
	for code := range api.Codes() {
		want = append(want, string(code))
	}
	for _, code := range readDescription(t).at("components", "schemas", "Problem", "properties", "code")["enum"].([]any) {
		got = append(got, code.(string))
	}
	sort.Strings(want)
	sort.Strings(got)
	if !slices.Equal(want, got) {
		t.Errorf("the table has %v, openapi.yaml has %v", want, got)
	}
}

// TestAnswersAreAsDescribed calls every route, well and badly, and holds each answer against its description: status,
// media type and schema.
func TestAnswersAreAsDescribed(t *testing.T) {
	w := newWorld(t)
	v, d := w.variables(), readDescription(t)
	paper := "/v1/wallet/paper/" + v["guardian"]
	seen, worker := map[string]bool{}, w.logIn(workerNumber, wallet.CommunityWorker)
	kiosk, authority := w.logIn(workerNumber, wallet.Kiosk), w.logIn(workerNumber, wallet.Authority)
	for _, c := range []struct{ method, path, pattern, token, body string }{
		{"POST", "/v1/verifications", "", "", `{"code":"` + v["paper"] + `"}`},
		{"POST", "/v1/verifications", "", "", `{"codes":["` + v["bare"] + `","` + v["shown"] + `","x","HC1:","YK1:0","` + v["answered"] + `"]}`},
		{"POST", "/v1/verifications", "", "", `{"code":"` + v["answered"] + `","challenge":"` + v["challenge"] + `","document":{"type":"resident-id","number":"` + v["number"] + `"}}`},
		{"POST", "/v1/verifications", "", "", `{}`},
		{"GET", "/v1/wallet/family", "", w.token, ""},
		{"GET", "/v1/wallet/family", "", "", ""},
		{"POST", "/v1/wallet/devices", "", w.token, `{"key":` + v["jwk"] + `}`},
		{"POST", "/v1/wallet/devices", "", w.token, `{}`},
		{"POST", "/v1/wallet/codes", "", w.token, unhex(v["asked_document"])},
		{"POST", "/v1/wallet/codes", "", w.token, unhex(v["asked_household"])},
		{"POST", "/v1/wallet/codes", "", w.token, unhex(v["asked_unsigned"])},
		{"POST", "/v1/wallet/codes", "", w.token, `[]`},
		{"GET", paper + ".png", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"POST", paper, "/v1/wallet/paper/{member}", w.token, ""},
		{"POST", paper + "?document=true", "/v1/wallet/paper/{member}", w.token, ""},
		{"POST", paper + "?document=perhaps", "/v1/wallet/paper/{member}", w.token, ""},
		{"GET", paper + ".pdf?sheet=card&lang=en", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"GET", paper + ".html", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"GET", paper + ".html?lang=tlh", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"GET", "/v1/wallet/consent", "", w.token, ""},
		{"POST", "/v1/wallet/members/" + v["child"] + "/consent", "/v1/wallet/members/{member}/consent", w.token, `{"consent":"c1"}`},
		{"POST", "/v1/wallet/members/" + v["child"] + "/consent", "/v1/wallet/members/{member}/consent", w.token, `{"consent":"c0"}`},
		{"GET", paper + ".png", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"GET", paper + ".svg", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"GET", "/.well-known/healthcode/bundle", "", "", ""},
		{"GET", "/.well-known/healthcode/root", "", "", ""},
		{"GET", "/.well-known/healthcode/keys.jws", "", "", ""},
		{"GET", "/.well-known/healthcode/status/phone-20514.jwt", "/.well-known/healthcode/status/{list}.{format}", "", ""},
		{"GET", "/.well-known/healthcode/status/paper-20514.cwt", "/.well-known/healthcode/status/{list}.{format}", "", ""},
		{"GET", "/.well-known/healthcode/status/paper-1.cwt", "/.well-known/healthcode/status/{list}.{format}", "", ""},
		{"GET", "/.well-known/jwks.json", "", "", ""},
		{"GET", "/.well-known/cose-keys", "", "", ""},
		{"GET", "/openapi.yaml", "", "", ""},
		{"GET", "/healthz", "", "", ""},
		{"GET", "/readyz", "", "", ""},
		{"GET", "/metrics", "", "", ""},
		{"GET", "/", "", "", ""},
		{"GET", "/v1/login", "", "", ""},
		{"GET", "/v1/login?provider=other", "/v1/login", "", ""},
		{"GET", "/v1/login/callback", "", "", ""},
		{"GET", "/v1/login/agreement", "", "", ""},
		{"POST", "/v1/login/agreement", "", "", ""},
		{"POST", "/v1/sessions", "", "", `{"code":"x","verifier":"y"}`},
		{"GET", "/v1/wallet/devices", "", w.token, ""},
		{"DELETE", "/v1/wallet/devices", "", w.logIn(strangerNumber), ""},
		{"DELETE", "/v1/wallet/devices/00", "/v1/wallet/devices/{device}", w.token, ""},
		{"POST", "/v1/wallet/members", "", w.token, claimBody("household", babyNumber, "c1")},
		{"POST", "/v1/wallet/members", "", w.token, claimBody("household", strangersChildNumber, "c1")},
		{"POST", "/v1/wallet/members/check", "", w.token, claimBody("face", strangersChildNumber, "c1")},
		{"GET", "/v1/wallet/members/" + v["child"] + "/history", "/v1/wallet/members/{member}/history", w.token, ""},
		{"POST", "/v1/wallet/members/" + v["child"] + "/export", "/v1/wallet/members/{member}/export", w.token, ""},
		{"POST", "/v1/wallet/members/" + v["stranger"] + "/export", "/v1/wallet/members/{member}/export", w.token, ""},
		{"GET", "/v1/wallet/guardians", "", w.token, ""},
		{"DELETE", "/v1/wallet/guardians/" + v["stranger"], "/v1/wallet/guardians/{guardian}", w.token, ""},
		{"POST", "/v1/staff/people", "", w.token, "{}"},
		{"POST", "/v1/staff/people", "", worker, `{"document":{"type":"resident-id","number":"` + guardianNumber + `"}}`},
		{"POST", "/v1/staff/people", "", worker, `{"document":{"type":"resident-id","number":"` + babyNumber + `"}}`},
		{"POST", "/v1/staff/people", "", kiosk, `{"document":{"type":"resident-id","number":"` + guardianNumber + `"}}`},
		{"POST", "/v1/staff/people/" + v["stranger"] + "/paper", "/v1/staff/people/{person}/paper", kiosk, ""},
		{"POST", "/v1/staff/people/" + v["stranger"] + "/paper", "/v1/staff/people/{person}/paper", worker, ""},
		{"GET", "/v1/staff/people/" + v["stranger"] + "/paper.pdf", "/v1/staff/people/{person}/paper.{format}", worker, ""},
		{"GET", "/v1/staff/people/" + v["stranger"] + "/paper.doc", "/v1/staff/people/{person}/paper.{format}", worker, ""},
		{"DELETE", "/v1/staff/people/" + v["stranger"] + "/devices", "/v1/staff/people/{person}/devices", worker, ""},
		{"DELETE", "/v1/staff/people/" + v["stranger"] + "/paper", "/v1/staff/people/{person}/paper", worker, ""},
		{"DELETE", "/v1/staff/people/" + v["stranger"] + "/paper", "/v1/staff/people/{person}/paper", authority, ""},
		{"GET", "/v1/staff/people/" + v["child"] + "/guardians", "/v1/staff/people/{person}/guardians", authority, ""},
		{"GET", "/v1/staff/people/" + v["child"] + "/guardians", "/v1/staff/people/{person}/guardians", worker, ""},
		{"POST", "/v1/staff/people/" + v["child"] + "/guardians/" + v["stranger"] + "/revocation", "/v1/staff/people/{person}/guardians/{guardian}/revocation", authority, `{"reason":"court"}`},
		{"POST", "/v1/staff/people/" + v["child"] + "/guardians/" + v["guardian"] + "/revocation", "/v1/staff/people/{person}/guardians/{guardian}/revocation", authority, "{}"},
		{"GET", "/demo-idp/choose", "/demo-idp/{path}", "", ""},
		{"POST", "/demo-idp/choose", "/demo-idp/{path}", "", ""},
		{"POST", "infect", "", "", ""},
		{"GET", "/v1/wallet/family", "", w.token, ""},
		{"GET", paper + ".png", "/v1/wallet/paper/{member}.{format}", w.token, ""},
		{"DELETE", paper, "/v1/wallet/paper/{member}", w.token, ""},
		{"DELETE", paper, "/v1/wallet/paper/{member}", w.token, ""},
		{"POST", "/v1/staff/people/" + v["child"] + "/guardians/" + v["guardian"] + "/revocation", "/v1/staff/people/{person}/guardians/{guardian}/revocation", authority, `{"reason":"court"}`},
		{"DELETE", "/v1/wallet/members/" + v["child"], "/v1/wallet/members/{member}", w.token, ""},
		{"POST", "/v1/wallet/erasure", "", w.token, "{}"},
		{"POST", "/v1/wallet/erasure", "", w.token, `{"confirm":"erase"}`},
		{"DELETE", "/v1/session", "", w.logIn(strangerNumber), ""},
	} {
		if c.path == "infect" {
			w.infect(w.guardian)
			continue
		}
		if c.pattern == "" {
			c.pattern = c.path
		}
		seen[c.method+" "+c.pattern] = true
		status, header, body := w.call(c.method, c.path, c.token, c.body)
		if err := d.describes(c.method, c.pattern, status, header, body); err != nil {
			t.Errorf("%s %s: %d: %v\n%.800s", c.method, c.pattern, status, err, body)
		}
	}
	for _, r := range w.server.Routes() {
		if !seen[r] {
			t.Errorf("%s was not called", r)
		}
	}
}

// call makes one request.
// unhex is what the hexadecimal digits of a variable stand for.
func unhex(digits string) string {
	b, _ := hex.DecodeString(digits)
	return string(b)
}

func (w *world) call(method, path, token, body string) (int, http.Header, []byte) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	w.must(err)
	if strings.HasSuffix(path, "/codes") && !strings.HasPrefix(body, "[") {
		r.Header.Set("Content-Type", refresh.MediaType)
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := w.http.Do(r)
	w.must(err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	w.must(err)
	return answer.StatusCode, answer.Header, b
}

// describes says what of an answer is not in the description.
func (d description) describes(method, pattern string, status int, header http.Header, body []byte) error {
	response := d.at("paths", pattern, strings.ToLower(method), "responses", fmt.Sprint(status))
	if response == nil {
		return fmt.Errorf("the status is not described")
	}
	if response["content"] == nil && header.Get("Content-Type") == "" {
		return nil
	}
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	content, _ := response["content"].(map[string]any)
	media, ok := content[mediaType].(map[string]any)
	if !ok {
		return fmt.Errorf("the media type %s is not described", mediaType)
	}
	names, _ := response["headers"].(map[string]any)
	for name := range names {
		if header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	schema, ok := media["schema"]
	if !ok {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return d.check("body", d.resolve(schema).(map[string]any), value)
}

// check holds a value against as much of JSON Schema as openapi.yaml uses.
func (d description) check(where string, schema map[string]any, value any) error {
	if want, ok := schema["type"].(string); ok && want != typeOf(value) {
		return fmt.Errorf("%s is a %s, want %s", where, typeOf(value), want)
	}
	if want, ok := schema["const"]; ok && want != value {
		return fmt.Errorf("%s is %v, want %v", where, value, want)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		return fmt.Errorf("%s is %v, want one of %v", where, value, enum)
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value.(string)) {
		return fmt.Errorf("%s does not match %s", where, pattern)
	}
	switch value := value.(type) {
	case []any:
		for i, v := range value {
			if err := d.check(fmt.Sprintf("%s[%d]", where, i), d.resolve(schema["items"]).(map[string]any), v); err != nil {
				return err
			}
		}
	case map[string]any:
		return d.checkObject(where, schema, value)
	}
	return nil
}

func (d description) checkObject(where string, schema, value map[string]any) error {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			return fmt.Errorf("%s lacks %s", where, name)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, v := range value {
		property, ok := properties[name]
		if !ok {
			property = schema["additionalProperties"]
			if property == false {
				return fmt.Errorf("%s has %s, which is not described", where, name)
			}
		}
		if s, ok := d.resolve(property).(map[string]any); ok {
			if err := d.check(where+"."+name, s, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func typeOf(value any) string {
	switch v := value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return "null"
}
