package wallet_test

import (
	"fmt"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/wallet"
)

func TestTheAuthorityMakesNoRelationThatAClaimCouldNotBeOf(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	birth := map[string]wallet.Date{"a child of 8": w.years(8), "somebody of 17": w.years(17), "an elder": w.years(80)}
	for who, born := range birth {
		for relation := range credential.Relation(32) {
			if !relation.Valid() {
				continue
			}
			e := w.born("张某", born, 0)
			member, err := w.wallet.Enter(ctx, wallet.RegisterEntry{Name: e.Name, Documents: e.Documents, Birth: e.Birth, Region: e.Region}, false, w.at)
			w.must(err)
			want := error(nil)
			if minor := who != "an elder"; minor != (relation == credential.Child) && relation != credential.OtherWard {
				want = wallet.ErrRelation
			}
			for _, dry := range []bool{true, false} {
				make := w.wallet.AddGuardian
				if dry {
					make = w.wallet.CheckGuardian
				}
				err := make(ctx, guardian, member, relation, "court", w.at)
				w.fails(err, want)
				all, errAll := w.store.Guardians(ctx, member)
				w.must(errAll)
				if (len(all) == 1) != (!dry && want == nil) {
					t.Errorf("%s as %s, dry %v: there are %d guardians", who, relation, dry, len(all))
				}
				if len(all) == 1 && (all[0].NotAfter == 0) != (who == "an elder") {
					t.Errorf("%s as %s: it ends at %d", who, relation, all[0].NotAfter)
				}
			}
			if want == nil {
				w.must(w.wallet.EndGuardian(ctx, guardian, member, w.at))
			}
		}
	}
}

func TestWhoTurnsOutToBeAChildIsNobodysSpouse(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	for relation, stays := range map[credential.Relation]bool{credential.Spouse: false, credential.Parent: false, credential.OtherWard: true} {
		d := wallet.Document{Type: wallet.Passport, Number: fmt.Sprintf("E9900000%d", relation)}
		member, err := w.wallet.Enter(ctx, wallet.RegisterEntry{Name: "张某", Documents: []wallet.Document{d}, Birth: w.years(40), Region: 440106}, false, w.at)
		w.must(err)
		w.must(w.wallet.AddGuardian(ctx, guardian, member, relation, "court", w.at))
		w.must(errOf(w.wallet.Correct(ctx, member, wallet.Correction{Birth: w.years(8)}, wallet.ByAuthority, w.at)))
		if all, err := w.wallet.Guardians(ctx, member, w.at); err != nil || (len(all) == 1) != stays {
			t.Errorf("as %s: %d guardians, %v", relation, len(all), err)
		}
	}
}
