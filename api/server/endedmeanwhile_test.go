package server_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/wallet"
)

// meanwhile is a wallet in which something happens once between the look at a session and what is done for it.
type meanwhile struct {
	*wallet.Service
	token string
	once  *sync.Once
	does  func()
}

func (m meanwhile) Session(ctx context.Context, token string, at time.Time) (wallet.Session, error) {
	ses, err := m.Service.Session(ctx, token, at)
	if err == nil && token == m.token {
		m.once.Do(m.does)
	}
	return ses, err
}

func TestATelephoneOfASessionThatEndsInThatMomentIsNotRegistered(t *testing.T) {
	for what, end := range map[string]func(w *world) error{
		"all devices end": func(w *world) error {
			return w.wallet.EndDevicesOf(context.Background(), w.guardian, [32]byte{}, wallet.ByCommunityWorker, w.now())
		},
		"the person logs out": func(w *world) error { return w.wallet.LogOut(context.Background(), w.guardian, w.now()) },
	} {
		w := newWorld(t)
		key := fmt.Sprintf(`{"key":%s}`, w.variables()["jwk"])
		w.open(func(c *server.Config) {
			c.Wallet = meanwhile{Service: w.wallet, token: w.token, once: new(sync.Once), does: func() { w.must(end(w)) }}
		})
		before, err := w.wallet.Devices(context.Background(), w.guardian)
		w.must(err)
		w.refused("POST", "/v1/wallet/devices", w.token, key, api.CodeUnauthorized)
		after, err := w.wallet.Devices(context.Background(), w.guardian)
		if err != nil || len(after) > len(before) || what == "all devices end" && len(after) != 0 {
			t.Errorf("%s: there are %d devices, %v", what, len(after), err)
		}
	}
}

func TestNoPaperIsMadeOrDrawnForASessionThatEndsInThatMoment(t *testing.T) {
	for what, end := range map[string]func(w *world) error{
		"all devices end": func(w *world) error {
			return w.wallet.EndDevicesOf(context.Background(), w.guardian, [32]byte{}, wallet.ByCommunityWorker, w.now())
		},
		"the person logs out": func(w *world) error { return w.wallet.LogOut(context.Background(), w.guardian, w.now()) },
	} {
		for _, c := range []struct{ method, path string }{
			{"POST", "/v1/wallet/paper/%s"}, {"GET", "/v1/wallet/paper/%s.png"}, {"GET", "/v1/wallet/paper/%s.html"},
		} {
			w := newWorld(t)
			if status, _, answer := w.call("POST", "/v1/wallet/paper/"+w.child.String(), w.token, ""); status != 201 {
				t.Fatalf("%d %s", status, answer)
			}
			w.open(func(c *server.Config) {
				c.Wallet = meanwhile{Service: w.wallet, token: w.token, once: new(sync.Once), does: func() { w.must(end(w)) }}
			})
			before := len(w.events(w.child))
			w.refused(c.method, fmt.Sprintf(c.path, w.child), w.token, "", api.CodeUnauthorized)
			if got := len(w.events(w.child)); got != before {
				t.Errorf("%s, %s: the child's history has %d more", what, c.path, got-before)
			}
		}
	}
}
