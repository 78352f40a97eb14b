package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
	"healthcode.example/wallet/refresh"
)

// refusing fails every refresh with one error.
type refusing struct {
	server.Wallet
	err error
}

func (r *refusing) RefreshSigned(context.Context, health.PersonID, []byte, time.Time) (wallet.Fetched, error) {
	return wallet.Fetched{}, fmt.Errorf("refresh: %w", r.err)
}

func TestErrorsOfTheWalletAreProblemsThatSayWhatToDo(t *testing.T) {
	broken := new(refusing)
	w := newWorldWith(t, func(c *server.Config) { broken.Wallet, c.Wallet = c.Wallet, broken })
	for _, c := range []struct {
		err  error
		want api.Code
	}{
		{wallet.ErrNoDevice, api.CodeDeviceEnded},
		{wallet.ErrDeviceExists, api.CodeDeviceExists},
		{wallet.ErrNoPerson, api.CodeMemberNotFound},
		{wallet.ErrNoMember, api.CodeMemberNotFound},
		{wallet.ErrTooMany, api.CodeTooMany},
		{refresh.ErrForm, api.CodeInvalidRequest},
		{refresh.ErrRegion, api.CodeInvalidRequest},
		{refresh.ErrSignature, api.CodeDeviceProof},
		{refresh.ErrClock, api.CodeClock},
		{wallet.ErrNoGuardian, api.CodeMemberNotFound},
		{wallet.ErrNoPrint, api.CodeNoPrint},
		{wallet.ErrEnded, api.CodePrintOver},
		{issuer.ErrCeiling, api.CodeIssuerNotReady},
		{issuer.ErrNotReady, api.CodeIssuerNotReady},
		{issuer.ErrNoKey, api.CodeIssuerNotReady},
		{issuer.ErrNoList, api.CodeIssuerNotReady},
		{issuer.ErrWidth, api.CodeIssuerNotReady},
		{errors.New("disk on fire"), api.CodeInternal},
	} {
		broken.err = c.err
		_, err := w.client().Codes(context.Background(), w.asks(w.newHolder(), false))
		p := api.ProblemOf(err)
		if p == nil || p.Code != c.want || (p.Detail == "") != (c.want == api.CodeInternal) {
			t.Errorf("%v becomes %v, want %s", c.err, err, c.want)
		}
	}
}

func TestADeviceThatEndedGetsNoCodes(t *testing.T) {
	w := newWorld(t)
	w.must(w.wallet.EndDevice(context.Background(), w.device.ID, wallet.BySelf, w.now()))
	_, err := w.client().Codes(context.Background(), w.asks(w.newHolder(), false))
	if p := api.ProblemOf(err); p == nil || p.Code != api.CodeDeviceEnded {
		t.Errorf("%v", err)
	}
}

func TestWhatTheHTTPServerSaysIsLoggedWithoutAddresses(t *testing.T) {
	log := new(lines)
	s, err := server.New(server.Config{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	server.HTTPServer(s).ErrorLog.Print("http: TLS handshake error from 192.0.2.7:4711 and [2001:db8::7]:4711: EOF")
	if got := log.String(); strings.Contains(got, "192.") || strings.Contains(got, "2001") || !strings.Contains(got, "handshake error from (address) and (address): EOF") {
		t.Errorf("%s", got)
	}
}
