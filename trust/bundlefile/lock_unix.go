//go:build unix

package bundlefile

import (
	"errors"
	"os"
	"syscall"
)

// lock waits until no other process updates path. The lock lies on a file of its own, since path itself is replaced; the file stays, because
// removing it would let two processes hold locks on two files of one name.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil // closing gives the lock back
}
