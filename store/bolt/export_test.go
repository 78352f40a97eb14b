package bolt

// Audit is the audit, for the tests outside.
func (s *Store) Audit() error { return s.audit() }

// OpenPinned opens a store whose writer stays on one thread.
func OpenPinned(path string) (*Store, error) { return Open(path, Options{pinned: true}) }
