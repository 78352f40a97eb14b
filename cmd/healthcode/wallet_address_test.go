package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"healthcode.example/wallet/holder"
)

// TestAWalletGoesNowhereButToItsService: a redirect would take its session along, and over plain HTTP anybody on the way reads it.
func TestAWalletGoesNowhereButToItsService(t *testing.T) {
	reached := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer elsewhere.Close()
	service := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer service.Close()
	file := holder.New()
	for address, safe := range map[string]bool{service.URL: true, "http://code.example": false} {
		file.SetAccount(holder.Account{Service: address, Session: "session"})
		client, err := walletClient(file)
		if safe != (err == nil) {
			t.Fatalf("%s: %v", address, err)
		}
		if !safe {
			continue
		}
		if _, err := client.Family(context.Background()); err == nil || reached != 0 {
			t.Errorf("%d requests came elsewhere: %v", reached, err)
		}
	}
}
