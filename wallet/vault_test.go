package wallet

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"testing"

	"healthcode.example/crypto/seal"
	"healthcode.example/health"
)

func TestAPersonComesBackFromTheVaultAndOnlyAsThemselves(t *testing.T) {
	v := testVault(t)
	p := Person{
		ID: health.PersonID{1}, Name: "欧阳明日", Birth: Date{1949, 12, 31}, Region: 440300,
		Documents: []Document{{ResidentID, "99000019491231000X"}, {Passport, "E9900001"}},
	}
	box, err := v.SealPerson(rand.Reader, p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(box, []byte(p.Name)) || bytes.Contains(box, []byte("19491231")) {
		t.Error("the box can be read")
	}
	got, err := v.OpenPerson(StoredPerson{ID: p.ID, Sealed: box})
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("got %v %q, %v", got, got.Name, err)
	}
	if _, err := v.OpenPerson(StoredPerson{ID: health.PersonID{2}, Sealed: box}); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the record opens as another person's: %v", err)
	}
	other, err := NewVault(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.OpenPerson(StoredPerson{ID: p.ID, Sealed: box}); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the record opens with another key: %v", err)
	}
}

func TestALookupIsOfTypeNumberAndKey(t *testing.T) {
	v := testVault(t)
	other, err := NewVault(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	d := Document{Passport, "H12345678"}
	seen := map[Lookup]bool{v.Lookup(d): true}
	for _, l := range []Lookup{v.Lookup(Document{HomeReturnPermit, "H12345678"}), v.Lookup(Document{Passport, "H12345679"}), other.Lookup(d)} {
		if seen[l] {
			t.Error("two lookups are alike")
		}
		seen[l] = true
	}
	if again := testVault(t); !seen[again.Lookup(d)] {
		t.Error("a vault of the same key looks elsewhere")
	}
}

func TestAPrintOpensForItsPersonAndHandleOnly(t *testing.T) {
	v := testVault(t)
	box, err := v.SealPrint(rand.Reader, health.PersonID{1}, 7, []byte("code"))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := v.OpenPrint(health.PersonID{1}, StoredPrint{Handle: 7, Sealed: box}); err != nil || string(code) != "code" {
		t.Errorf("got %q, %v", code, err)
	}
	if _, err := v.OpenPrint(health.PersonID{1}, StoredPrint{Handle: 8, Sealed: box}); err == nil {
		t.Error("it opens for another handle")
	}
	if _, err := v.OpenPrint(health.PersonID{2}, StoredPrint{Handle: 7, Sealed: box}); err == nil {
		t.Error("it opens for another person")
	}
}

func TestAWrongMasterKeyIsRefused(t *testing.T) {
	if _, err := NewVault(make([]byte, 16)); err == nil {
		t.Error("a short key was taken")
	}
}
