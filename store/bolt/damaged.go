package bolt

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// ErrDamaged says that the file, a record or an index in it is not as this
// package writes it.
var ErrDamaged = errors.New("the store is damaged: restore the newest backup; keep the file")

// bbolt reads the file through a mapping and trusts it: on a damaged file it
// panics, or touches memory behind the end of a file cut short. guarded runs f
// and turns both into ErrDamaged. A panic of anybody else goes on.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			if !ofDamage(p) {
				panic(p)
			}
			err = fmt.Errorf("%w (%v)", ErrDamaged, p)
		}
	}()
	return f()
}

// ofDamage says whether the panic being recovered from is a fault of memory or
// began in bbolt. It must be called by the deferred function itself.
func ofDamage(p any) bool {
	if _, fault := p.(interface{ Addr() uintptr }); fault {
		return true
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "go.etcd.io/bbolt") {
			return true
		}
		if !more {
			return false
		}
	}
}
