package dcc_test

import (
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// imported takes in a list with the entries.
func imported(t *testing.T, entries ...any) *dcc.List {
	t.Helper()
	list, key, err := foreigntest.SignerList(entries...)
	if err != nil {
		t.Fatal(err)
	}
	l, err := dcc.ImportList(list, key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func spoilt(change func(*x509.Certificate)) *x509.Certificate {
	c := signer()
	change(c)
	return c
}

func TestOnlySignersOfCodesAreTakenFromAList(t *testing.T) {
	good := foreigntest.DSC("XX", issued(t, signer()))
	for name, c := range map[string]struct {
		entry any
		why   string // empty: it is taken
	}{
		"a signer":                       {foreigntest.DSC("XX", issued(t, signer())), ""},
		"a signer without key usage":     {foreigntest.DSC("XX", issued(t, spoilt(func(c *x509.Certificate) { c.KeyUsage = 0 }))), ""},
		"one that signs data too":        {foreigntest.DSC("XX", issued(t, spoilt(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment }))), ""},
		"an authority by its type":       {with(foreigntest.DSC("XX", issued(t, authority())), map[string]any{"certificateType": "CSCA"}), `type "CSCA"`},
		"a signer of another type":       {with(foreigntest.DSC("XX", issued(t, signer())), map[string]any{"certificateType": "UPLOAD"}), `type "UPLOAD"`},
		"a signer of no type":            {with(foreigntest.DSC("XX", issued(t, signer())), map[string]any{"certificateType": ""}), `type ""`},
		"an authority among signers":     {foreigntest.DSC("XX", issued(t, authority())), "authority"},
		"an authority below another":     {foreigntest.DSC("YY", issued(t, spoilt(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }))), "authority"},
		"a key for encryption":           {foreigntest.DSC("YY", issued(t, spoilt(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }))), "not for digital signatures"},
		"one that ends before it begins": {foreigntest.DSC("YY", issued(t, spoilt(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = c.NotAfter, c.NotBefore }))), "before it begins"},
		"a kid of another certificate":   {with(foreigntest.DSC("XX", issued(t, signer())), map[string]any{"kid": good["kid"]}), "kid"},
		"the same again":                 {good, "twice"},
		"a country of three letters":     {foreigntest.DSC("XXX", issued(t, signer())), "two capital letters"},
		"a country in small letters":     {foreigntest.DSC("xx", issued(t, signer())), "two capital letters"},
		"a country of two bytes":         {foreigntest.DSC("é", issued(t, signer())), "two capital letters"},
	} {
		l := imported(t, good, c.entry)
		taken := len(slices.Concat(slices.Collect(maps.Values(l.Keys))...)) == 2
		switch {
		case taken != (c.why == ""):
			t.Errorf("%s: taken %v, left out %v", name, taken, l.Skipped)
		case !taken && (len(l.Skipped) != 1 || l.Skipped[0].Index != 1 || !strings.Contains(l.Skipped[0].Err.Error(), c.why)):
			t.Errorf("%s: left out %+v, want %q", name, l.Skipped, c.why)
		}
	}
}

func TestACountryMaySignWithItsAuthorityWhereItHasNoSignerBesideIt(t *testing.T) {
	l := imported(t, foreigntest.DSC("XX", issued(t, authority())), foreigntest.DSC("YY", issued(t, signer())))
	if len(l.Keys["XX"]) != 1 || len(l.Skipped) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestABrokenEntryDoesNotVoidTheList(t *testing.T) {
	good := foreigntest.DSC("XX", issued(t, signer()))
	for name, c := range map[string]struct{ entry any }{
		"a number":             {5},
		"nothing":              {nil},
		"an array":             {[]any{good}},
		"an empty object":      {map[string]any{}},
		"a country by number":  {with(good, map[string]any{"country": 49})},
		"a kid in an array":    {with(good, map[string]any{"kid": []string{"a"}})},
		"data of true":         {with(good, map[string]any{"rawData": true})},
		"data that is no DER":  {with(good, map[string]any{"rawData": "AAAA"})},
		"data that is no text": {with(good, map[string]any{"rawData": "???"})},
	} {
		l := imported(t, c.entry, good)
		if len(l.Keys["XX"]) != 1 || len(l.Skipped) != 1 || l.Skipped[0].Index != 0 || l.Skipped[0].Err == nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestAListThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	for _, body := range []string{
		`{"certificates":[],"certificates":[%[1]s]}`, `{"certificates":[%[1]s],"Certificates":[]}`, `[%[1]s]`, `{"certificates":{"a":%[1]s}}`, `{"certificates":[%[1]s]} {}`, ``,
	} {
		entry := `{"certificateType":"DSC"}`
		list, key, err := foreigntest.SignList(fmt.Appendf(nil, body, entry))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dcc.ImportList(list, key); err == nil || strings.Contains(err.Error(), "could be used") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// signerFor gives the gate of a country whose signer's certificate has the times.
func (c *country) signedBetween(from, until time.Time) {
	c.entry.Keys[0].From, c.entry.Keys[0].Until = from.Unix(), until.Unix()
}

func TestASignerSignsOnlyWhileItsCertificateIsGood(t *testing.T) {
	issued, expires := noon.Add(-24*time.Hour), noon.AddDate(0, 0, 179)
	for name, c := range map[string]struct {
		from, until time.Time
		want        string
	}{
		"good all the time":                        {issued, expires.Add(time.Second), "ok"},
		"ends before the code does":                {issued, noon.Add(time.Second), "ok"}, // the gate's time is what counts
		"ended at the gate's time":                 {issued, noon, "key_window"},
		"ended before the code was issued":         {issued.AddDate(-1, 0, 0), issued, "key_window"},
		"began a second after the code was issued": {issued.Add(time.Second), expires, "key_window"},
		"has not begun at the gate's time":         {noon.Add(time.Second), expires, "key_window"},
	} {
		x := newCountry(t)
		x.signedBetween(c.from, c.until)
		m := message()
		if r := x.scan(m); string(r.Reason) != c.want {
			t.Errorf("%s: %s, want %s", name, r.Reason, c.want)
		}
	}
}

func TestASignerThatHasNotBegunIsKeptWithItsTimes(t *testing.T) {
	later := signer()
	later.NotBefore = noon.AddDate(0, 1, 0)
	l := imported(t, foreigntest.DSC("XX", issued(t, later)))
	if k := l.Keys["XX"][0]; k.From != later.NotBefore.Unix() || k.Until != later.NotAfter.Unix()+1 {
		t.Errorf("from %d until %d", k.From, k.Until)
	}
}

func TestAListHasABoundOfCertificates(t *testing.T) {
	for n, want := range map[int]string{1 << 14: "none of 16384 certificates could be used", 1<<14 + 1: "16385 certificates, at most 16384", 0: "there is no certificate in it"} {
		list, key, err := foreigntest.SignerList(make([]any, n)...)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			list, key, err = foreigntest.SignList([]byte(`{"certificates":[]}`))
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dcc.ImportList(list, key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d certificates: %v, want %q", n, err, want)
		}
	}
}
