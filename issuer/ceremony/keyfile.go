package ceremony

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/trust"
)

// KeyFile is one key at rest: its public half readable, its private half locked by a passphrase, and for an issuer key what
// the key list shall say of it. Without the private half (Public) it may be shown to anybody.
//
//	key-file = { 1: COSE_Key, ? 2: entry, ? 3: salt .size 16, ? 4: rounds, ? 5: box }
//	entry = [ purpose, state, prefecture, use-from, use-until, verify-until ]
//
// The box is crypto/seal's, under PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) of the passphrase.
type KeyFile struct {
	Key   *cose.PublicKey
	Entry *trust.IssuerKey // nil for the key of a person who signs roots or key lists

	salt   []byte
	rounds uint64
	box    []byte
}

const (
	keyFileRounds    = 600_000 // OWASP's figure of 2023 for PBKDF2-HMAC-SHA256: a third of a second
	maxKeyFileRounds = 100 * keyFileRounds
	minPassphrase    = 12
	keyFileLabel     = "ceremony key"
)

type wireKeyFile struct {
	Key    []byte     `cbor:"1,keyasint"`
	Entry  *wireEntry `cbor:"2,keyasint,omitempty"`
	Salt   []byte     `cbor:"3,keyasint,omitempty"`
	Rounds uint64     `cbor:"4,keyasint,omitempty"`
	Box    []byte     `cbor:"5,keyasint,omitempty"`
}

type wireEntry struct {
	_           struct{} `cbor:",toarray"`
	Purpose     trust.Purpose
	State       trust.KeyState
	Prefecture  uint32
	UseFrom     int64
	UseUntil    int64
	VerifyUntil int64
}

// LockKey makes the file of a key. entry is nil for a person's own key. The passphrase has at least 12 bytes: whoever finds
// the file can try passphrases at leisure.
func LockKey(key *cose.PrivateKey, entry *trust.IssuerKey, passphrase []byte, rand io.Reader) (*KeyFile, error) {
	if len(passphrase) < minPassphrase {
		return nil, fmt.Errorf("lock key %s: the passphrase has %d bytes: take at least %d, such as four words", key.Public().ID(), len(passphrase), minPassphrase)
	}
	if entry != nil && !entry.Key.Equal(key.Public()) {
		return nil, fmt.Errorf("lock key %s: the entry is of key %s", key.Public().ID(), entry.Key.ID())
	}
	secret, err := key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("lock key %s: %w", key.Public().ID(), err)
	}
	f := &KeyFile{Key: key.Public(), Entry: entry, salt: make([]byte, 16), rounds: keyFileRounds}
	if _, err := io.ReadFull(rand, f.salt); err != nil {
		return nil, fmt.Errorf("lock key %s: read random bytes: %w", key.Public().ID(), err)
	}
	lock, err := f.lock(passphrase)
	if err != nil {
		return nil, fmt.Errorf("lock key %s: %w", key.Public().ID(), err)
	}
	if f.box, err = lock.Seal(rand, secret, f.Key.Bytes()); err != nil {
		return nil, fmt.Errorf("lock key %s: %w", key.Public().ID(), err)
	}
	return f, nil
}

func (f *KeyFile) lock(passphrase []byte) (*seal.Key, error) {
	master, err := pbkdf2.Key(sha256.New, string(passphrase), f.salt, int(f.rounds), seal.MasterSize)
	if err != nil {
		return nil, err
	}
	return seal.NewKey(master, keyFileLabel)
}

// Unlock opens the private half.
func (f *KeyFile) Unlock(passphrase []byte) (*cose.PrivateKey, error) {
	if f.box == nil {
		return nil, fmt.Errorf("unlock key %s: the file holds its public half only: take the holder's own file", f.Key.ID())
	}
	lock, err := f.lock(passphrase)
	if err != nil {
		return nil, fmt.Errorf("unlock key %s: %w", f.Key.ID(), err)
	}
	secret, err := lock.Open(f.box, f.Key.Bytes())
	if err != nil {
		return nil, fmt.Errorf("unlock key %s: the passphrase is wrong or the file is damaged", f.Key.ID())
	}
	key, err := cose.ParsePrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("unlock key %s: %w", f.Key.ID(), err)
	}
	if !key.Public().Equal(f.Key) {
		return nil, fmt.Errorf("unlock key %s: the file holds the private half of %s", f.Key.ID(), key.Public().ID())
	}
	return key, nil
}

// Public is the file without the private half.
func (f *KeyFile) Public() *KeyFile { return &KeyFile{Key: f.Key, Entry: f.Entry} }

// Locked says whether the private half is in the file.
func (f *KeyFile) Locked() bool { return f.box != nil }

// Bytes writes the file.
func (f *KeyFile) Bytes() ([]byte, error) {
	w := wireKeyFile{Key: f.Key.Bytes(), Salt: f.salt, Rounds: f.rounds, Box: f.box}
	if e := f.Entry; e != nil {
		w.Entry = &wireEntry{Purpose: e.Purpose, State: e.State, Prefecture: e.Prefecture, UseFrom: e.UseFrom, UseUntil: e.UseUntil, VerifyUntil: e.VerifyUntil}
	}
	return cose.Marshal(w)
}

// ParseKeyFile reads what Bytes wrote.
func ParseKeyFile(b []byte) (*KeyFile, error) {
	var w wireKeyFile
	if err := cose.Unmarshal(b, &w); err != nil {
		return nil, errors.New("read a key file: it is none that healthcode signer new or keys new wrote, or it was cut") // the cause names Go's types
	}
	key, err := cose.ParseKey(w.Key)
	if err != nil {
		return nil, fmt.Errorf("read a key file: %w", err)
	}
	f := &KeyFile{Key: key, salt: w.Salt, rounds: w.Rounds, box: w.Box}
	if w.Box != nil && (len(w.Salt) != 16 || w.Rounds < 1 || w.Rounds > maxKeyFileRounds) || w.Box == nil && (w.Salt != nil || w.Rounds != 0) {
		return nil, errors.New("read a key file: its lock is not as this program makes it")
	}
	if e := w.Entry; e != nil {
		f.Entry = &trust.IssuerKey{Key: key, Purpose: e.Purpose, State: e.State, Prefecture: e.Prefecture, UseFrom: e.UseFrom, UseUntil: e.UseUntil, VerifyUntil: e.VerifyUntil}
	}
	return f, nil
}
