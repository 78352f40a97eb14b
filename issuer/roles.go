package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

var (
	// ErrDemo says that a root is marked DEMO: anybody may hold its keys, so no service for people may stand on it.
	ErrDemo = errors.New("the root is marked DEMO")
	// ErrRole says that the service holds a key of the root or the key-list role, which must be kept offline.
	ErrRole = errors.New("the service holds a key of an offline role")
)

// CheckRoles says why a service must not start: the root in force, pinned or published, is marked DEMO while demo is false, or
// is not while demo is true; or the store holds a private key that signs roots or key lists. Call it before serving, after
// Refresh.
func (i *Issuer) CheckRoles(ctx context.Context, demo bool) error {
	roots, err := i.roots(ctx)
	if err != nil {
		return fmt.Errorf("check the roles: %w", err)
	}
	records, err := i.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("check the roles: read the signing keys: %w", err)
	}
	for _, root := range roots {
		switch {
		case root.Demo && !demo:
			return fmt.Errorf("%w: it vouches for nobody: begin with a root that was made by \"healthcode root init\", or serve a demonstration", ErrDemo)
		case !root.Demo && demo:
			return fmt.Errorf("the root of %s is no DEMO root and this is a demonstration: a demonstration holds all roles on one machine, so begin it with a root of its own; a region founded by ceremony is served with \"healthcode serve --no-demo\"", root.Region)
		}
		for _, record := range records {
			if role := roleOf(root, record.ID); role != "" {
				return fmt.Errorf("%w: key %s signs %s: take it out of the store and replace it by a ceremony, since this machine has a network", ErrRole, record.ID, role)
			}
		}
	}
	return nil
}

// roots are the pinned one and all that the last publication leads to.
func (i *Issuer) roots(ctx context.Context) ([]*trust.Root, error) {
	signed := [][]byte{i.root}
	last, err := i.store.Published(ctx)
	switch {
	case err == nil:
		bundle, err := i.parse(last)
		if err != nil {
			return nil, err
		}
		signed = append(signed, bundle.SignedRoots()...)
	case !errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("read the last publication: %w", err)
	}
	roots := make([]*trust.Root, len(signed))
	for n, b := range signed {
		if roots[n], err = trust.ReadRoot(b); err != nil {
			return nil, err
		}
	}
	return roots, nil
}

// checkRole refuses a key of an offline role.
func (i *Issuer) checkRole(ctx context.Context, id cose.KeyID) error {
	roots, err := i.roots(ctx)
	if err != nil {
		return err
	}
	for _, root := range roots {
		if role := roleOf(root, id); role != "" {
			return fmt.Errorf("%w: it signs %s", ErrRole, role)
		}
	}
	return nil
}

// roleOf names what a key of the identifier signs under the root, or is empty.
func roleOf(root *trust.Root, id cose.KeyID) string {
	is := func(k *cose.PublicKey) bool { return k.ID() == id }
	switch {
	case slices.ContainsFunc(root.RootKeys, is):
		return fmt.Sprintf("roots (root %d)", root.Version)
	case slices.ContainsFunc(root.ListKeys, is):
		return fmt.Sprintf("key lists (root %d)", root.Version)
	}
	return ""
}
