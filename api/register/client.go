// Package register asks a province's population register over HTTP; its
// interface is described in docs/register.openapi.yaml.
package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

var _ wallet.Register = (*Client)(nil)

// Limits and defaults.
const (
	DefaultFloor   = 500 * time.Millisecond
	DefaultTimeout = 10 * time.Second
	maxAnswer      = 64 << 10
)

// ErrUnavailable says that the register could not be asked or gave no answer
// that could be read. It never says what was asked.
var ErrUnavailable = errors.New("the register cannot be asked now: try again later")

// Config is where the register is and how it is asked.
type Config struct {
	Base    string        // https, such as https://register.example/v1; http for this machine only
	Token   string        // bearer token; empty: none is sent, as where client certificates are used
	HTTP    *http.Client  // its transport and certificates; nil: the default transport. Redirects and cookies are never taken
	Floor   time.Duration // every answer takes at least this long; zero: DefaultFloor
	Timeout time.Duration // of one question, above Floor; zero: DefaultTimeout
}

// Client is a wallet.Register. Every question takes Floor, however soon the
// register answers and whatever it says; one that takes longer has taken so in
// the register, which its description obliges to one duration too. It is safe
// for concurrent use.
type Client struct {
	base    *url.URL
	token   string
	http    *http.Client
	floor   time.Duration
	timeout time.Duration
}

// New checks the configuration.
func New(c Config) (*Client, error) {
	base, err := api.SafeAddress(c.Base)
	if err != nil {
		return nil, fmt.Errorf("use a register: its address: %w", err)
	}
	if c.Floor == 0 {
		c.Floor = DefaultFloor
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Floor < 0 || c.Timeout <= c.Floor {
		return nil, errors.New("use a register: the timeout must be above the floor")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.HTTP != nil {
		client.Transport = c.HTTP.Transport
	}
	return &Client{base: base, token: c.Token, http: &client, floor: c.Floor, timeout: c.Timeout}, nil
}

// Household implements wallet.Register.
func (c *Client) Household(ctx context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	return c.ask(ctx, "household", question{Guardian: wire(guardian), Member: wire(member)})
}

// Parent implements wallet.Register.
func (c *Client) Parent(ctx context.Context, guardian, certificate wallet.Document) (wallet.RegisterEntry, error) {
	return c.ask(ctx, "parent", question{Guardian: wire(guardian), Member: wire(certificate)})
}

// Person implements wallet.Register.
func (c *Client) Person(ctx context.Context, d wallet.Document) (wallet.RegisterEntry, error) {
	return c.ask(ctx, "person", question{Member: wire(d)})
}

// ask waits for the floor whatever comes; it ends sooner only with ctx.
func (c *Client) ask(ctx context.Context, what string, q question) (wallet.RegisterEntry, error) {
	floor := time.NewTimer(c.floor)
	defer floor.Stop()
	entry, err := c.post(ctx, what, q)
	select {
	case <-floor.C:
	case <-ctx.Done():
		return wallet.RegisterEntry{}, ctx.Err()
	}
	return entry, err
}

func (c *Client) post(ctx context.Context, what string, q question) (wallet.RegisterEntry, error) {
	none := wallet.RegisterEntry{}
	body, err := json.Marshal(q)
	if err != nil {
		return none, fmt.Errorf("%w (the question could not be written)", ErrUnavailable)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(what).String(), bytes.NewReader(body))
	if err != nil {
		return none, fmt.Errorf("%w (its address cannot be used)", ErrUnavailable)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return none, fmt.Errorf("%w (no answer)", ErrUnavailable) // err names the address, and a proxy may have put more into it
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return none, fmt.Errorf("%w (status %d)", ErrUnavailable, answer.StatusCode)
	}
	if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return none, fmt.Errorf("%w (the answer is not application/json)", ErrUnavailable)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil || len(b) > maxAnswer {
		return none, fmt.Errorf("%w (the answer breaks off or has more than %d bytes)", ErrUnavailable, maxAnswer)
	}
	return read(b)
}
