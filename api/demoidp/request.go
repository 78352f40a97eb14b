package demoidp

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Limits of what is under way.
const (
	mostRequests = 10_000
	requestLife  = 10 * time.Minute
)

// request is one log-in under way. What is chosen is written before done, under the lock of requests; the library works on
// copies.
type request struct {
	id, client, callback, state, nonce string
	scopes                             []string
	challenge                          *oidc.CodeChallenge
	began                              time.Time

	person  int
	method  *method
	done    bool
	at      time.Time
	subject string
	code    string // "" until there is one
}

// The getters are what the library reads.

func (r request) GetID() string                         { return r.id }
func (r request) GetACR() string                        { return "" }
func (r request) GetAudience() []string                 { return []string{r.client} }
func (r request) GetAuthTime() time.Time                { return r.at }
func (r request) GetClientID() string                   { return r.client }
func (r request) GetCodeChallenge() *oidc.CodeChallenge { return r.challenge }
func (r request) GetNonce() string                      { return r.nonce }
func (r request) GetRedirectURI() string                { return r.callback }
func (r request) GetResponseType() oidc.ResponseType    { return oidc.ResponseTypeCode }
func (r request) GetResponseMode() oidc.ResponseMode    { return "" }
func (r request) GetScopes() []string                   { return r.scopes }
func (r request) GetState() string                      { return r.state }
func (r request) GetSubject() string                    { return r.subject }
func (r request) Done() bool                            { return r.done }

// GetAMR is the method that was chosen.
func (r request) GetAMR() []string {
	if r.method == nil {
		return nil
	}
	return r.method.Words
}

// requests keeps what is under way, the oldest making way.
type requests struct {
	rand io.Reader
	now  func() time.Time

	mu    sync.Mutex
	byID  map[string]*request
	codes map[string]string // code to id
	order []string
}

func newRequests(rand io.Reader, now func() time.Time) *requests {
	return &requests{rand: rand, now: now, byID: map[string]*request{}, codes: map[string]string{}}
}

var errNoRequest = errors.New("no such log-in is under way: begin again")

// add keeps a request under a fresh id.
func (q *requests) add(r request) (request, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var b [16]byte
	if _, err := io.ReadFull(q.rand, b[:]); err != nil {
		return request{}, fmt.Errorf("read random bytes: %w", err)
	}
	r.id, r.began = base64.RawURLEncoding.EncodeToString(b[:]), q.now()
	for len(q.order) > 0 && (len(q.order) >= mostRequests || q.over(q.byID[q.order[0]])) {
		q.drop(q.order[0])
		q.order = q.order[1:]
	}
	q.byID[r.id] = &r
	q.order = append(q.order, r.id)
	return r, nil
}

func (q *requests) over(r *request) bool { return r == nil || q.now().Sub(r.began) >= requestLife }

// get is the request as it is.
func (q *requests) get(id string) (request, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.byID[id]
	if r == nil || q.over(r) {
		return request{}, errNoRequest
	}
	return *r, nil
}

// choose says who it is.
func (q *requests) choose(id string, person int, subject string, m *method) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.byID[id]
	if r == nil || q.over(r) || r.done {
		return errNoRequest
	}
	r.person, r.subject, r.method, r.done, r.at = person, subject, m, true, q.now()
	return nil
}

// saveCode lets the code stand for the request.
func (q *requests) saveCode(id, code string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.byID[id]; r != nil {
		delete(q.codes, r.code)
		r.code = code
		q.codes[code] = id
	}
}

// byCode finds the request and forgets the code, which counts once.
func (q *requests) byCode(code string) (request, error) {
	q.mu.Lock()
	id, ok := q.codes[code]
	delete(q.codes, code)
	q.mu.Unlock()
	if !ok {
		return request{}, errNoRequest
	}
	return q.get(id)
}

func (q *requests) remove(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(id)
}

// drop forgets a request and its code.
func (q *requests) drop(id string) {
	if r := q.byID[id]; r != nil {
		delete(q.codes, r.code)
		delete(q.byID, id)
	}
}

// subjectOf is a stable name for a person that says nothing.
func subjectOf(p *Person) string {
	sum := sha256.Sum256([]byte("demo subject " + string(p.Document.Type) + " " + p.Document.Number))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
