package refresh

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *cose.PrivateKey {
	t.Helper()
	key, err := cose.Generate(cose.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func example(t testing.TB) (Request, *cose.PrivateKey) {
	return Request{
		Device: issuer.DeviceID{1}, Region: "CN-GD", Holder: newKey(t).Public(), Document: true,
		Types: []credential.DocumentType{credential.HomeReturnPermit, credential.ResidentID},
		Sets:  [][]health.PersonID{{{1}, {2}}, {{3}, {1}, {2}}},
	}, newKey(t)
}

func signed(t testing.TB, q Request, device cose.Signer, at time.Time) []byte {
	t.Helper()
	b, err := q.Sign(device, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatADeviceAsksIsWhatTheServiceReads(t *testing.T) {
	q, device := example(t)
	for _, q := range []Request{q, {Device: q.Device, Region: "CN-GD", Holder: q.Holder}} {
		u, err := Parse(signed(t, q, device, noon))
		if err != nil || u.Device != q.Device {
			t.Fatalf("device %x, %v", u.Device, err)
		}
		got, err := u.Verify(device.Public(), "CN-GD", noon)
		if err != nil || !got.Holder.Equal(q.Holder) || got.Document != q.Document || !reflect.DeepEqual(got.Sets, q.Sets) || !reflect.DeepEqual(got.Types, q.Types) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestOnlyTheDevicesOwnRequestForThisRegionAndTimeCounts(t *testing.T) {
	q, device := example(t)
	u, err := Parse(signed(t, q, device, noon))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    *cose.PublicKey
		region string
		at     time.Time
		want   error
		says   string
	}{
		"in time, late":    {device.Public(), "CN-GD", noon.Add(Window), nil, ""},
		"in time, early":   {device.Public(), "CN-GD", noon.Add(-Window), nil, ""},
		"another device":   {newKey(t).Public(), "CN-GD", noon, ErrSignature, "register"},
		"the holder's key": {q.Holder, "CN-GD", noon, ErrSignature, "register"},
		"no key":           {nil, "CN-GD", noon, ErrSignature, "register"},
		"another region":   {device.Public(), "CN-HN", noon, ErrRegion, "another region"},
		"a slow clock":     {device.Public(), "CN-GD", noon.Add(Window + time.Second), ErrClock, "301 s behind"},
		"a fast clock":     {device.Public(), "CN-GD", noon.Add(-Window - time.Second), ErrClock, "301 s ahead"},
	} {
		_, err := u.Verify(c.key, c.region, c.at)
		if !errors.Is(err, c.want) || c.want != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestNoOtherObjectIsARequest(t *testing.T) {
	q, device := example(t)
	good := signed(t, q, device, noon)
	m, err := cose.ParseSign1(good)
	if err != nil {
		t.Fatal(err)
	}
	as := func(typ string, key cose.Signer, withKeyID bool) []byte {
		b, err := cose.SignSign1(typ, m.Payload, key, withKeyID)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ed, err := cose.Generate(cose.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a presentation": as(credential.TypePresentation, device, false), "a code": as(credential.TypeCode, device, true),
		"with a kid": as(Type, device, true), "by Ed25519": as(Type, ed, false), "nothing": nil,
		"too long": append(bytes.Clone(good), make([]byte, MaxRequest)...), "a byte more": append(bytes.Clone(good), 0), "cut": good[:len(good)-1],
	} {
		if _, err := Parse(b); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u, err := credential.Parse(credential.Text(good)); err == nil {
		t.Errorf("a request is read as a code: %+v", u)
	}
}

func TestWhatMakesNoSenseIsNeitherSignedNorRead(t *testing.T) {
	q, device := example(t)
	ed, err := cose.Generate(cose.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Request){
		"no device": func(q *Request) { q.Device = issuer.DeviceID{} }, "no region": func(q *Request) { q.Region = "" },
		"a long region": func(q *Request) { q.Region = strings.Repeat("x", 17) }, "no holder": func(q *Request) { q.Holder = nil },
		"an Ed25519 holder": func(q *Request) { q.Holder = ed.Public() }, "a household of one": func(q *Request) { q.Sets = [][]health.PersonID{{{1}}} },
		"somebody twice": func(q *Request) { q.Sets = [][]health.PersonID{{{1}, {1}}} }, "nobody": func(q *Request) { q.Sets = [][]health.PersonID{{{1}, {}}} },
		"eleven":                func(q *Request) { q.Sets = [][]health.PersonID{people(11)} },
		"too many":              func(q *Request) { q.Sets = slicesOf(MaxSets + 1) },
		"types without digests": func(q *Request) { q.Document = false }, "a type that is none": func(q *Request) { q.Types = []credential.DocumentType{1, 0} },
		"a type twice":   func(q *Request) { q.Types = []credential.DocumentType{1, 2, 1} },
		"too many types": func(q *Request) { q.Types = []credential.DocumentType{1, 2, 3, 4, 5, 6, 7, 8, 9} },
	} {
		bad := q
		spoil(&bad)
		if b, err := bad.Sign(device, noon); err == nil {
			t.Errorf("%s: signed %x", name, b)
		}
	}
	if _, err := q.Sign(ed, noon); err == nil {
		t.Error("an Ed25519 device signed")
	}
}

func people(n int) (set []health.PersonID) {
	for i := range n {
		set = append(set, health.PersonID{byte(i + 1)})
	}
	return set
}

func slicesOf(n int) (sets [][]health.PersonID) {
	for range n {
		sets = append(sets, people(2))
	}
	return sets
}

func TestNoBitOfARequestCanBeChanged(t *testing.T) {
	q, device := example(t)
	good := signed(t, q, device, noon)
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(good)
		bit := rapid.IntRange(0, 8*len(bad)-1).Draw(t, "bit")
		bad[bit/8] ^= 1 << (bit % 8)
		u, err := Parse(bad)
		if err != nil {
			return
		}
		if got, err := u.Verify(device.Public(), "CN-GD", noon); err == nil {
			t.Fatalf("with bit %d changed it asks %+v", bit, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	q, device := example(f)
	f.Add(signed(f, q, device, noon))
	f.Add(signed(f, Request{Device: q.Device, Region: "CN-GD", Holder: q.Holder}, device, noon))
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := Parse(b)
		if err != nil {
			if !errors.Is(err, ErrForm) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		again, err := cose.Marshal(u.wire)
		if err != nil || !bytes.Equal(again, u.message.Payload) {
			t.Fatalf("the payload %x is written as %x, %v", u.message.Payload, again, err)
		}
	})
}
