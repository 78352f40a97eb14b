package issuer

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Found begins a region whose offline roles are in this process, as in demo mode: it makes the keys (DemoKeys, those of codes
// of algorithm alg), stores their private halves, and publishes the first key list, which lasts until expires. The order is
// that of docs/issuance.md. The keys come back for whoever wants to look at them. Before it nothing may have been published.
func (i *Issuer) Found(ctx context.Context, a *Authority, alg cose.Algorithm, policy trust.Policy, at, expires time.Time) ([]NewKey, error) {
	keys, err := i.found(ctx, a, alg, policy, at, expires)
	if err != nil {
		return nil, fmt.Errorf("found the region: %w", err)
	}
	return keys, nil
}

func (i *Issuer) found(ctx context.Context, a *Authority, alg cose.Algorithm, policy trust.Policy, at, expires time.Time) ([]NewKey, error) {
	keys, err := DemoKeys(alg, policy, at, i.rand)
	if err != nil {
		return nil, err
	}
	entries := make([]trust.IssuerKey, 0, len(keys))
	for _, k := range keys {
		if _, err := i.AddKey(ctx, k.Entry.Purpose, k.Entry.Prefecture, k.Private); err != nil {
			return nil, err
		}
		entries = append(entries, k.Entry)
	}
	if err := i.EnsureLists(ctx, at); err != nil {
		return nil, err
	}
	list, err := FirstKeyList(a.Region, policy, entries, at, expires)
	if err != nil {
		return nil, err
	}
	signed, err := a.SignKeyList(list)
	if err != nil {
		return nil, err
	}
	if _, err := i.PublishKeyList(ctx, [][]byte{i.root}, signed, at); err != nil {
		return nil, err
	}
	_, err = i.EnsureKeys(ctx, at)
	return keys, err
}
