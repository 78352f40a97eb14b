package issuer_test

import (
	"errors"
	"strings"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

func TestOnlyADemonstrationStandsOnADemoRoot(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	if err := w.issuer.CheckRoles(t.Context(), false); !errors.Is(err, issuer.ErrDemo) || !strings.Contains(err.Error(), "root init") {
		t.Errorf("want %q and the remedy, got %v", issuer.ErrDemo, err)
	}
	if err := w.issuer.CheckRoles(t.Context(), true); err != nil {
		t.Error(err)
	}
	real, err := w.authority.FirstRoot(false, w.at.AddDate(5, 0, 0))
	w.must(err)
	w.store, w.root = newMemory(), real
	if err := w.server().CheckRoles(t.Context(), false); err != nil {
		t.Error(err)
	}
	if err := w.server().CheckRoles(t.Context(), true); err == nil {
		t.Error("a demonstration began on a real root")
	}
}

func TestTheServerHoldsNoKeyOfAnOfflineRole(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	for _, signer := range []cose.Signer{w.authority.Roots[0], w.authority.Lists[0]} {
		key := signer.(*cose.PrivateKey)
		if _, err := w.issuer.AddKey(t.Context(), trust.Phone, 0, key); !errors.Is(err, issuer.ErrRole) {
			t.Errorf("an offline key was taken into the store: %v", err)
		}
		id := key.Public().ID()
		w.must(w.store.PutKey(t.Context(), issuer.KeyRecord{ID: id, Purpose: trust.Phone, Sealed: []byte{1}}))
		if err := w.issuer.CheckRoles(t.Context(), true); !errors.Is(err, issuer.ErrRole) {
			t.Errorf("a server that holds the key %s starts: %v", id, err)
		}
		delete(w.store.keys, id)
	}
}
