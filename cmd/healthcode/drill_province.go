package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// drillProvince is a province of invented people whose offline roles are held by people who are invented too.
type drillProvince struct {
	c       *console
	at      time.Time
	rootKey []*cose.PrivateKey
	listKey []*cose.PrivateKey
	roots   [][]byte
	keys    []issuer.NewKey
	store   *bolt.Store
	issuer  *issuer.Issuer
	wallet  *wallet.Service
	gate    *trust.Bundle

	phone    [][]byte // codes of before, by the stolen key
	paper    [][]byte
	proposal *ceremony.Proposal
	spare    issuer.NewKey // the standby after next
	signed   []byte
}

// drillBatch is how many people are imported in one transaction.
const drillBatch = 50_000

// newDrillProvince makes the roles, the root and the service.
func newDrillProvince(_ context.Context, c *console, dir string, people int) (*drillProvince, error) {
	p := &drillProvince{c: c, at: c.now().Truncate(time.Second)}
	for _, r := range []struct {
		keys *[]*cose.PrivateKey
		n    int
	}{{&p.rootKey, 5}, {&p.listKey, 3}} {
		for range r.n {
			key, err := cose.Generate(cose.Ed25519, c.rand)
			if err != nil {
				return nil, err
			}
			*r.keys = append(*r.keys, key)
		}
	}
	root, err := p.signRoot()
	if err != nil {
		return nil, err
	}
	p.roots = [][]byte{root}
	if p.gate, err = trust.Pin(root); err != nil {
		return nil, err
	}
	master := make([]byte, seal.MasterSize)
	if _, err := c.rand.Read(master); err != nil {
		return nil, err
	}
	if p.store, err = bolt.Open(filepath.Join(dir, storeFile), bolt.Options{}); err != nil {
		return nil, err
	}
	if err := p.begin(master, uint64(people)); err != nil {
		return nil, errors.Join(err, p.store.Close())
	}
	return p, nil
}

func (p *drillProvince) begin(master []byte, people uint64) (err error) {
	p.issuer, err = issuer.New(issuer.Config{Store: p.store, Root: p.roots[0], Master: master, Rand: p.c.rand, Reserve: 2*people + 1_000_000})
	if err != nil {
		return err
	}
	vault, err := wallet.NewVault(master)
	if err != nil {
		return err
	}
	p.wallet, err = wallet.New(wallet.Config{Store: p.store, Issuer: p.issuer, Rules: health.DefaultRules(demoRegion), Vault: vault, Rand: p.c.rand})
	return err
}

// signRoot is a ceremony of three of five.
func (p *drillProvince) signRoot() ([]byte, error) {
	proposal, err := ceremony.ProposeFirstRoot(ceremony.NewRoot{
		Region: demoRegion, Demo: true, Expires: p.at.AddDate(rootYears, 0, 0),
		Root: ceremony.Role{Threshold: 3, Keys: publicHalves(p.rootKey)}, List: ceremony.Role{Threshold: 2, Keys: publicHalves(p.listKey)},
	})
	if err != nil {
		return nil, err
	}
	return signTogether(proposal, p.rootKey[:3])
}

// signTogether lets each sign a copy and puts the copies together.
func signTogether(proposal *ceremony.Proposal, people []*cose.PrivateKey) ([]byte, error) {
	all := proposal
	for _, person := range people {
		b, err := proposal.Bytes()
		if err != nil {
			return nil, err
		}
		own, err := ceremony.ParseProposal(b)
		if err != nil {
			return nil, err
		}
		if own, err = own.Sign(person); err != nil {
			return nil, err
		}
		if all, err = all.Merge(own); err != nil {
			return nil, err
		}
	}
	return all.Signed()
}

func publicHalves(keys []*cose.PrivateKey) []*cose.PublicKey {
	var out []*cose.PublicKey
	for _, k := range keys {
		out = append(out, k.Public())
	}
	return out
}

// settle publishes the first key list and brings the people in, each with a phone.
func (p *drillProvince) settle(ctx context.Context, people int) (string, error) {
	if err := p.firstKeyList(ctx); err != nil {
		return "", err
	}
	bar := newProgress(p.c, "people", people)
	defer bar.end()
	for n := 0; n < people; n += drillBatch {
		if _, err := p.wallet.Import(ctx, strings.NewReader(drillPeople(n, min(people, n+drillBatch))), p.at, nil); err != nil {
			return "", err
		}
		bar.set(min(people, n+drillBatch))
	}
	phones := newProgress(p.c, "phones", people)
	defer phones.end()
	n := 0
	err := p.everybody(ctx, func(ids []health.PersonID) error {
		n += len(ids)
		phones.set(n)
		return p.bind(ctx, ids)
	})
	return fmt.Sprintf("%d people, %d phones", people, n), err
}

func (p *drillProvince) firstKeyList(ctx context.Context) (err error) {
	if p.keys, err = issuer.DemoKeys(cose.Ed25519, trust.DefaultPolicy(), p.at, p.c.rand); err != nil {
		return err
	}
	var entries []trust.IssuerKey
	for _, k := range p.keys {
		if _, err := p.issuer.AddKey(ctx, k.Entry.Purpose, k.Entry.Prefecture, k.Private); err != nil {
			return err
		}
		entries = append(entries, k.Entry)
	}
	proposal, err := ceremony.ProposeFirstKeyList(p.roots, trust.DefaultPolicy(), entries, p.at, p.at.AddDate(keyListYears, 0, 0))
	if err != nil {
		return err
	}
	signed, err := signTogether(proposal, p.listKey[:2])
	if err != nil {
		return err
	}
	if err := p.issuer.EnsureLists(ctx, p.at); err != nil {
		return err
	}
	return p.take(ctx, signed)
}

// take publishes a key list and brings it to the checkpoint.
func (p *drillProvince) take(ctx context.Context, signed []byte) error {
	made, err := p.issuer.PublishKeyList(ctx, p.roots, signed, p.at)
	if err != nil {
		return err
	}
	if _, err := p.issuer.EnsureKeys(ctx, p.at); err != nil {
		return err
	}
	p.gate, err = trust.Update(p.gate, made.Bundle, p.at)
	return err
}

// drillPeople is a file of invented people, from one number to before another.
func drillPeople(from, to int) string {
	var b strings.Builder
	b.WriteString("name,document_type,document_number,birth_date,region,guardian_document_number\n")
	for n := from; n < to; n++ {
		_, _ = fmt.Fprintf(&b, "演练,passport,E%08d,1985-05-06,440300,\n", n)
	}
	return b.String()
}

// everybody calls each with all people, a thousand at a time.
func (p *drillProvince) everybody(ctx context.Context, each func([]health.PersonID) error) error {
	var last health.PersonID
	for {
		ids, err := p.store.PeopleAfter(ctx, last, 1000)
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
func (p *drillProvince) bind(ctx context.Context, ids []health.PersonID) error {
	var all sync.WaitGroup
	errs := make([]error, len(ids))
	for n, id := range ids {
		all.Go(func() {
			errs[n] = p.store.BindDevice(ctx, wallet.Device{ID: issuer.DeviceID(id), Person: id, Key: []byte{1}, Since: p.at.Unix()}, wallet.MaxDevices)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
