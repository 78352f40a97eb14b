package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"healthcode.example/trust"
	"healthcode.example/wallet/refresh"
)

// Client calls the service. Its errors are *Problem when the service answered with one. It is safe for concurrent use.
type Client struct {
	Base  string       // address of the service, such as https://code.example
	HTTP  *http.Client // zero: http.DefaultClient, which has no timeout
	Token string       // of a session, for the routes of the wallet and of staff; zero: none
}

// maxAnswer bounds every answer but the bundle.
const maxAnswer = 4 << 20

// Verify asks for the verdict on one code.
func (c *Client) Verify(ctx context.Context, code string) (Result, error) {
	type one struct {
		Code string `json:"code"` // also when it is empty: that has a verdict too
	}
	out, err := c.verify(ctx, one{code})
	if err == nil && out.Result == nil {
		err = errors.New("verify a code: the answer has no result")
	}
	if err != nil {
		return Result{}, err
	}
	return *out.Result, nil
}

// VerifyAll asks for the verdicts of r, which has Codes; they come in that order.
func (c *Client) VerifyAll(ctx context.Context, r VerificationRequest) ([]Result, error) {
	out, err := c.verify(ctx, r)
	if err == nil && len(out.Results) != len(r.Codes) {
		err = fmt.Errorf("verify %d codes: the answer has %d results", len(r.Codes), len(out.Results))
	}
	return out.Results, err
}

func (c *Client) verify(ctx context.Context, r any) (out VerificationResponse, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/verifications", r, &out)
}

// Bundle loads the bundle unless tag, from an earlier call or empty, is still its entity tag: then the bundle is nil. Give
// it to trust.Update, which believes nothing of it but what follows from the pinned root.
func (c *Client) Bundle(ctx context.Context, tag string) (bundle []byte, newTag string, err error) {
	header := http.Header{}
	if tag != "" {
		header.Set("If-None-Match", tag)
	}
	answer, err := c.do(ctx, http.MethodGet, "/.well-known/healthcode/bundle", header, nil)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified {
		return nil, tag, nil
	}
	bundle, err = readAtMost(answer.Body, trust.MaxBundle)
	if err != nil {
		return nil, "", fmt.Errorf("load the bundle: %w", err)
	}
	return bundle, answer.Header.Get("ETag"), nil
}

// Family lists the caller's family.
func (c *Client) Family(ctx context.Context) (out Family, err error) {
	return out, c.exchange(ctx, http.MethodGet, "/v1/wallet/family", nil, &out)
}

// AddDevice registers a telephone.
func (c *Client) AddDevice(ctx context.Context, r DeviceRequest) (out Device, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/wallet/devices", r, &out)
}

// Codes fetches fresh codes of the family by a request that the device has signed, see refresh.Request.
func (c *Client) Codes(ctx context.Context, signed []byte) (out CodesResponse, err error) {
	header := http.Header{"Content-Type": {refresh.MediaType}}
	return out, c.ask(ctx, http.MethodPost, "/v1/wallet/codes", header, bytes.NewReader(signed), &out)
}

// NewPrint makes a paper code for a member of the family and ends the former. With a document it can be compared with one, by the
// second symbol behind its fold: a type such as resident-id where the member has several, "true" for the one that is known first; empty for none.
func (c *Client) NewPrint(ctx context.Context, member, document string) (out Print, err error) {
	path := "/v1/wallet/paper/" + url.PathEscape(member)
	if document != "" {
		path += "?" + url.Values{"document": {document}}.Encode()
	}
	return out, c.exchange(ctx, http.MethodPost, path, nil, &out)
}

// Sheet is how a page is laid out; the zero value is A4 with simplified Chinese first.
type Sheet struct {
	Card     bool
	Language string // zh-Hans, zh-Hant or en, which stands first
}

// DrawPrint loads the print in force: the symbol as png or svg, or the sheet to be printed as pdf or html.
func (c *Client) DrawPrint(ctx context.Context, member, format string, sheet Sheet) ([]byte, error) {
	q := url.Values{}
	if sheet.Card {
		q.Set("sheet", "card")
	}
	if sheet.Language != "" {
		q.Set("lang", sheet.Language)
	}
	path := "/v1/wallet/paper/" + url.PathEscape(member+"."+format)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	answer, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return readAtMost(answer.Body, maxAnswer)
}

func (c *Client) exchange(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	header := http.Header{}
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(b)
		header.Set("Content-Type", "application/json")
	}
	return c.ask(ctx, method, path, header, body, out)
}

// ask sends a request and reads the JSON that comes.
func (c *Client) ask(ctx context.Context, method, path string, header http.Header, body io.Reader, out any) error {
	answer, err := c.do(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := readAtMost(answer.Body, maxAnswer)
	if err == nil {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return nil
}

// forCaller says whether a route wants to know who calls. The token goes nowhere else.
func forCaller(path string) bool {
	return strings.HasPrefix(path, "/v1/wallet/") || strings.HasPrefix(path, "/v1/staff/") || path == "/v1/session"
}

// do sends a request; the answer is one of success or 304, and its body must be closed.
func (c *Client) do(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Base, "/")+path, body)
	if err != nil {
		return nil, fmt.Errorf("call the service: %w", err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if c.Token != "" && forCaller(path) {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("call the service: %w", err)
	}
	if answer.StatusCode < 300 || answer.StatusCode == http.StatusNotModified {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, problemFrom(answer)
}

// problemFrom reads an error; one that is no problem, say of a proxy, keeps its status.
func problemFrom(answer *http.Response) error {
	b, err := readAtMost(answer.Body, maxAnswer)
	p := new(Problem)
	if err != nil || json.Unmarshal(b, p) != nil || p.Code == "" {
		return fmt.Errorf("the service answered %s and no problem: is the address the service's own?", answer.Status)
	}
	return p
}

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return b, err
}
