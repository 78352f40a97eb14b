package cose

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
)

func TestAPrivateKeyIsNeverPrinted(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(t, alg)
		type open struct{ K *PrivateKey }
		type value struct{ K PrivateKey }
		type hidden struct{ k PrivateKey }
		type embedded struct{ *PrivateKey }
		var out bytes.Buffer
		text, jsonLog := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
		for _, v := range []any{k, *k, open{k}, value{*k}, hidden{*k}, &hidden{*k}, embedded{k}, []any{k}, map[string]any{"k": *k}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			text.Info("key", "key", v)
			jsonLog.Info("key", "key", v)
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(b)
		}
		want := "private key " + k.Public().ID().String()
		if !strings.Contains(out.String(), `{"K":"`+want+`"}`) || fmt.Sprint(k) != want || fmt.Sprintf("%x", *k) != want {
			t.Errorf("the key does not print as %q", want)
		}
		for _, form := range printedForms(t, k) {
			if strings.Contains(out.String(), form) {
				t.Errorf("%v: the output holds %q of the private part", alg, form)
			}
		}
	}
}

// printedForms gives the beginning of the private part as fmt and json print bytes, words and numbers.
func printedForms(t *testing.T, k *PrivateKey) []string {
	t.Helper()
	raw, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b := raw[len(raw)-32:]
	return []string{
		fmt.Sprintf("%d %d %d", b[0], b[1], b[2]),
		fmt.Sprintf("%d,%d,%d", b[0], b[1], b[2]),
		fmt.Sprintf("%02x%02x%02x%02x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%02X%02X%02X%02X", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%#x, %#x, %#x", b[0], b[1], b[2]),
		fmt.Sprint(binary.BigEndian.Uint64(b)), fmt.Sprint(binary.LittleEndian.Uint64(b)),
		new(big.Int).SetBytes(b).String(),
	}
}

func TestTheZeroPrivateKeySignsNothingAndPrints(t *testing.T) {
	var k PrivateKey
	if _, err := k.Sign([]byte("message")); err == nil {
		t.Error("it signed")
	}
	if _, err := k.Bytes(); err == nil {
		t.Error("it was written")
	}
	if fmt.Sprint(k) != "private key (none)" || fmt.Sprint((*PrivateKey)(nil)) != "<nil>" {
		t.Errorf("it prints as %v", k)
	}
}

func TestSignaturesAreDeterministic(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(t, alg)
		a, err := k.Sign([]byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := k.Sign([]byte("message"))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%v: the same message has two signatures: %v", alg, err)
		}
	}
}
