package trust

import (
	"crypto/sha256"
	"fmt"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// Snapshot ties one key list and all status lists together at one time: signed often, by the narrow online key of purpose snapshot.
//
//	snapshot = { 1: version, 2: issued, 3: expires, 4: region, 5: key list version, 6: key list hash, 7: ceiling, 8: [ * list ], ? 9: [ 1*32 run ] }
//	list = [ purpose, day, width, count, size, hash ]   ; hash: bstr .size 32, or empty where count is 0
//
// Hashes are SHA-256: of the key list's payload, and of a list's bytes.
type Snapshot struct {
	Version        uint64
	IssuedAt       int64 // Unix seconds; the clock floor of every verifier that has it
	ExpiresAt      int64
	Region         string
	KeyListVersion uint64
	KeyListHash    [32]byte
	Ceiling        uint64 // no handle at or above it had been given
	Lists          []ListRef
	Runs           []Run // who published, ascending, the last one this snapshot; none before there were runs
}

// ListRef is what the snapshot says of one status list.
type ListRef struct {
	Purpose Purpose
	Day     uint32
	Width   uint8
	Count   uint64
	Size    uint64
	Hash    [32]byte
}

type wireSnapshot struct {
	Version        uint64        `cbor:"1,keyasint"`
	Issued         int64         `cbor:"2,keyasint"`
	Expires        int64         `cbor:"3,keyasint"`
	Region         string        `cbor:"4,keyasint"`
	KeyListVersion uint64        `cbor:"5,keyasint"`
	KeyListHash    []byte        `cbor:"6,keyasint"`
	Ceiling        uint64        `cbor:"7,keyasint"`
	Lists          []wireListRef `cbor:"8,keyasint"`
	Runs           []wireRun     `cbor:"9,keyasint,omitempty"`
}

type wireListRef struct {
	_       struct{} `cbor:",toarray"`
	Purpose Purpose
	Day     uint32
	Width   uint8
	Count   uint64
	Size    uint64
	Hash    []byte
}

func (s *Snapshot) validate() error {
	switch {
	case s.Version == 0 || s.Version > MaxVersion:
		return fmt.Errorf("snapshot version %d out of range", s.Version)
	case s.IssuedAt <= 0 || s.ExpiresAt <= s.IssuedAt || s.ExpiresAt > maxTime:
		return fmt.Errorf("snapshot times out of range")
	case !credential.ValidIssuer(s.Region):
		return fmt.Errorf("snapshot region %.8q is not an ISO 3166-2 code", s.Region)
	case len(s.Lists) > maxLists:
		return fmt.Errorf("snapshot of %d lists, at most %d", len(s.Lists), maxLists)
	}
	left := uint64(maxIndices)
	for i, r := range s.Lists {
		if r.Count > left {
			return fmt.Errorf("snapshot: its lists hold more than %d indices", uint64(maxIndices))
		}
		left -= r.Count
		if r.Purpose != Phone && r.Purpose != Paper || r.Width < minWidth || r.Width > maxWidth || r.Size > maxListBytes {
			return fmt.Errorf("snapshot: list %d has a purpose, width or size out of range", i)
		}
		if r.Count == 0 && r.Size != 0 || r.Count > 0 && r.Size < 2 {
			return fmt.Errorf("snapshot: list %d of %d indices in %d bytes", i, r.Count, r.Size)
		}
		if i > 0 && !s.Lists[i-1].before(r) {
			return fmt.Errorf("snapshot: lists are not in the order of purpose and day")
		}
	}
	return s.validateRuns()
}

func (r ListRef) before(o ListRef) bool {
	return r.Purpose < o.Purpose || r.Purpose == o.Purpose && r.Day < o.Day
}

// SignSnapshot ties keyList (a signed one) and lists (in the order of purpose and day) into s and signs it: COSE_Sign1, typ yk/snap. It sets
// the fields of s that speak of them.
func SignSnapshot(s *Snapshot, keyList []byte, lists []*StatusList, signer cose.Signer) ([]byte, error) {
	k, err := parseKeyList(keyList)
	if err != nil {
		return nil, fmt.Errorf("sign snapshot: %w", err)
	}
	s.KeyListVersion, s.KeyListHash, s.Lists = k.list.Version, k.hash, nil
	for _, l := range lists {
		ref := ListRef{Purpose: l.Purpose, Day: l.Day, Width: l.Width, Count: uint64(len(l.indices)), Size: uint64(len(l.encoded))}
		if ref.Count > 0 {
			ref.Hash = sha256.Sum256(l.encoded)
		}
		s.Lists = append(s.Lists, ref)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("sign snapshot: %w", err)
	}
	w := wireSnapshot{s.Version, s.IssuedAt, s.ExpiresAt, s.Region, s.KeyListVersion, s.KeyListHash[:], s.Ceiling, nil, wireRuns(s.Runs)}
	for _, r := range s.Lists {
		ref := wireListRef{Purpose: r.Purpose, Day: r.Day, Width: r.Width, Count: r.Count, Size: r.Size}
		if r.Count > 0 {
			ref.Hash = r.Hash[:]
		}
		w.Lists = append(w.Lists, ref)
	}
	payload, err := cose.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("sign snapshot: %w", err)
	}
	return cose.SignSign1(TypeSnapshot, payload, signer, true)
}

// signedSnapshot is a snapshot as it was received.
type signedSnapshot struct {
	raw      []byte
	message  cose.Sign1
	snapshot *Snapshot
}

func parseSnapshot(raw []byte) (*signedSnapshot, error) {
	m, err := cose.ParseSign1(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: snapshot: %v", ErrFormat, err)
	}
	if m.Type != TypeSnapshot || !m.HasKeyID || raw[0]>>5 == 6 {
		return nil, fmt.Errorf("%w: snapshot: not an untagged object of typ %s with a kid", ErrFormat, TypeSnapshot)
	}
	var w wireSnapshot
	if err := cose.Unmarshal(m.Payload, &w); err != nil {
		return nil, fmt.Errorf("%w: snapshot: %v", ErrFormat, err)
	}
	s := &Snapshot{Version: w.Version, IssuedAt: w.Issued, ExpiresAt: w.Expires, Region: w.Region, KeyListVersion: w.KeyListVersion, Ceiling: w.Ceiling}
	if len(w.KeyListHash) != len(s.KeyListHash) {
		return nil, fmt.Errorf("%w: snapshot: hash of %d bytes", ErrFormat, len(w.KeyListHash))
	}
	s.KeyListHash = [32]byte(w.KeyListHash)
	for _, r := range w.Lists {
		ref := ListRef{Purpose: r.Purpose, Day: r.Day, Width: r.Width, Count: r.Count, Size: r.Size}
		if want := min(r.Count, 1) * sha256.Size; uint64(len(r.Hash)) != want {
			return nil, fmt.Errorf("%w: snapshot: hash of %d bytes", ErrFormat, len(r.Hash))
		}
		copy(ref.Hash[:], r.Hash)
		s.Lists = append(s.Lists, ref)
	}
	if s.Runs, err = readRuns(w.Runs); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return &signedSnapshot{raw, m, s}, nil
}
