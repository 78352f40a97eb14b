package bundlefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"healthcode.example/trust"
)

// floor is what a gate writes down of a bundle that it keeps, in a file of its own beside it. Where the bundle is gone, damaged, or an
// older one was put in its place, the gate still knows that it had one, and of which version. It is written after the bundle: a loss of power
// between the two leaves a floor that is too low, and never one that nothing reaches.
type floor struct {
	Pin      string `json:"pin,omitempty"` // the fingerprint of the root that was pinned; empty: the file's name says it
	Root     uint64 `json:"root"`
	KeyList  uint64 `json:"key_list"`
	Snapshot uint64 `json:"snapshot"`

	file string // where it stands
}

// maxFloor bounds the file: a fingerprint, three numbers and their names.
const maxFloor = 1 << 10

func floorOf(b *trust.Bundle, pin string) floor {
	return floor{Pin: pin, Root: b.Root().Version, KeyList: b.KeyList().Version, Snapshot: b.Version()}
}

const floorEnding = ".floor"

// floorFile is where the floor of the bundle at path stands.
func floorFile(path string) string { return path + floorEnding }

// loadFloor reads the floor of the bundle at path. The error is fs.ErrNotExist where nothing was ever kept there.
func loadFloor(path string) (l floor, err error) {
	f, err := os.Open(floorFile(path))
	if err != nil {
		return floor{}, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxFloor))
	if err != nil {
		return floor{}, err
	}
	read := json.NewDecoder(bytes.NewReader(b))
	read.DisallowUnknownFields()
	if err := read.Decode(&l); err != nil || l.Root == 0 || l.KeyList == 0 || l.Snapshot == 0 || read.More() {
		return floor{}, fmt.Errorf("%w: %s does not say which version was kept", trust.ErrFormat, floorFile(path))
	}
	l.file = floorFile(path)
	return l, nil
}

// saveFloor writes the floor of the bundle at path, unless it stands there already.
func saveFloor(path string, next floor) error {
	if now, err := loadFloor(path); err == nil {
		if now.file = ""; now == next {
			return nil
		}
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return Save(floorFile(path), append(text, '\n'))
}

// admits says whether no part of b is older than what was kept. trust.ErrRollback.
func (l floor) admits(b *trust.Bundle) error {
	if now := floorOf(b, ""); now.Root < l.Root || now.KeyList < l.KeyList || now.Snapshot < l.Snapshot {
		return fmt.Errorf("%w: this is root %d, key list %d, snapshot %d, and root %d, key list %d, snapshot %d was kept here before (%s)", trust.ErrRollback,
			now.Root, now.KeyList, now.Snapshot, l.Root, l.KeyList, l.Snapshot, l.file)
	}
	return nil
}
