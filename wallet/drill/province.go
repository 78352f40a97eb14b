package drill

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// province is the region of the day. Its offline roles are held by people who are invented, also where the others are not.
type province struct {
	Config
	at      time.Time
	report  *Report
	policy  trust.Policy
	listKey []*cose.PrivateKey
	roots   [][]byte
	keys    []issuer.NewKey
	issuer  *issuer.Issuer
	wallet  *wallet.Service
	gate    *trust.Bundle

	phone    []shown // by the key that will be stolen
	paper    []shown
	proposal *ceremony.Proposal
	signed   []byte
	without  atomic.Int64 // phones of a copy that could have no code
}

// years are how long root and key list of the day are good.
const years = 1

// found makes the roles, the root, the service under the master key that people are sealed with, and publishes the first key list. The keys of
// the issuer are sealed under a master key of their own.
func (p *province) found(ctx context.Context, people []byte, reserve uint64) error {
	rootKeys, err := p.newKeys(5)
	if err != nil {
		return err
	}
	if p.listKey, err = p.newKeys(3); err != nil {
		return err
	}
	root, err := p.signRoot(rootKeys)
	if err != nil {
		return err
	}
	p.roots = [][]byte{root}
	if p.gate, err = trust.Pin(root); err != nil {
		return err
	}
	master, err := p.newMaster()
	if err != nil {
		return err
	}
	p.issuer, err = issuer.New(issuer.Config{Store: p.Store, Root: root, Master: master, Rand: p.Rand, Reserve: reserve})
	if err != nil {
		return err
	}
	vault, err := wallet.NewVault(people)
	if err != nil {
		return err
	}
	p.wallet, err = wallet.New(wallet.Config{Store: p.Store, Issuer: p.issuer, Rules: health.DefaultRules(p.Region), Vault: vault, Rand: p.Rand, GuardianNames: true})
	if err != nil {
		return err
	}
	return p.firstKeyList(ctx)
}

func (p *province) newMaster() ([]byte, error) {
	master := make([]byte, seal.MasterSize)
	_, err := io.ReadFull(p.Rand, master)
	return master, err
}

func (p *province) newKeys(n int) ([]*cose.PrivateKey, error) {
	var out []*cose.PrivateKey
	for range n {
		key, err := cose.Generate(cose.Ed25519, p.Rand)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// signRoot is a ceremony of three of five.
func (p *province) signRoot(signers []*cose.PrivateKey) ([]byte, error) {
	proposal, err := ceremony.ProposeFirstRoot(ceremony.NewRoot{
		Region: p.Region, Demo: true, Expires: p.at.AddDate(years, 0, 0),
		Root: ceremony.Role{Threshold: 3, Keys: publicHalves(signers)}, List: ceremony.Role{Threshold: 2, Keys: publicHalves(p.listKey)},
	})
	if err != nil {
		return nil, err
	}
	return signTogether(proposal, signers[:3])
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

func (p *province) firstKeyList(ctx context.Context) (err error) {
	if p.keys, err = issuer.DemoKeys(cose.Ed25519, p.policy, p.at, p.Rand); err != nil {
		return err
	}
	var entries []trust.IssuerKey
	for _, k := range p.keys {
		if _, err := p.issuer.AddKey(ctx, k.Entry.Purpose, k.Entry.Prefecture, k.Private); err != nil {
			return err
		}
		entries = append(entries, k.Entry)
	}
	proposal, err := ceremony.ProposeFirstKeyList(p.roots, p.policy, entries, p.at, p.at.AddDate(years, 0, 0))
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
func (p *province) take(ctx context.Context, signed []byte) error {
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
