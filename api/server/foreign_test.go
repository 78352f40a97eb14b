package server_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/credential"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier/foreigntest"
)

// borderService serves verdicts at a border that knows one partner of each foreign format. Their codes count at borders only.
func borderService(t *testing.T, gate string) (*server.Server, []foreigntest.Sample) {
	t.Helper()
	samples, err := foreigntest.Samples(morning, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	policy := trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 24 * time.Hour, Gates: []string{"border"}}
	var entries []trust.Partner
	for _, s := range samples {
		l, err := partner.Import(partner.Source{File: s.List, ListKey: s.ListKey, Issuers: []string{s.Issuer}, At: morning})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, l.Entries(s.Name, policy)...)
	}
	b, err := foreigntest.Bundle(morning, entries...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Formats: partner.Formats(false), Gate: gate, Now: func() time.Time { return morning }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UseBundle(b); err != nil {
		t.Fatal(err)
	}
	return s, samples
}

func verdictsOf(t *testing.T, s *server.Server, codes []string) []api.Result {
	t.Helper()
	body, err := json.Marshal(api.VerificationRequest{Codes: codes})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/verifications", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	var answer api.VerificationResponse
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Results) != len(codes) {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return answer.Results
}

func TestTheServiceVerifiesEveryForeignFormat(t *testing.T) {
	s, samples := borderService(t, "border")
	codes := []string{"BEGIN:VCARD"}
	for _, sample := range samples {
		codes = append(codes, sample.Text)
	}
	results := verdictsOf(t, s, codes)
	if r := results[0]; r.Reason != "other_format" || r.Seen != "visiting card" {
		t.Errorf("a visiting card: %+v", r)
	}
	for i, sample := range samples {
		r := results[i+1]
		if r.Verdict != "accept" || r.Region != sample.Issuer || r.Status != "unknown" || r.Check != "document" {
			t.Fatalf("%s: %+v", sample.Name, r)
		}
		m := r.Members[0]
		if m.Kind != "foreign" || m.Colour != "" || m.Name != "E*** M***" || m.Proves["zh-Hans"] == "" || m.Proves["zh-Hant"] == "" || m.Proves["en"] == "" {
			t.Errorf("%s: %+v", sample.Name, m)
		}
	}
}

func TestAForeignCodeDoesNotCountAtAServiceOfAnotherSortOfGate(t *testing.T) {
	for _, gate := range []string{"", "hospital"} {
		s, samples := borderService(t, gate)
		for _, sample := range samples {
			if r := verdictsOf(t, s, []string{sample.Text})[0]; r.Reason != "kind_not_admitted" || r.Members[0].Name != "" {
				t.Errorf("gate %q, %s: %+v", gate, sample.Name, r)
			}
		}
	}
}

// TestARequestFullOfBombsCostsLittleAndTheNextClientIsServed holds the worst body of codes that fit into it to a memory of one MiB a code; what that
// takes in time, cmd/bench measures.
func TestARequestFullOfBombsCostsLittleAndTheNextClientIsServed(t *testing.T) {
	s, samples := borderService(t, "border")
	bombs, err := foreigntest.Bombs()
	if err != nil {
		t.Fatal(err)
	}
	cost := func(of string, codes []string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, r := range verdictsOf(t, s, codes) {
			if r.Verdict != "refuse" {
				t.Fatalf("%s: %+v", of, r)
			}
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for _, b := range bombs {
		codes := slices.Repeat([]string{b.Text}, min(api.MaxCodes, 64_000/len(b.Text)))
		// The client is in this process too: texts of nothing cost as much on their way.
		way := cost("nothing", slices.Repeat([]string{strings.Repeat("x", len(b.Text))}, len(codes)))
		if whole := cost(b.Format+", "+b.Name, codes); whole > way+uint64(len(codes))<<20 {
			t.Errorf("%s, %s: %d codes cost %d bytes, of which %d on their way", b.Format, b.Name, len(codes), whole, way)
		}
		if r := verdictsOf(t, s, []string{samples[0].Text})[0]; r.Verdict != "accept" {
			t.Errorf("the next client: %+v", r)
		}
	}
}
