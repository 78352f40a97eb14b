package drill

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// reissue measures how many phones can be served, and looks at some of what they got.
func (p *province) reissue(ctx context.Context) (string, error) {
	key, err := holder.NewKey(p.Rand)
	if err != nil {
		return "", err
	}
	begun := p.Now()
	served, err := p.serve(ctx, key.Public())
	if err != nil {
		return "", err
	}
	p.report.Rate = float64(served) / p.Now().Sub(begun).Seconds()
	p.report.Minutes = float64(p.report.Phones) / p.report.Rate / 60
	if _, err := p.some(ctx, p.showPhone); err != nil {
		return "", err
	}
	result := fmt.Sprintf("%d of %d served, %.0f a second; the new codes are believed", served, p.report.Phones, p.report.Rate)
	if n := p.without.Load(); n > 0 {
		result += fmt.Sprintf("; %d could have none, as in the region itself", n)
	}
	return result, nil
}

// serve refreshes one phone after the other on all processors, until all are served or the time is over.
func (p *province) serve(ctx context.Context, key *cose.PublicKey) (int, error) {
	end := p.Now().Add(p.Sample)
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
		p.Progress("codes", int(served.Load()), p.report.Phones)
		if p.Sample > 0 && p.Now().After(end) {
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

// passes says whether somebody who can have no code is passed over: in a copy there may be such people, as in the region itself.
func (p *province) passes(ctx context.Context) bool { return p.report.Copy && ctx.Err() == nil }

// serveSome refreshes the phones of these people until one fails. A family's codes come to its phone together.
func (p *province) serveSome(ctx context.Context, ids []health.PersonID, key *cose.PublicKey) (served int, err error) {
	for _, id := range ids {
		devices, err := p.Store.Devices(ctx, id)
		if err != nil {
			return served, err
		}
		for _, d := range devices {
			_, err := p.wallet.Refresh(ctx, wallet.RefreshRequest{Person: id, Device: d.ID, Holder: key}, p.at)
			switch {
			case err == nil:
				served++
			case !p.passes(ctx):
				return served, err
			default:
				p.without.Add(1)
			}
		}
	}
	return served, nil
}
