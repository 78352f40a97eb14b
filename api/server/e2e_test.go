package server_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"image/png"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// TestAFamilyRefreshesShowsAndIsVerifiedWithTheServerOff walks the main job through the client.
func TestAFamilyRefreshesShowsAndIsVerifiedWithTheServerOff(t *testing.T) {
	w := newWorld(t)
	ctx, client, holder := context.Background(), w.client(), w.newHolder()
	codes, err := client.Codes(ctx, w.asks(holder, true, []health.PersonID{w.child, w.guardian}))
	w.must(err)
	if len(codes.Codes) != 2 || codes.Codes[1].Relation != "child" || codes.Codes[0].Member != w.guardian.String() {
		t.Fatalf("%+v", codes)
	}
	if h := codes.Households; len(h) != 1 || h[0].Problem != nil || len(h[0].Salts) != 2 || h[0].Members[0] != w.child.String() || !h[0].ExpiresAt.Equal(codes.Codes[0].ExpiresAt) {
		t.Fatalf("%+v", codes.Households)
	}
	gate := w.gateOf(client)
	at := w.now().Add(9 * time.Hour) // no network since the morning
	challenge := bytes.Repeat([]byte{3}, 16)
	for _, c := range codes.Codes {
		r := gate.Verify(w.answer(c, holder, challenge), at, challenge)
		if r.Verdict != verifier.Accept || r.Members[0].Name != c.Name || r.Members[0].Colour.String() != c.Colour {
			t.Errorf("%+v", r)
		}
		if !c.ExpiresAt.Equal(codes.IssuedAt.Add(24 * time.Hour)) {
			t.Errorf("issued %v, expires %v", codes.IssuedAt, c.ExpiresAt)
		}
	}
	own, child := w.answer(codes.Codes[0], holder, challenge), w.answer(codes.Codes[1], holder, challenge)
	for text, want := range map[string]string{own: "match", child: "no_match"} {
		got, err := client.VerifyAll(ctx, api.VerificationRequest{
			Codes: []string{text}, Challenge: hex.EncodeToString(challenge), Document: &api.Document{Type: "resident-id", Number: guardianNumber},
		})
		w.must(err)
		if got[0].Document != want {
			t.Errorf("%+v, want %s", got[0], want)
		}
	}
}

// TestAWalletFetchesIntoItsFileAndShowsAHousehold is the same from the holder's side, with the file between.
func TestAWalletFetchesIntoItsFileAndShowsAHousehold(t *testing.T) {
	w := newWorld(t)
	file := holder.New()
	file.SetDevice(w.device.ID, w.deviceKey)
	file.SetAccount(holder.Account{Service: w.url, Region: "CN-GD", Session: w.token})
	both := []health.PersonID{w.child, w.guardian}
	_, err := w.client().Fetch(context.Background(), file, holder.Question{Document: true, Sets: [][]health.PersonID{both}}, w.rand, w.now())
	w.must(err)
	gate, challenge := w.gateOf(w.client()), bytes.Repeat([]byte{8}, 16)
	for _, show := range []holder.Show{{People: both}, {People: both[:1]}, {People: both, Challenge: challenge, Document: true}} {
		text, err := file.Present(show, w.now())
		w.must(err)
		r := gate.Verify(text, w.now(), show.Challenge)
		if r.Verdict != verifier.Accept || len(r.Members) != len(show.People) {
			t.Errorf("%+v", r)
		}
		if want := map[bool]verifier.Match{true: verifier.Matches, false: verifier.NotOffered}[show.Document]; r.MatchDocument("resident-id", guardianNumber) != want {
			t.Errorf("the document: %v, want %v", r.MatchDocument("resident-id", guardianNumber), want)
		}
	}
	w.infect(w.child)
	w.must(w.wallet.EndDevice(context.Background(), w.device.ID, wallet.BySelf, w.now()))
	before := file.Members(w.now())
	if _, err := w.client().Fetch(context.Background(), file, holder.Question{}, w.rand, w.now()); api.ProblemOf(err) == nil || api.ProblemOf(err).Code != api.CodeDeviceEnded {
		t.Errorf("a lost phone: %v", err)
	}
	if after := file.Members(w.now()); len(after) != len(before) {
		t.Errorf("a failed refresh left %d of %d members", len(after), len(before))
	}
}

// gateOf loads the bundle as a checkpoint does, from the pinned root.
func (w *world) gateOf(client *api.Client) *verifier.Verifier {
	w.t.Helper()
	file, tag, err := client.Bundle(context.Background(), "")
	w.must(err)
	if again, _, err := client.Bundle(context.Background(), tag); err != nil || again != nil {
		w.t.Errorf("the bundle came again: %d bytes, %v", len(again), err)
	}
	pinned, err := trust.Pin(w.root)
	w.must(err)
	bundle, err := trust.Update(pinned, file, w.now())
	w.must(err)
	return verifier.New(bundle, verifier.Policy{Demo: true})
}

// answer presents a code that came over the wire.
func (w *world) answer(c api.WalletCode, holder *cose.PrivateKey, challenge []byte) string {
	w.t.Helper()
	code, err := base45.Decode(strings.TrimPrefix(c.Code, credential.Prefix))
	w.must(err)
	salt, err := hex.DecodeString(c.Salt)
	w.must(err)
	p := credential.Presentation{
		At: w.now().Unix(), Codes: [][]byte{code}, Challenge: challenge, Salts: map[int]credential.Revealed{0: credential.Salt(salt).Of(0)},
	}
	message, err := p.Sign(holder)
	w.must(err)
	return credential.Text(message)
}

func TestAPaperCodeIsPrintedDrawnAndEndedByTheNextOne(t *testing.T) {
	w := newWorld(t)
	ctx, client := context.Background(), w.client()
	first, err := client.NewPrint(ctx, w.child.String(), "")
	w.must(err)
	picture, err := client.DrawPrint(ctx, w.child.String(), "png", api.Sheet{})
	w.must(err)
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Errorf("the picture is none: %v", err)
	}
	r, err := client.Verify(ctx, first.Code)
	w.must(err)
	if r.Verdict != "accept" || r.Check != "document" || r.Members[0].Kind != "paper" {
		t.Errorf("%+v", r)
	}
	second, err := client.NewPrint(ctx, w.child.String(), "")
	w.must(err)
	w.publish()
	for code, want := range map[string]string{first.Code: "revoked", second.Code: "ok"} {
		if r, err := client.Verify(ctx, code); err != nil || r.Reason != want {
			t.Errorf("%+v %v, want %s", r, err, want)
		}
	}
	if _, err := client.NewPrint(ctx, w.stranger.String(), ""); api.ProblemOf(err) == nil || api.ProblemOf(err).Code != api.CodeMemberNotFound {
		t.Errorf("a print of another family: %v", err)
	}
}
