package issuer_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

type listPlace struct {
	purpose trust.Purpose
	day     uint32
}

// memory is a store in memory: the issuer's, and as much of the ledger and the holdings as its tests need.
type memory struct {
	mu        sync.Mutex
	lists     map[listPlace]issuer.ListKey
	revoked   []issuer.Revocation
	published *issuer.Publication
	next      uint64
	ceiling   uint64
	keys      map[cose.KeyID]issuer.KeyRecord
	holdings  []*issuer.Holding
	evidence  []health.Evidence
	decisions map[health.PersonID]health.Decision

	reads         int    // calls of any method
	beforePublish func() // runs once, before the next Publish takes the lock
}

var (
	_ issuer.Store  = (*memory)(nil)
	_ health.Ledger = (*memory)(nil)
)

func newMemory() *memory {
	return &memory{
		lists: map[listPlace]issuer.ListKey{}, next: 1, keys: map[cose.KeyID]issuer.KeyRecord{},
		decisions: map[health.PersonID]health.Decision{},
	}
}

func (m *memory) lock() func() {
	m.mu.Lock()
	m.reads++
	return m.mu.Unlock
}

func (m *memory) AddList(_ context.Context, k issuer.ListKey) (issuer.ListKey, error) {
	defer m.lock()()
	place := listPlace{k.Purpose, k.Day}
	if first, ok := m.lists[place]; ok {
		return first, nil
	}
	m.lists[place] = k
	return k, nil
}

func (m *memory) Lists(context.Context) ([]issuer.ListKey, error) {
	defer m.lock()()
	return slices.SortedFunc(maps.Values(m.lists), func(a, b issuer.ListKey) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Day, b.Day))
	}), nil
}

func (m *memory) DropLists(_ context.Context, before map[trust.Purpose]uint32) error {
	defer m.lock()()
	maps.DeleteFunc(m.lists, func(place listPlace, _ issuer.ListKey) bool { return place.day < before[place.purpose] })
	m.revoked = slices.DeleteFunc(m.revoked, func(r issuer.Revocation) bool {
		return credential.ListDay(r.At+int64(issuer.Lag.Seconds())) < before[r.Purpose]
	})
	return nil
}

func (m *memory) Publish(_ context.Context, prev uint64, p issuer.Publication) error {
	if before := m.beforePublish; before != nil {
		m.beforePublish = nil
		before()
	}
	defer m.lock()()
	var stored uint64
	if m.published != nil {
		stored = m.published.Version
	}
	switch {
	case stored != prev:
		return issuer.ErrConflict
	case p.Version <= prev || p.Ceiling < m.ceiling:
		return fmt.Errorf("publication %d goes back", p.Version)
	}
	m.published, m.ceiling = &p, p.Ceiling
	return nil
}

func (m *memory) Published(context.Context) (issuer.Publication, error) {
	defer m.lock()()
	if m.published == nil {
		return issuer.Publication{}, issuer.ErrNotFound
	}
	return *m.published, nil
}

func (m *memory) Revocations(_ context.Context, yield func(issuer.Revocation) error) error {
	unlock := m.lock()
	revoked := slices.Clone(m.revoked)
	unlock()
	for _, r := range revoked {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Counter(context.Context) (uint64, uint64, error) {
	defer m.lock()()
	return m.next, m.ceiling, nil
}

func (m *memory) PutKey(_ context.Context, k issuer.KeyRecord) error {
	defer m.lock()()
	if _, ok := m.keys[k.ID]; ok {
		return issuer.ErrExists
	}
	m.keys[k.ID] = k
	return nil
}

func (m *memory) Keys(context.Context) ([]issuer.KeyRecord, error) {
	defer m.lock()()
	return slices.SortedFunc(maps.Values(m.keys), func(a, b issuer.KeyRecord) int { return slices.Compare(a.ID[:], b.ID[:]) }), nil
}

func (m *memory) Activate(_ context.Context, purpose trust.Purpose, prefecture uint32, id, was cose.KeyID) error {
	defer m.lock()()
	var active cose.KeyID
	for _, k := range m.keys {
		if k.Active && k.Purpose == purpose && k.Prefecture == prefecture {
			active = k.ID
		}
	}
	if active != was {
		return issuer.ErrConflict
	}
	k, ok := m.keys[id]
	if id != (cose.KeyID{}) && (!ok || k.Purpose != purpose || k.Prefecture != prefecture) {
		return issuer.ErrNotFound
	}
	if old, ok := m.keys[was]; ok {
		old.Active = false
		m.keys[was] = old
	}
	if ok {
		k.Active = true
		m.keys[id] = k
	}
	return nil
}

func (m *memory) DropKey(_ context.Context, id cose.KeyID) error {
	defer m.lock()()
	if m.keys[id].Active {
		return issuer.ErrConflict
	}
	delete(m.keys, id)
	return nil
}

// give makes a holding; the store's own rule about the ceiling holds for it.
func (m *memory) give(who health.PersonID, device issuer.DeviceID, purpose trust.Purpose, at int64) (*issuer.Holding, error) {
	defer m.lock()()
	if m.next >= m.ceiling {
		return nil, issuer.ErrCeiling
	}
	h := &issuer.Holding{Person: who, Device: device, Purpose: purpose, Handle: m.next, Since: at}
	m.next++
	m.holdings = append(m.holdings, h)
	return h, nil
}

// holding reads one as it is now.
func (m *memory) holding(h *issuer.Holding) issuer.Holding {
	defer m.lock()()
	return *h
}

func (m *memory) Record(_ context.Context, e health.Evidence, decide func([]health.Evidence) health.Decision) (health.Decision, bool, error) {
	defer m.lock()()
	current, ok := m.decisions[e.Person]
	if !ok {
		current = decide(nil)
	}
	var all []health.Evidence
	for _, old := range m.evidence {
		if old.Person == e.Person {
			all = append(all, old)
		}
	}
	all = append(all, e)
	d := decide(all)
	if !d.Colour.Valid() {
		return health.Decision{}, false, fmt.Errorf("no colour: %s", d.Reason)
	}
	changed := d.Differs(current)
	if changed {
		if m.next+uint64(len(m.holdings)) > m.ceiling {
			return health.Decision{}, false, issuer.ErrCeiling
		}
		for _, h := range m.holdings {
			if h.Person != e.Person {
				continue
			}
			at := e.RecordedAt.Unix()
			m.revoked = append(m.revoked, issuer.Revocation{Handle: h.Handle, Purpose: h.Purpose, Since: h.Since, At: at})
			h.Handle, h.Since = m.next, at
			m.next++
		}
	}
	m.evidence = append(m.evidence, e)
	m.decisions[e.Person] = d
	return d, changed, nil
}

// colour is what is decided of a person now.
func (m *memory) colour(who health.PersonID, otherwise health.Decision) health.Decision {
	defer m.lock()()
	if d, ok := m.decisions[who]; ok {
		return d
	}
	return otherwise
}
