package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// batch is how many people are imported in one transaction.
const batch = 50_000

// invent founds the region and brings invented people in, each with a phone.
func (p *province) invent(ctx context.Context) (string, error) {
	p.policy = trust.DefaultPolicy()
	master, err := p.newMaster()
	if err != nil {
		return "", err
	}
	if err := p.found(ctx, master, 2*uint64(p.People)+1_000_000); err != nil {
		return "", err
	}
	for n := 0; n < p.People; n += batch {
		if _, err := p.wallet.Import(ctx, strings.NewReader(invented(n, min(p.People, n+batch))), p.at, nil); err != nil {
			return "", err
		}
		p.Progress("people", min(p.People, n+batch), p.People)
	}
	err = p.everybody(ctx, func(ids []health.PersonID) error {
		p.report.Phones += len(ids)
		p.Progress("phones", p.report.Phones, p.People)
		return p.bind(ctx, ids)
	})
	p.report.People = p.People
	return fmt.Sprintf("%d people, %d phones", p.report.People, p.report.Phones), err
}

// takeOver founds the copy again, with the region's name and policy and with keys that are made for the day.
func (p *province) takeOver(ctx context.Context) (string, error) {
	store, ok := p.Store.(Copy)
	if !ok {
		return "", errors.New("this store is no copy that can forget its region")
	}
	was, err := p.formerRegion(ctx)
	if err != nil {
		return "", err
	}
	p.Region, p.policy = was.Root().Region, was.KeyList().Policy
	if err := store.ForgetRegion(ctx); err != nil {
		return "", err
	}
	if err := p.found(ctx, p.Master, 1<<16); err != nil {
		return "", err
	}
	err = p.everybody(ctx, func(ids []health.PersonID) error {
		p.report.People += len(ids)
		for _, id := range ids {
			devices, err := p.Store.Devices(ctx, id)
			if err != nil {
				return err
			}
			p.report.Phones += len(devices)
		}
		p.Progress("phones", p.report.Phones, 0)
		return nil
	})
	if err == nil && p.report.Phones == 0 {
		err = errors.New("nobody in this copy has a phone, so nobody would need a new code: play it on invented people")
	}
	return fmt.Sprintf("%s as of publication %d: %d people, %d phones; root, key list and issuer keys are NOT the region's own", p.Region, was.Version(), p.report.People, p.report.Phones), err
}

// formerRegion is what the copied store published last.
func (p *province) formerRegion(ctx context.Context) (*trust.Bundle, error) {
	last, err := p.Store.Published(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what the copied store has published: %w", err)
	}
	root, err := trust.FirstRoot(last.Bundle)
	if err != nil {
		return nil, err
	}
	pinned, err := trust.Pin(root)
	if err != nil {
		return nil, err
	}
	return trust.Update(pinned, last.Bundle, time.Unix(last.At, 0))
}

// invented is a file of invented people, from one number to before another.
func invented(from, to int) string {
	var b strings.Builder
	b.WriteString("name,document_type,document_number,birth_date,region,guardian_document_number\n")
	for n := from; n < to; n++ {
		_, _ = fmt.Fprintf(&b, "演练,passport,E%08d,1985-05-06,440300,\n", n)
	}
	return b.String()
}

// everybody calls each with all people, a thousand at a time.
func (p *province) everybody(ctx context.Context, each func([]health.PersonID) error) error {
	var last health.PersonID
	for {
		ids, err := p.Store.PeopleAfter(ctx, last, 1000)
		if err != nil || len(ids) == 0 {
			return err
		}
		last = ids[len(ids)-1]
		if err := each(ids); err != nil {
			return err
		}
	}
}

// bind gives each of the people a phone. They wait for the store together, since it writes those of one moment at once.
func (p *province) bind(ctx context.Context, ids []health.PersonID) error {
	var all sync.WaitGroup
	errs := make([]error, len(ids))
	for n, id := range ids {
		all.Go(func() {
			errs[n] = p.Store.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID(id), Person: id, Key: []byte{1}, Since: p.at.Unix()}, wallet.MaxDevices)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
