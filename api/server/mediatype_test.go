package server_test

import (
	"net/http"
	"strings"
	"testing"

	"healthcode.example/wallet"
)

// TestABodyThatIsNotSaidToBeJSONIsNotRead asks every route that openapi.yaml gives a JSON body.
func TestABodyThatIsNotSaidToBeJSONIsNotRead(t *testing.T) {
	w := newWorld(t)
	d := readDescription(t)
	worker, authority := w.logIn(workerNumber, wallet.CommunityWorker), w.logIn(workerNumber, wallet.Authority)
	asked := 0
	for _, route := range w.server.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if d.at("paths", pattern, strings.ToLower(method), "requestBody", "content", "application/json") == nil {
			continue
		}
		asked++
		token := w.token
		switch {
		case strings.HasSuffix(pattern, "/revocation"):
			token = authority
		case strings.HasPrefix(pattern, "/v1/staff/"):
			token = worker
		}
		path := strings.NewReplacer("{member}", w.child.String(), "{person}", w.child.String(), "{guardian}", w.guardian.String()).Replace(pattern)
		for _, mediaType := range []string{"", "text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonx", "application/json; charset=utf-8"} {
			r, err := http.NewRequest(method, w.url+path, strings.NewReader(`{"x":1}`))
			w.must(err)
			r.Header.Set("Authorization", "Bearer "+token)
			if mediaType != "" {
				r.Header.Set("Content-Type", mediaType)
			}
			answer, err := w.http.Do(r)
			w.must(err)
			answer.Body.Close()
			if good := strings.HasPrefix(mediaType, "application/json;"); (answer.StatusCode == http.StatusUnsupportedMediaType) == good {
				t.Errorf("%s with %q: %d", route, mediaType, answer.StatusCode)
			}
		}
	}
	if asked < 9 {
		t.Errorf("only %d routes were asked", asked)
	}
}
