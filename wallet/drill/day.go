package drill

import (
	"context"
	"errors"
	"fmt"
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

// sample is how many codes of each kind are shown at the checkpoint.
const sample = 500

// errEnough ends a walk through everybody.
var errEnough = errors.New("enough")

// shown is what somebody shows at the checkpoint, and what it said of that before the theft: accepted, or of another colour than green.
type shown struct {
	code []byte
	said verifier.Reason
}

// key finds the province's first key of a purpose and state.
func (p *province) key(purpose trust.Purpose, state trust.KeyState) issuer.NewKey {
	for _, k := range p.keys {
		if k.Entry.Purpose == purpose && k.Entry.State == state {
			return k
		}
	}
	return issuer.NewKey{}
}

// before issues codes to some: phone codes under the key that will be stolen, and paper, which is another key's.
func (p *province) before(ctx context.Context) (_ string, err error) {
	if p.phone, err = p.some(ctx, p.showPhone); err != nil {
		return "", err
	}
	if p.paper, err = p.some(ctx, func(ctx context.Context, id health.PersonID) ([]byte, error) {
		made, err := p.wallet.NewPaper(ctx, wallet.PaperRequest{Office: wallet.ByAuthority, Member: id, Unasked: true}, p.at)
		return made.Code, err
	}); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d phone codes and %d paper codes are shown and believed", len(p.phone), len(p.paper)), nil
}

// some lets the first people who can show something do so; the checkpoint must believe it, whatever its colour.
func (p *province) some(ctx context.Context, show func(context.Context, health.PersonID) ([]byte, error)) ([]shown, error) {
	var all []shown
	err := p.everybody(ctx, func(ids []health.PersonID) error {
		for _, id := range ids {
			code, err := show(ctx, id)
			if err != nil && !p.passes(ctx) {
				return err
			}
			if err != nil || code == nil {
				continue
			}
			one := shown{code, p.verdict(code).Reason}
			if one.said != verifier.ReasonOK && one.said != verifier.ReasonColour {
				return fmt.Errorf("code %d is refused (%s), and should be believed", len(all), one.said)
			}
			if all = append(all, one); len(all) == sample {
				return errEnough
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && len(all) == 0 {
		err = errors.New("nobody could have a code")
	}
	return all, err
}

// showPhone fetches the person's codes to their first phone and shows one; nil when they have no phone.
func (p *province) showPhone(ctx context.Context, id health.PersonID) ([]byte, error) {
	devices, err := p.Store.Devices(ctx, id)
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	key, err := holder.NewKey(p.Rand)
	if err != nil {
		return nil, err
	}
	fetched, err := p.wallet.Refresh(ctx, wallet.RefreshRequest{Person: id, Device: devices[0].ID, Holder: key.Public()}, p.at)
	if err != nil {
		return nil, err
	}
	for _, one := range fetched.Codes {
		if one.Err == nil {
			shown := credential.Presentation{At: p.at.Unix(), Codes: [][]byte{one.Code}}
			return shown.Sign(key)
		}
	}
	return nil, nil
}

// verdict is the checkpoint's.
func (p *province) verdict(code []byte) verifier.Result {
	return verifier.New(p.gate, verifier.Policy{Demo: true}).Verify(credential.Text(code), p.at, nil)
}

// propose makes the proposal, with a new standby in the place of the one that takes over.
func (p *province) propose(context.Context) (string, error) {
	stolen := p.key(trust.Phone, trust.Published)
	minute := p.at.Unix() / 60 * 60
	spare, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: trust.Phone, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: minute, UseUntil: minute + 366*24*3600,
	}, p.gate.KeyList().Policy, p.Rand)
	if err != nil {
		return "", err
	}
	p.proposal, err = ceremony.ProposeCompromise(p.gate.SignedRoots(), p.gate.SignedKeyList(), []cose.KeyID{stolen.Entry.Key.ID()}, []trust.IssuerKey{spare.Entry}, p.at)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("key list %d: %s is compromised, %s takes over", p.proposal.KeyList().Version, stolen.Entry.Key.ID(), p.key(trust.Phone, trust.Standby).Entry.Key.ID()), nil
}

func (p *province) sign(context.Context) (_ string, err error) {
	if p.signed, err = signTogether(p.proposal, p.listKey[1:]); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, fingerprint %.16s", len(p.signed), p.proposal.Fingerprint()), nil
}

func (p *province) publish(ctx context.Context) (string, error) {
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
func (p *province) judge(context.Context) (string, error) {
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
	for _, one := range p.phone {
		forged = append(forged, one.code)
	}
	for n, code := range forged {
		if got := p.verdict(code); got.Reason != verifier.ReasonKeyCompromised {
			return "", fmt.Errorf("code %d under the stolen key is %s (%s)", n, got.Verdict, got.Reason)
		}
	}
	for n, one := range p.paper {
		if got := p.verdict(one.code); got.Reason != one.said {
			return "", fmt.Errorf("paper %d was %s and is %s (%s)", n, one.said, got.Verdict, got.Reason)
		}
	}
	return fmt.Sprintf("%d phone codes and %d forgeries of any date refused, %d paper codes good as before", len(p.phone), len(forged)-len(p.phone), len(p.paper)), nil
}

// forge signs with the stolen key, dated before the theft, now and later.
func (p *province) forge() ([][]byte, error) {
	var out [][]byte
	stolen := p.key(trust.Phone, trust.Published)
	for _, shift := range []time.Duration{-6 * time.Hour, 0, 6 * time.Hour} {
		key, err := holder.NewKey(p.Rand)
		if err != nil {
			return nil, err
		}
		at := p.at.Add(shift).Unix() / 60 * 60
		claims := credential.Claims{
			Issuer: p.Region, IssuedAt: at, ExpiresAt: at + 24*3600, Holder: key.Public(), Kind: credential.Phone,
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
