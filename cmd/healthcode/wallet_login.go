package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/demoidp"
	"healthcode.example/credential"
	"healthcode.example/office/datadir"
	"healthcode.example/wallet/holder"
)

type walletLoginCommand struct {
	walletFlags
	Service string `arg:"" optional:"" placeholder:"URL" help:"The service's address (default: the wallet's former one)."`
	As      given  `placeholder:"NAME" help:"At a demonstration: log in as this demo person, without a browser."`
	Method  string `default:"face" enum:"face,liveness,payment,others,password" help:"At a demonstration: how the person is proved (${enum}; default ${default})."`
	Accept  bool   `help:"At a demonstration: accept the agreement without reading it in a browser."`
}

// Help gives the examples.
func (*walletLoginCommand) Help() string {
	return `A browser opens the service's log-in; when it is done, this wallet gets its session and registers itself as a device with a key of its own.

Examples:

    healthcode wallet login https://code.example
    healthcode wallet login http://127.0.0.1:8080 --as 张三 --accept     # a demonstration`
}

// loginTime is how long the browser may take.
const loginTime = 10 * time.Minute

// webClient is a client whose requests end, and end where they were sent: what a session opens goes nowhere else.
func webClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Run logs in, registers the device once, and keeps both.
func (l *walletLoginCommand) Run(ctx context.Context, c *console) error {
	file := holder.New()
	if datadir.Exists(string(l.Wallet)) {
		var err error
		if file, err = l.open(); err != nil {
			return err
		}
	}
	account := file.Account()
	service := strings.TrimSuffix(l.Service, "/")
	switch {
	case service == "":
		service = account.Service
	case account.Service != "" && service != account.Service:
		return usage("this wallet belongs to %s: take another file with --wallet for %s", account.Service, service)
	}
	if service == "" {
		return usage("name the service's address, such as healthcode wallet login https://code.example")
	}
	if _, err := api.SafeAddress(service); err != nil {
		return usage("the service's address: %w", err)
	}
	if err := l.makeKey(c.rand); err != nil {
		return err
	}
	got, err := l.session(ctx, c, service)
	if err != nil {
		return walletProblem(err)
	}
	if err := l.settle(ctx, c, service, got); err != nil {
		return err
	}
	c.printf("Logged in at %s; the wallet is in %s, its key in %s.\nNext: %s wallet refresh%s\n", service, l.Wallet, l.keyFile(), c.program, l.named())
	return nil
}

// settle keeps the session if it is of the person whose wallet it is, and registers the device. The session stays also when there is no room for
// the device: its person has to end another first.
func (l *walletLoginCommand) settle(ctx context.Context, c *console, service string, got api.Session) error {
	err := l.begin(ctx, c, func(file *holder.File) error {
		account := file.Account()
		account.Service, account.Session, account.Document = service, got.Token, credential.DocumentTypeOf(got.Document)
		file.SetAccount(account)
		client, err := walletClient(file)
		if err != nil {
			return err
		}
		_, err = client.FetchFamily(ctx, file)
		return walletProblem(err)
	})
	if err != nil {
		return err
	}
	return l.change(ctx, c, func(file *holder.File) error {
		client, err := walletClient(file)
		if err != nil {
			return err
		}
		return walletProblem(client.Register(ctx, file, c.rand))
	})
}

// session is what RFC 8252 describes: the browser comes back to this machine with a code, and the code and a verifier that only this process
// knows are given for the session.
func (l *walletLoginCommand) session(ctx context.Context, c *console, service string) (got api.Session, err error) {
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	secrets := make([]byte, 64)
	if _, err := io.ReadFull(c.rand, secrets); err != nil {
		return got, fmt.Errorf("log in: %w", err)
	}
	verifier, state := base64.RawURLEncoding.EncodeToString(secrets[:32]), base64.RawURLEncoding.EncodeToString(secrets[32:])
	sum := sha256.Sum256([]byte(verifier))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return got, fmt.Errorf("log in: wait for the browser: %w", err)
	}
	back := "http://" + listener.Addr().String() + "/done"
	begin := service + "/v1/login?" + url.Values{
		"return": {back}, "state": {state}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
	var code string
	if l.As != "" {
		_ = listener.Close() // nobody comes to it
		code, err = l.visit(ctx, begin, back, state)
	} else {
		c.notef("Open this in a browser on this machine, within %v:\n\n  %s\n\n", loginTime, begin)
		code, err = waitForBrowser(ctx, listener, state)
	}
	if err != nil {
		return got, err
	}
	client := &api.Client{Base: service, HTTP: webClient(time.Minute)}
	return client.NewSession(ctx, api.SessionRequest{Code: code, Verifier: verifier})
}

// visit lets a demo person log in without a browser.
func (l *walletLoginCommand) visit(ctx context.Context, begin, back, state string) (string, error) {
	v := &demoidp.Visitor{HTTP: webClient(time.Minute), Person: string(l.As), Method: l.Method, Accept: l.Accept}
	reached, _, err := v.Visit(ctx, begin, back)
	if errors.Is(err, demoidp.ErrNotAccepted) {
		return "", fmt.Errorf("%w (with --accept)", err)
	}
	if err != nil {
		return "", err
	}
	u, err := url.Parse(reached)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	return codeOf(u.Query(), state)
}

var errOtherLogin = errors.New("log in: what came back is of another log-in: begin again")

func codeOf(q url.Values, state string) (string, error) {
	if q.Get("state") != state || q.Get("code") == "" {
		return "", errOtherLogin
	}
	return q.Get("code"), nil
}

// waitForBrowser takes the code that the browser brings. Visits without it, of whatever else runs on the machine, are not listened to.
func waitForBrowser(ctx context.Context, listener net.Listener, state string) (string, error) {
	codes := make(chan string, 1)
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, err := codeOf(r.URL.Query(), state)
		if err != nil || r.URL.Path != "/done" {
			http.Error(w, errOtherLogin.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
		_, _ = io.WriteString(w, "Done. You can close this page. 已完成，可以关闭此页面。\n")
		select {
		case codes <- code:
		default:
		}
	})}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	defer func() { _ = s.Shutdown(context.WithoutCancel(ctx)) }() // the page is sent before
	select {
	case code := <-codes:
		return code, nil
	case err := <-failed:
		return "", fmt.Errorf("log in: wait for the browser: %w", err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", fmt.Errorf("log in: the browser did not come back within %v: begin again", loginTime)
		}
		return "", ctx.Err()
	}
}
