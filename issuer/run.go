package issuer

import (
	"fmt"
	"io"
	"sync"

	"healthcode.example/trust"
)

// run is this issuer's place among all that publish for the region (trust.Run): an id drawn with its first publication, and kept nowhere, so that a
// copy of the store goes on under another one.
type run struct {
	mu sync.Mutex
	id *trust.RunID
}

func (r *run) draw(rand io.Reader) (trust.RunID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == nil {
		var id trust.RunID
		if _, err := io.ReadFull(rand, id[:]); err != nil {
			return id, fmt.Errorf("draw the id of this run: read random bytes: %w", err)
		}
		r.id = &id
	}
	return *r.id, nil
}
