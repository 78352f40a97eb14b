package bundlefile

import (
	"fmt"
	"io"
	"os"

	"healthcode.example/trust"
)

// Load reads the bundle at path, at most trust.MaxBundle bytes. Its error is an *fs.PathError where the file cannot be read, and wraps
// trust.ErrFormat where it is too large to be one. What it holds is not yet believed: trust.Update does that.
func Load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err == nil && info.Size() > trust.MaxBundle {
		return nil, tooLarge()
	}
	return Read(f)
}

// Read reads a bundle from r, at most trust.MaxBundle bytes.
func Read(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, trust.MaxBundle+1))
	if err != nil {
		return nil, err
	}
	if len(b) > trust.MaxBundle {
		return nil, tooLarge()
	}
	return b, nil
}

func tooLarge() error {
	return fmt.Errorf("%w: longer than %d bytes", trust.ErrFormat, trust.MaxBundle)
}

// Save puts data in the place of path, with mode 0644 where it is new: a bundle is public. When it returns nil the file is durable; when it
// returns an error the former file is there, or the new one where only the syncing of the directory failed. What is no file (a device, a pipe, a
// directory) is never replaced by one.
func Save(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("save the bundle: %s is no file (%v): name one", path, info.Mode().Type())
	}
	return save(disk{}, path, data)
}
