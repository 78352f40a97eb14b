package verifier

import "time"

// memory holds keys until their time has come. What ends first is what was added first, as every key of one memory is kept for the same time:
// forgetting costs what is forgotten, however much is held. Behind a clock that went back a key stays longer, never shorter.
type memory[K comparable] struct {
	until map[K]time.Time
	order []K // as they were added; some may have been dropped since
}

func newMemory[K comparable]() memory[K] { return memory[K]{until: make(map[K]time.Time)} }

// add holds the key until the time, which is not before that of any key added earlier under a clock that goes forward.
func (m *memory[K]) add(k K, until time.Time) {
	m.until[k] = until
	m.order = append(m.order, k)
}

// drop lets go of a key before its time.
func (m *memory[K]) drop(k K) { delete(m.until, k) }

// forget drops what has ended.
func (m *memory[K]) forget(at time.Time) {
	for len(m.order) > 0 {
		k := m.order[0]
		if until, held := m.until[k]; held && !at.After(until) {
			return
		}
		delete(m.until, k)
		m.order = m.order[1:]
	}
}

// holds says whether the key is held at the time.
func (m *memory[K]) holds(k K, at time.Time) bool {
	until, ok := m.until[k]
	return ok && !at.After(until)
}
