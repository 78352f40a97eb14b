package verifier

import (
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// authority is whoever may sign codes of one region: our own issuer, or a partner.
type authority struct {
	keys    map[cose.KeyID]*signer
	bundle  *trust.Bundle  // its keys and lists; nil for a partner of which only the keys are known
	partner *trust.Partner // nil: our own region
	issued  time.Time      // of the bundle's snapshot
	lost    bool           // the gate has had a bundle of the partner and has it no more
}

// signer is a key with what it may sign.
type signer struct {
	public       *cose.PublicKey // with a table, if it is one of the first Policy.Tables
	phone, paper bool
	compromised  bool
	useFrom      int64 // Unix seconds: iat at or after this …
	useUntil     int64 // … and before this
	verifyUntil  int64
}

func (k *signer) serves(p trust.Purpose) bool {
	return p == trust.Phone && k.phone || p == trust.Paper && k.paper
}

// tables hands out tables of known keys as long as there are any left.
type tables int

func (t *tables) of(k *cose.PublicKey) *cose.PublicKey {
	if *t <= 0 {
		return k
	}
	*t--
	return k.Known()
}

// authorityOf reads keys and lists of a bundle that has a snapshot.
func authorityOf(b *trust.Bundle, left *tables) *authority {
	list := b.KeyList()
	a := &authority{bundle: b, issued: time.Unix(b.Snapshot().IssuedAt, 0), keys: make(map[cose.KeyID]*signer, len(list.Keys))}
	for i := range list.Keys {
		k := &list.Keys[i]
		s := &signer{
			public: k.Key, phone: k.Purpose == trust.Phone, paper: k.Purpose == trust.Paper, compromised: k.State == trust.Compromised,
			useFrom: k.UseFrom, useUntil: k.UseUntil, verifyUntil: k.VerifyUntil,
		}
		if s.phone || s.paper {
			s.public = left.of(k.Key)
		}
		a.keys[k.Key.ID()] = s
	}
	return a
}

// maxTime is later than every time on a code.
const maxTime = 1 << 62

// authorityOfKeys reads the keys that our own key list holds of a partner.
func authorityOfKeys(p *trust.Partner, left *tables) *authority {
	a := &authority{partner: p, keys: make(map[cose.KeyID]*signer, len(p.Keys))}
	for i := range p.Keys {
		k := &p.Keys[i]
		s := &signer{
			public: left.of(k.Key), phone: slices.Contains(k.Purposes, trust.Phone), paper: slices.Contains(k.Purposes, trust.Paper),
			useUntil: maxTime, verifyUntil: maxTime,
		}
		if k.Until != 0 {
			s.verifyUntil = k.Until
		}
		a.keys[k.Key.ID()] = s
	}
	return a
}

// lifetime is the longest that a code of the purpose may live: by its issuer's own policy, or else by the format.
func (a *authority) lifetime(p trust.Purpose) time.Duration {
	switch {
	case a.bundle != nil:
		return a.bundle.KeyList().Policy.Lifetime(p)
	case p == trust.Paper:
		return credential.MaxPaperLifetime
	}
	return credential.MaxPhoneLifetime
}

// list gives the status list of a code, and whether the absence of an index from it says that the code is not revoked: a list that had not
// begun at the snapshot is empty by definition.
func (a *authority) list(p trust.Purpose, day uint32) (l *trust.StatusList, known bool) {
	if a.bundle == nil {
		return nil, false
	}
	l = a.bundle.List(p, day)
	return l, l != nil || credential.DayStart(day) > a.issued.Unix()
}
