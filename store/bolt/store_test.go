package bolt_test

import (
	"path/filepath"
	"testing"

	"healthcode.example/store/bolt"
	"healthcode.example/store/storetest"
)

func TestBoltDoesWhatEveryStoreMust(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		t.Helper()
		s, err := bolt.Open(filepath.Join(dir, "store"), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
