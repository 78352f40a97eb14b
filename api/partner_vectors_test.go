package api_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"

	"healthcode.example/api"
	"healthcode.example/testvectors"
	"healthcode.example/trust"
)

// guest is a gate of a partner who took our JWK Set at the time of a vector.
func guest(name string, at time.Time) (*partner, error) {
	vectors := filepath.Join("..", "testvectors")
	raw, err := os.ReadFile(filepath.Join(vectors, "bundles", name+".ykb"))
	if err != nil {
		return nil, err
	}
	root, err := os.ReadFile(filepath.Join(vectors, "roots", name+".cose"))
	if err != nil {
		return nil, err
	}
	pinned, err := trust.Pin(root)
	if err != nil {
		return nil, err
	}
	b, err := trust.Update(pinned, raw, at)
	if err != nil {
		return nil, err
	}
	set, err := api.JWKSet(b, at)
	if err != nil {
		return nil, err
	}
	keys, err := jwk.Parse(set)
	if err != nil {
		return nil, err
	}
	return &partner{region: b.Root().Region, keys: keys, maxAge: 31 * 24 * time.Hour}, nil
}

// What a partner's own verifier says. The code that has been revoked passes: a key set knows no revocation.
func Example_partner() {
	cases, err := testvectors.Cases()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range []string{"phone-adult", "dependant-child", "paper-name-chinese", "red", "revoked-phone", "presentation-61-s-old"} {
		n := slices.IndexFunc(cases, func(c testvectors.Case) bool { return c.ID == id })
		if n < 0 {
			fmt.Println(id, "is no vector")
			continue
		}
		at, err := time.Parse(time.RFC3339, cases[n].At)
		if err != nil {
			fmt.Println(err)
			return
		}
		gate, err := guest("main", at)
		if err != nil {
			fmt.Println(err)
			return
		}
		passes, err := gate.verify(cases[n].Text, at)
		if err != nil {
			fmt.Printf("%s: refused: %v\n", id, err)
			continue
		}
		for _, p := range passes {
			fmt.Printf("%s: %s %s %s, status %s\n", id, p.Name, p.Colour, p.Kind, p.Revoked)
		}
	}
	// Output:
	// phone-adult: 张* green phone, status unknown
	// dependant-child: 李* green phone, status unknown
	// paper-name-chinese: 张* green paper, status unknown
	// red: 张* red paper, status unknown
	// revoked-phone: 张* green phone, status unknown
	// presentation-61-s-old: refused: the holder's clock and ours differ by 1m1s: a screenshot, or a clock that is wrong
}

// TestThePartnersOwnVerifierAgreesWithTheVectors: a partner without our code accepts every good code, and beyond what our verifier accepts only
// what a key set cannot know, what the partner's own policy decides, and ill-formed claims that nobody but the issuer can sign.
func TestThePartnersOwnVerifierAgreesWithTheVectors(t *testing.T) {
	cases, err := testvectors.Cases()
	if err != nil {
		t.Fatal(err)
	}
	unknowable := []string{"revoked", "list_missing", "colour", "document_mismatch", "clock_behind", "bundle_stale", "bundle_expired", "challenge_missing"}
	accepted := 0
	for _, c := range cases {
		if c.Bundle != "main" || len(c.Partners) > 0 || c.Challenge != "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			t.Fatal(err)
		}
		gate, err := guest(c.Bundle, at)
		if err != nil {
			t.Fatal(err)
		}
		passes, err := gate.verify(c.Text, at)
		switch good := c.Expected.Verdict == "accept"; {
		case good && err != nil && !strings.Contains(c.ID, "alg-minus"): // go-cose does not know the identifiers of RFC 9864
			t.Errorf("%s: refused: %v", c.ID, err)
		case !good && err == nil && c.Expected.Reason == "claims" && !slices.Contains(c.Flags, "household"): // signed by the issuer's own key
		case !good && err == nil && !slices.Contains(unknowable, c.Expected.Reason):
			t.Errorf("%s: accepted (%+v), and it is %s: %s", c.ID, passes, c.Expected.Reason, c.Comment)
		case good && err == nil:
			accepted++
			for i, p := range passes {
				if m := c.Expected.Members[i]; p.Name != m.Name || p.Colour != m.Colour || p.Kind != m.Kind {
					t.Errorf("%s: %+v, want %+v", c.ID, p, m)
				}
			}
		}
	}
	if accepted < 30 {
		t.Errorf("only %d good codes were accepted", accepted)
	}
}

func TestThePartnersOwnVerifierUsesNothingOfOurs(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "partner_example_test.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	foreign := []string{"github.com/fxamacker/cbor/v2", "github.com/lestrrat-go/jwx/v3/jwk", "github.com/veraison/go-cose"}
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(path, ".") && !slices.Contains(foreign, path) {
			t.Errorf("it imports %s", path)
		}
	}
}
