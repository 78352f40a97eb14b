package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// drillSample is how many codes of each kind are shown at the checkpoint.
const drillSample = 500

// errEnough ends a walk through everybody.
var errEnough = errors.New("enough")

// key finds the province's first key of a purpose and state.
func (p *drillProvince) key(purpose trust.Purpose, state trust.KeyState) issuer.NewKey {
	for _, k := range p.keys {
		if k.Entry.Purpose == purpose && k.Entry.State == state {
			return k
		}
	}
	return issuer.NewKey{}
}

// before issues codes to some: phone codes under the key that will be stolen, and paper, which is another key's.
func (p *drillProvince) before(ctx context.Context) (string, error) {
	err := p.everybody(ctx, func(ids []health.PersonID) error {
		for _, id := range ids[:min(len(ids), drillSample)] {
			shown, err := p.refresh(ctx, id)
			if err != nil {
				return err
			}
			p.phone = append(p.phone, shown)
			paper, err := p.wallet.NewPrint(ctx, id, id, p.at)
			if err != nil {
				return err
			}
			p.paper = append(p.paper, paper)
		}
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		return "", err
	}
	if err := p.accepted(append(append([][]byte{}, p.phone...), p.paper...)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d phone codes and %d paper codes are shown and accepted", len(p.phone), len(p.paper)), nil
}

// refresh fetches one person's code and shows it.
func (p *drillProvince) refresh(ctx context.Context, id health.PersonID) ([]byte, error) {
	key, err := holder.NewKey(p.c.rand)
	if err != nil {
		return nil, err
	}
	got, err := p.wallet.Refresh(ctx, wallet.RefreshRequest{Person: id, Device: issuer.DeviceID(id), Holder: key.Public()}, p.at)
	if err != nil {
		return nil, err
	}
	shown := credential.Presentation{At: p.at.Unix(), Codes: [][]byte{got.Codes[0].Code}}
	return shown.Sign(key)
}

// verdict is the checkpoint's.
func (p *drillProvince) verdict(code []byte) verifier.Result {
	return verifier.New(p.gate, verifier.Policy{Demo: true}).Verify(credential.Text(code), p.at, nil)
}

func (p *drillProvince) accepted(codes [][]byte) error { return p.all(codes, verifier.ReasonOK) }

// all wants one reason for all codes.
func (p *drillProvince) all(codes [][]byte, want verifier.Reason) error {
	for n, code := range codes {
		if got := p.verdict(code); got.Reason != want {
			return fmt.Errorf("code %d is %s (%s), and %s was expected", n, got.Verdict, got.Reason, want)
		}
	}
	return nil
}

// propose makes the proposal, with a new standby in the place of the one that takes over.
func (p *drillProvince) propose() (_ string, err error) {
	stolen := p.key(trust.Phone, trust.Published)
	minute := p.at.Unix() / 60 * 60
	p.spare, err = issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Phone, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: minute, UseUntil: minute + 366*24*3600,
	}, p.gate.KeyList().Policy, p.c.rand)
	if err != nil {
		return "", err
	}
	p.proposal, err = ceremony.ProposeCompromise(p.gate.SignedRoots(), p.gate.SignedKeyList(), []cose.KeyID{stolen.Entry.Key.ID()}, []trust.IssuerKey{p.spare.Entry}, p.at)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("key list %d: %s is compromised, %s takes over", p.proposal.KeyList().Version, stolen.Entry.Key.ID(), p.key(trust.Phone, trust.Standby).Entry.Key.ID()), nil
}

func (p *drillProvince) signers() (_ string, err error) {
	if p.signed, err = signTogether(p.proposal, p.listKey[1:]); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, fingerprint %.16s", len(p.signed), p.proposal.Fingerprint()), nil
}

func (p *drillProvince) publish(ctx context.Context) (string, error) {
	made, err := p.issuer.PublishKeyList(ctx, nil, p.signed, p.at)
	if err != nil {
		return "", err
	}
	active, err := p.issuer.EnsureKeys(ctx, p.at)
	if err != nil {
		return "", err
	}
	if want := p.key(trust.Phone, trust.Standby).Entry.Key.ID(); len(active) != 1 || active[0] != want {
		return "", fmt.Errorf("active became %v, and %s was expected", active, want)
	}
	return fmt.Sprintf("publication %d, %d bytes", made.Version, len(made.Bundle)), nil
}

// judge updates the checkpoint: everything under the stolen key is refused, also what the thief signs and dates as they like.
func (p *drillProvince) judge() (string, error) {
	b, err := p.issuer.Bundle().Bytes()
	if err != nil {
		return "", err
	}
	if p.gate, err = trust.Update(p.gate, b, p.at); err != nil {
		return "", err
	}
	forged, err := p.forge()
	if err != nil {
		return "", err
	}
	if err := p.all(append(forged, p.phone...), verifier.ReasonKeyCompromised); err != nil {
		return "", err
	}
	if err := p.accepted(p.paper); err != nil {
		return "", fmt.Errorf("paper: %w", err)
	}
	return fmt.Sprintf("%d phone codes and %d forgeries of any date refused, %d paper codes good as before", len(p.phone), len(forged), len(p.paper)), nil
}

// forge signs with the stolen key, dated before the theft, now and later.
func (p *drillProvince) forge() ([][]byte, error) {
	var out [][]byte
	stolen := p.key(trust.Phone, trust.Published)
	for _, shift := range []time.Duration{-6 * time.Hour, 0, 6 * time.Hour} {
		key, err := holder.NewKey(p.c.rand)
		if err != nil {
			return nil, err
		}
		at := p.at.Add(shift).Unix() / 60 * 60
		claims := credential.Claims{
			Issuer: demoRegion, IssuedAt: at, ExpiresAt: at + 24*3600, Holder: key.Public(), Kind: credential.Phone,
			Members: []credential.Member{{Colour: credential.Green, Name: "演*", Status: credential.Status{List: credential.ListDay(at), Index: 7}}},
		}
		code, err := claims.Sign(stolen.Private)
		if err != nil {
			return nil, err
		}
		shown := credential.Presentation{At: p.at.Unix(), Codes: [][]byte{code}}
		b, err := shown.Sign(key)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// reissue measures how many phones can be served, and looks at some of what they got.
func (p *drillProvince) reissue(ctx context.Context, d *drillCommand, report *drillReport) (string, error) {
	key, err := holder.NewKey(p.c.rand)
	if err != nil {
		return "", err
	}
	begun := p.c.now()
	served, err := p.serve(ctx, d, key.Public())
	if err != nil {
		return "", err
	}
	report.Rate = float64(served) / p.c.now().Sub(begun).Seconds()
	report.Minutes = float64(d.People) / report.Rate / 60
	if err := p.freshAreGood(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d served, %.0f a second; the new codes are accepted", served, d.People, report.Rate), nil
}

// serve refreshes one phone after the other on all processors, until all are served or the time is over.
func (p *drillProvince) serve(ctx context.Context, d *drillCommand, key *cose.PublicKey) (int, error) {
	bar := newProgress(p.c, "codes", d.People)
	defer bar.end()
	end := p.c.now().Add(d.Sample)
	queue, failed := make(chan []health.PersonID), make(chan error, 1)
	var workers sync.WaitGroup
	var served atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for ids := range queue {
				n, err := p.serveSome(ctx, ids, key)
				served.Add(int64(n))
				if err != nil {
					select {
					case failed <- err:
					default: // one is enough
					}
				}
			}
		})
	}
	err := p.everybody(ctx, func(ids []health.PersonID) error {
		queue <- ids
		bar.set(int(served.Load()))
		if d.Sample > 0 && p.c.now().After(end) {
			return errEnough
		}
		return nil
	})
	close(queue)
	workers.Wait()
	if errors.Is(err, errEnough) {
		err = nil
	}
	select {
	case one := <-failed:
		err = errors.Join(err, one)
	default:
	}
	return int(served.Load()), err
}

// serveSome refreshes the phones of these people until one fails.
func (p *drillProvince) serveSome(ctx context.Context, ids []health.PersonID, key *cose.PublicKey) (int, error) {
	for n, id := range ids {
		if _, err := p.wallet.Refresh(ctx, wallet.RefreshRequest{Person: id, Device: issuer.DeviceID(id), Holder: key}, p.at); err != nil {
			return n, err
		}
	}
	return len(ids), nil
}

// freshAreGood shows some of the new codes at the checkpoint.
func (p *drillProvince) freshAreGood(ctx context.Context) error {
	var fresh [][]byte
	err := p.everybody(ctx, func(ids []health.PersonID) error {
		for _, id := range ids[:min(len(ids), drillSample)] {
			shown, err := p.refresh(ctx, id)
			if err != nil {
				return err
			}
			fresh = append(fresh, shown)
		}
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		return err
	}
	return p.accepted(fresh)
}
