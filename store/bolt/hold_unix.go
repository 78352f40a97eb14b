//go:build unix

package bolt

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Hold keeps every process out that would write to the store at path, until it
// lets go: ErrInUse when one has it open already. The file may be damaged, and
// stays as it is; others may read it, this process too.
func Hold(path string) (release func() error, err error) { return hold(path, syscall.LOCK_SH) }

// HoldAlone keeps every other Hold and HoldAlone of the file at path out, of any
// kind of file: ErrInUse when there is one.
func HoldAlone(path string) (release func() error, err error) { return hold(path, syscall.LOCK_EX) }

func hold(path string, how int) (release func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return file.Close, nil
}
