package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/login"
	"healthcode.example/api/login/logintest"
	"healthcode.example/api/server"
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
	"healthcode.example/wallet/demoregister"
	"healthcode.example/wallet/refresh"
)

// morning is when the world begins.
var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, credential.Zone)

// seeded is a source of bytes, the same in every run, safe for concurrent use.
type seeded struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (s *seeded) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.src.Read(b)
}

// world is a province with a family, in a store of its own, behind a server with a socket.
type world struct {
	t      testing.TB
	mu     sync.Mutex
	at     time.Time
	rand   *seeded
	store  *bolt.Store
	issuer *issuer.Issuer
	wallet *wallet.Service
	server *server.Server
	root   []byte
	log    *lines

	guardian, child, stranger health.PersonID
	file                      string               // of the store
	tune                      func(*wallet.Config) // changes how the wallet is configured at the next restart; nil: nothing
	token                     string               // of the guardian's session
	provider                  *logintest.Provider
	device                    wallet.Device
	deviceKey                 *cose.PrivateKey
	url                       string
	http                      *http.Client
}

// lines is a log that tests read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, func(*server.Config) {})
}

func newWorldWith(t testing.TB, change func(*server.Config)) *world {
	t.Helper()
	w := &world{t: t, at: morning, rand: &seeded{src: rand.NewChaCha8([32]byte{7})}, log: new(lines)}
	var err error
	w.file = filepath.Join(t.TempDir(), "store")
	w.store, err = bolt.Open(w.file, bolt.Options{})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	w.found()
	w.settle()
	w.open(change)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// found makes the authority and publishes for the first time.
func (w *world) found() {
	w.t.Helper()
	authority, err := issuer.NewAuthority("CN-GD", w.rand)
	w.must(err)
	w.root, err = authority.FirstRoot(true, w.at.AddDate(5, 0, 0))
	w.must(err)
	master := bytes.Repeat([]byte{9}, 32)
	w.issuer, err = issuer.New(issuer.Config{Store: w.store, Root: w.root, Master: master, Rand: w.rand})
	w.must(err)
	_, err = w.issuer.Found(context.Background(), authority, cose.Ed25519, trust.DefaultPolicy(), w.at, w.at.AddDate(1, 0, 0))
	w.must(err)
	w.wallet = w.newWallet()
}

// newWallet is the wallet's service over the store, as after a start: it remembers nothing.
func (w *world) newWallet() *wallet.Service {
	w.t.Helper()
	vault, err := wallet.NewVault(bytes.Repeat([]byte{9}, 32))
	w.must(err)
	config := wallet.Config{
		Store: w.store, Issuer: w.issuer, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: w.rand, Hints: true, GuardianNames: true,
		Agreement: wallet.Agreement{Version: "t1", Text: map[string]string{"zh-Hans": "请同意", "zh-Hant": "請同意", "en": "please accept"}},
		Consent:   wallet.Agreement{Version: "c1", Text: map[string]string{"zh-Hans": "同意", "zh-Hant": "同意", "en": "I consent"}}, Paper: wallet.PaperPolicy{Everybody: true}, Register: w.register(),
	}
	if w.tune != nil {
		w.tune(&config)
	}
	made, err := wallet.New(config)
	w.must(err)
	return made
}

// restart makes the wallet and its server anew over the same store.
func (w *world) restart() {
	w.t.Helper()
	w.wallet = w.newWallet()
	w.open(func(*server.Config) {})
}

// transactions is how many the store's file has seen: each puts its number into one of the first two pages.
func (w *world) transactions() uint64 {
	w.t.Helper()
	b, err := os.ReadFile(w.file)
	w.must(err)
	const number = 16 + 48 // the header of a page, and what stands before the number in bbolt's meta
	return max(binary.NativeEndian.Uint64(b[number:]), binary.NativeEndian.Uint64(b[os.Getpagesize()+number:]))
}

// Numbers of the synthetic people: the area 990000 does not exist.
var (
	guardianNumber = residentID("99000019850101001")
	childNumber    = residentID("99000020180607002")
	strangerNumber = residentID("99000019700203003")
	workerNumber   = residentID("99000019800405004")

	babyNumber           = residentID("99000020210506005") // of the guardian, in the register only
	strangersChildNumber = residentID("99000020190304006") // in the register only
)

// residentID adds the check digit of GB 11643 (ISO 7064 MOD 11-2).
func residentID(first17 string) string {
	sum := 0
	for i, c := range first17 {
		sum += int(c-'0') * (1 << (17 - i) % 11)
	}
	return first17 + string("10X98765432"[sum%11])
}

// settle imports the people and gives the guardian a phone.
func (w *world) settle() {
	w.t.Helper()
	ctx := context.Background()
	csv := "name,document_type,document_number,birth_date,region,guardian_document_number\n" +
		fmt.Sprintf("章守信,resident-id,%s,1985-01-01,440106,\n", guardianNumber) +
		fmt.Sprintf("章小明,resident-id,%s,2018-06-07,440106,%s\n", childNumber, guardianNumber) +
		fmt.Sprintf("路不识,resident-id,%s,1970-02-03,440106,\n", strangerNumber)
	_, err := w.wallet.Import(ctx, strings.NewReader(csv), w.at, nil)
	w.must(err)
	for number, id := range map[string]*health.PersonID{guardianNumber: &w.guardian, childNumber: &w.child, strangerNumber: &w.stranger} {
		d, err := wallet.ParseDocument("resident-id", number)
		w.must(err)
		p, err := w.wallet.FindPerson(ctx, d)
		w.must(err)
		*id = p.ID
	}
	w.deviceKey = w.newHolder()
	w.device, err = w.wallet.RegisterDevice(ctx, w.guardian, w.deviceKey.Public(), w.at)
	w.must(err)
	w.token = w.logIn(guardianNumber)
}

// logIn is a session of the person, by face, without the way through HTTP.
func (w *world) logIn(number string, roles ...wallet.Role) string {
	w.t.Helper()
	d, err := wallet.ParseDocument("resident-id", number)
	w.must(err)
	birth, _ := d.Birth()
	id := wallet.Identity{
		Provider: "https://login.example", Subject: "s", Document: d, Name: "测试", Birth: birth, Region: 440106, Methods: []string{"face"}, Roles: roles, At: w.at,
	}
	token, _, err := w.wallet.LogIn(context.Background(), id, "t1", w.at)
	w.must(err)
	return token
}

// logins believes one provider, whose clock is the world's.
func (w *world) logins() server.Providers {
	w.t.Helper()
	w.provider = logintest.New(w.t, w.now)
	c, err := login.New(login.Config{Providers: []login.Provider{w.provider.Configuration("gov")}, Callback: "http://127.0.0.1/v1/login/callback", Now: w.now})
	w.must(err)
	return c
}

// register shows the guardian with a child who is in no store, and a neighbour with one.
func (w *world) register() wallet.Register {
	w.t.Helper()
	entry := func(name, number, birth string, household int) string {
		return fmt.Sprintf(`{"name":%q,"documents":[{"type":"resident-id","number":%q}],"birth_date":%q,"region":440106,"household":%d}`, name, number, birth, household)
	}
	r, err := demoregister.Parse([]byte(`{"people":[` + strings.Join([]string{
		entry("章守信", guardianNumber, "1985-01-01", 1), entry("章小红", babyNumber, "2021-05-06", 1),
		entry("路不识", strangerNumber, "1970-02-03", 2), entry("路小路", strangersChildNumber, "2019-03-04", 2),
	}, ",") + `]}`))
	w.must(err)
	return r
}

// open starts the server on a socket.
func (w *world) open(change func(*server.Config)) {
	w.t.Helper()
	config := server.Config{
		Demo: true, Wallet: w.wallet, Login: w.logins(), Agreement: w.wallet.Agreement, Consent: w.wallet.Consent, ClaimFloor: time.Millisecond,
		Log: slog.New(slog.NewJSONHandler(w.log, nil)), Ready: func(context.Context) error { return w.store.Err() }, Now: w.now, Version: "test",
		Notice: func(at time.Time) (cose.Signer, error) { return w.issuer.Signer(trust.Notice, 0, at) },
	}
	change(&config)
	var err error
	w.server, err = server.New(config)
	w.must(err)
	w.must(w.server.UseBundle(w.issuer.Bundle()))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	serving := w.server // which a restart puts another in the place of
	go func() { done <- serving.Serve(ctx, l) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	w.http = &http.Client{
		Transport: transport, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.url = "http://" + l.Addr().String()
	w.t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// publish makes a snapshot and puts it into service.
func (w *world) publish() {
	w.t.Helper()
	_, err := w.issuer.PublishSnapshot(context.Background(), w.now())
	w.must(err)
	w.must(w.server.UseBundle(w.issuer.Bundle()))
}

func (w *world) newHolder() *cose.PrivateKey {
	w.t.Helper()
	k, err := cose.Generate(cose.ES256, w.rand)
	w.must(err)
	return k
}

func (w *world) client() *api.Client {
	return &api.Client{Base: w.url, HTTP: w.http, Token: w.token}
}

// infect records a positive test.
func (w *world) infect(who health.PersonID) {
	w.t.Helper()
	_, changed, err := w.wallet.AddEvidence(context.Background(), health.Evidence{
		Person: who, Kind: "positive_test", At: w.now(), RecordedAt: w.now(), Source: "provincial laboratory",
	})
	w.must(err)
	if !changed {
		w.t.Fatal("a positive test changed nothing")
	}
}

// paper is a paper code of the person.
func (w *world) paper(who health.PersonID) string {
	w.t.Helper()
	code, err := w.wallet.NewPrint(context.Background(), who, who, w.now())
	w.must(err)
	return credential.Text(code)
}

// phone is a code of the guardian with the holder key that it is bound to, and the salt of its digest.
func (w *world) phone() (code wallet.MemberCode, holder *cose.PrivateKey) {
	w.t.Helper()
	holder = w.newHolder()
	got, err := w.wallet.Refresh(context.Background(),
		wallet.RefreshRequest{Person: w.guardian, Device: w.device.ID, Holder: holder.Public(), Document: true}, w.now())
	w.must(err)
	return got.Codes[0], holder
}

// show is a presentation; with a challenge it reveals the salt.
func (w *world) show(challenge []byte) string {
	w.t.Helper()
	code, holder := w.phone()
	p := credential.Presentation{At: w.now().Unix(), Codes: [][]byte{code.Code}, Challenge: challenge}
	if challenge != nil {
		p.Salts = map[int]credential.Revealed{0: code.Salt.Of(0)}
	}
	message, err := p.Sign(holder)
	w.must(err)
	return credential.Text(message)
}

// asks is a request for codes bound to the holder's key, signed by the guardian's device.
func (w *world) asks(holder *cose.PrivateKey, document bool, sets ...[]health.PersonID) []byte {
	w.t.Helper()
	return w.signed(refresh.Request{Device: w.device.ID, Region: "CN-GD", Holder: holder.Public(), Document: document, Sets: sets}, w.deviceKey)
}

func (w *world) signed(q refresh.Request, device *cose.PrivateKey) []byte {
	w.t.Helper()
	b, err := q.Sign(device, w.now())
	w.must(err)
	return b
}

// variables are what scripts may name.
func (w *world) variables() map[string]string {
	challenge := bytes.Repeat([]byte{0xa5}, 16)
	phone, _ := w.phone()
	jwk, err := api.NewJWK(w.newHolder().Public())
	w.must(err)
	holder := w.newHolder()
	plain := refresh.Request{Device: w.device.ID, Region: "CN-GD", Holder: holder.Public()}
	abroad := plain
	abroad.Region = "CN-HN"
	return map[string]string{
		"asked": hex.EncodeToString(w.asks(holder, false)), "asked_document": hex.EncodeToString(w.asks(holder, true)),
		"asked_household": hex.EncodeToString(w.asks(holder, false, []health.PersonID{w.guardian, w.child})),
		"asked_strangers": hex.EncodeToString(w.asks(holder, false, []health.PersonID{w.guardian, w.stranger})),
		"asked_unsigned":  hex.EncodeToString(w.signed(plain, holder)), "asked_abroad": hex.EncodeToString(w.signed(abroad, w.deviceKey)),
		"token": w.token, "guardian": w.guardian.String(), "child": w.child.String(), "stranger": w.stranger.String(),
		"paper": w.paper(w.stranger), "bare": credential.Text(phone.Code), "shown": w.show(nil), "answered": w.show(challenge),
		"challenge": hex.EncodeToString(challenge), "number": guardianNumber, "other_number": strangerNumber,
		"jwk": fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q,"ext":true,"key_ops":["verify"]}`, jwk.X, jwk.Y), "x": jwk.X, "y": jwk.Y,
	}
}
