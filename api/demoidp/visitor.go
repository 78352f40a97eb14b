package demoidp

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Visitor plays a browser before the pages of a log-in, for programs that show or test the demonstration: it chooses a person and a method at the demo
// identity provider, and accepts what there is to accept. It keeps cookies as a browser does for its own machine, also Secure
// ones over plain HTTP, and talks to one host only.
type Visitor struct {
	HTTP   *http.Client // its redirects are not followed by itself; zero: http.DefaultClient
	Person string       // name on the provider's page
	Method string       // face, liveness, payment, others or password
	Accept bool         // accept the agreement, or the guardian, when it is shown

	cookies map[string]string
}

// maxSteps bounds the pages of one log-in.
const maxSteps = 12

// ErrNotAccepted says that something was shown that has to be accepted first.
var ErrNotAccepted = errors.New("there is something to accept first: read it in a browser, or accept it with this request")

// Visit begins at address and goes on until it is sent to an address that begins with end, which is returned, or to a page without a form,
// whose text is returned with an empty address when end is empty.
func (v *Visitor) Visit(ctx context.Context, address, end string) (reached, text string, err error) {
	v.cookies = make(map[string]string)
	method, form := http.MethodGet, url.Values(nil)
	for range maxSteps {
		status, next, page, err := v.step(ctx, method, address, form)
		switch {
		case err != nil:
			return "", "", err
		case next != "" && end != "" && strings.HasPrefix(next, end):
			return next, "", nil
		case next != "":
			method, address, form = http.MethodGet, next, nil
			continue
		case status != http.StatusOK:
			return "", "", fmt.Errorf("log in: the service answers %d: %s", status, plain(page))
		}
		action, fields, err := v.fill(page)
		if err != nil {
			return "", "", err
		}
		if action == "" {
			if end != "" {
				return "", "", fmt.Errorf("log in: it ended on a page of its own: %s", plain(page))
			}
			return "", plain(page), nil
		}
		if address, err = resolve(address, action); err != nil {
			return "", "", err
		}
		method, form = http.MethodPost, fields
	}
	return "", "", fmt.Errorf("log in: more than %d pages: is it the demo identity provider?", maxSteps)
}

// step makes one request; next is where it redirects to.
func (v *Visitor) step(ctx context.Context, method, address string, form url.Values) (status int, next, page string, err error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, "", "", fmt.Errorf("log in: %w", err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	client := http.Client{}
	if v.HTTP != nil {
		client = *v.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", "", fmt.Errorf("log in: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // read as far as it matters
	for _, c := range answer.Cookies() {
		v.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		next, err = resolve(address, answer.Header.Get("Location"))
		return answer.StatusCode, next, "", err
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, "", string(b), err
}

func resolve(base, ref string) (string, error) {
	b, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	r, err := b.Parse(html.UnescapeString(ref))
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	return r.String(), nil
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	person     = regexp.MustCompile(`name="person" value="(\d+)"[^>]*> ([^<]*?) ·`)
	accept     = regexp.MustCompile(`<button name="accept" value="([^"]+)"`)
	tags       = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
)

// fill answers the form of a page; an empty action is a page without one.
func (v *Visitor) fill(page string) (action string, fields url.Values, err error) {
	found := formAction.FindStringSubmatch(page)
	if found == nil {
		return "", nil, nil
	}
	fields = make(url.Values)
	for _, f := range hidden.FindAllStringSubmatch(page, -1) {
		fields.Set(html.UnescapeString(f[1]), html.UnescapeString(f[2]))
	}
	if a := accept.FindStringSubmatch(page); a != nil {
		if !v.Accept {
			return "", nil, fmt.Errorf("%w: %s", ErrNotAccepted, plain(page))
		}
		fields.Set("accept", html.UnescapeString(a[1]))
		return found[1], fields, nil
	}
	var names []string
	for _, p := range person.FindAllStringSubmatch(page, -1) {
		name := html.UnescapeString(p[2])
		if names = append(names, name); name == v.Person {
			fields.Set("person", p[1])
		}
	}
	if fields.Get("person") == "" {
		return "", nil, fmt.Errorf("log in: the demo identity provider knows nobody of that name: it has %s", strings.Join(names, ", "))
	}
	fields.Set("method", v.Method)
	return found[1], fields, nil
}

// plain is the text of a page.
func plain(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}
