package storetest

import (
	"errors"
	"fmt"

	"healthcode.example/credential"
	"healthcode.example/wallet"
)

func dropped(_ int, err error) error { return err }

// marksOf are two marks that are made together of the revocation.
func marksOf(name string) []wallet.Mark {
	return []wallet.Mark{wallet.Mark(lookup(name + " one")), wallet.Mark(lookup(name + " two"))}
}

// eraseMarked removes the member's record, of whom two marks stay for each revocation until the time.
func (w *world) eraseMarked(member string, until int64, dry bool) (asked []wallet.KeptAway) {
	w.Helper()
	w.must(changed(w.Erase(w.ctx, w.people[member], wallet.BySelf, dry, w.unix(), func(wallet.Dossier) (wallet.Erased, error) {
		asked = nil
		return wallet.Erased{Lookups: []wallet.Lookup{lookup(member)}, KeepAway: func(k wallet.KeptAway) (wallet.KeptMarks, error) {
			asked = append(asked, k)
			return wallet.KeptMarks{Marks: marksOf(member), Until: until}, nil
		}}, nil
	})))
	return asked
}

// claims has the guardian bind the member, who is stored or comes with the claim.
func (w *world) claims(guardian, member string, by wallet.Actor, marks ...wallet.Mark) error {
	if _, err := w.Person(w.ctx, w.people[member]); err == nil {
		return w.BindGuardian(w.ctx, w.guardianship(guardian, member), by, marks...)
	}
	p := w.newPerson(member)
	g := w.guardianship(guardian, member)
	p.Guardianship, p.Marks = &g, marks
	return w.AddPeople(w.ctx, by, []wallet.NewPerson{p})
}

var markCases = map[string]func(*world){
	"a mark outlives the member's record and bars what its revocation barred, of the stored and of newcomers": func(w *world) {
		for _, c := range []struct {
			by   wallet.Actor
			want error
		}{{wallet.ByAuthority, wallet.ErrRevokedByAuthority}, {wallet.ByCommunityWorker, wallet.ErrRevokedByAuthority}, {wallet.BySelf, wallet.ErrRevokedByMember}} {
			guardian, member := fmt.Sprint("guardian ", w.serial), fmt.Sprint("member ", w.serial)
			w.enrol(guardian, member)
			w.guard(guardian, member)
			w.must(w.endGuardianBy(c.by, guardian, member, w.later()))
			w.eraseMarked(member, w.unix()+100, true)
			asked := w.eraseMarked(member, w.unix()+100, false)
			if len(asked) != 1 || asked[0].Guardian.ID != w.people[guardian] || string(asked[0].Guardian.Sealed) != "sealed "+guardian || asked[0].By != c.by {
				w.Errorf("asked of %+v", asked)
			}
			w.reopen()
			for i, m := range marksOf(member) {
				if err := w.claims(guardian, member, wallet.ByGuardian, wallet.Mark{9}, m); !errors.Is(err, c.want) {
					w.Errorf("revoked by %s, mark %d of a newcomer: got %v", c.by, i, err)
				}
			}
			w.enrol(member)
			for i, m := range marksOf(member) {
				if err := w.claims(guardian, member, wallet.ByGuardian, m); !errors.Is(err, c.want) {
					w.Errorf("revoked by %s, mark %d of somebody stored: got %v", c.by, i, err)
				}
			}
			w.must(w.claims(guardian, member, wallet.ByGuardian)) // without a mark nothing is known of it
		}
	},
	"a dry erasure keeps no mark": func(w *world) {
		w.enrol("guardian", "member")
		w.guard("guardian", "member")
		w.endGuardian("guardian", "member", w.later())
		w.eraseMarked("member", w.unix()+100, true)
		if n, err := w.SweepMarks(w.ctx, w.unix()+1000); n != 0 || err != nil {
			w.Errorf("%d were kept, %v", n, err)
		}
	},
	"a mark that is lifted takes those along that were made with it, and no others": func(w *world) {
		for _, stored := range []bool{true, false} {
			guardian, first, second := fmt.Sprint("guardian ", w.serial), fmt.Sprint("first ", w.serial), fmt.Sprint("second ", w.serial)
			w.enrol(guardian, first, second)
			for _, member := range []string{first, second} {
				w.guard(guardian, member)
				w.endGuardian(guardian, member, w.later())
				w.eraseMarked(member, w.unix()+100, false)
			}
			if stored {
				w.enrol(first)
			}
			w.must(w.claims(guardian, first, wallet.ByAuthority, marksOf(first)[1]))
			w.must(w.endGuardianBy(wallet.ByGuardian, guardian, first, w.later()))
			w.reopen()
			w.must(w.claims(guardian, first, wallet.ByGuardian, marksOf(first)...))
			if err := w.claims(guardian, second, wallet.ByGuardian, marksOf(second)[0]); !errors.Is(err, wallet.ErrRevokedByAuthority) {
				w.Errorf("the other member's: got %v", err)
			}
		}
	},
	"what barred a guardian whose record went first is marked with the member's erasure": func(w *world) {
		w.enrol("guardian", "member")
		w.guard("guardian", "member")
		w.must(w.endGuardianBy(wallet.BySelf, "guardian", "member", w.later()))
		w.must(changed(w.erase("guardian", false)))
		asked := w.eraseMarked("member", w.unix()+100, false)
		if len(asked) != 1 || asked[0].Lookup != lookup("guardian") || asked[0].By != wallet.BySelf || !asked[0].Guardian.ID.IsZero() {
			w.Errorf("asked of %+v", asked)
		}
	},
	"a mark says nothing from its time on, also before it is swept": func(w *world) {
		w.enrol("guardian", "member")
		w.guard("guardian", "member")
		w.endGuardian("guardian", "member", w.later())
		w.eraseMarked("member", w.unix()+1, false)
		if err := w.claims("guardian", "member", wallet.ByGuardian, marksOf("member")...); !errors.Is(err, wallet.ErrRevokedByAuthority) {
			w.Errorf("before it: got %v", err)
		}
		w.later()
		w.must(w.claims("guardian", "member", wallet.ByGuardian, marksOf("member")...))
	},
	"a merge, and a further document, end a guardianship that a mark refuses, and none that it would let be": func(w *world) {
		for _, c := range []struct {
			by       wallet.Actor
			evidence string
			ends     bool
		}{{wallet.ByAuthority, wallet.HouseholdRegister, true}, {wallet.BySelf, wallet.HouseholdRegister, true}, {wallet.BySelf, wallet.FaceCheck, false}, {wallet.ByGuardian, wallet.HouseholdRegister, false}} {
			for _, merged := range []bool{true, false} {
				w.serial++
				guardian, other, member := fmt.Sprint("guardian ", w.serial), fmt.Sprint("other ", w.serial), fmt.Sprint("member ", w.serial)
				w.enrol(guardian, other, member)
				w.guard(guardian, member)
				w.must(w.endGuardianBy(c.by, guardian, member, w.later()))
				w.eraseMarked(member, w.unix()+100, false)
				w.enrol(member)
				g := w.guardianship(other, member)
				g.Evidence = c.evidence
				w.must(w.BindGuardian(w.ctx, g, wallet.ByGuardian))
				ask := func(m, g wallet.StoredPerson) ([]wallet.Mark, error) {
					if m.ID != w.people[member] || g.ID != w.people[other] {
						w.Errorf("asked of %s and %s", m.ID, g.ID)
					}
					return marksOf(member)[1:], nil
				}
				if merged {
					w.must(changed(w.Merge(w.ctx, w.people[other], w.people[guardian], wallet.ByAuthority, false, w.later(), func(k, g wallet.StoredPerson) (wallet.Joined, error) {
						return wallet.Joined{Sealed: k.Sealed, Lookups: []wallet.Lookup{lookup(guardian)}, Marks: ask}, nil
					}, w.always(w.colour(other, credential.Green, "of both")))))
				} else {
					add := wallet.AddedDocument{Lookup: lookup("further " + other), Type: wallet.HomeReturnPermit, Marks: ask}
					w.must(w.AddDocument(w.ctx, w.people[other], add, wallet.BySelf, w.later(), func(p wallet.StoredPerson) ([]byte, error) { return p.Sealed, nil }))
				}
				if all, err := w.Guardians(w.ctx, w.people[member]); err != nil || (len(all) == 0) != c.ends {
					w.Errorf("revoked by %s, then %s, merged %v: %+v, %v", c.by, c.evidence, merged, all, err)
				}
			}
		}
	},
	"marks whose time is over are swept, and no others": func(w *world) {
		w.enrol("guardian", "member", "longer")
		for _, member := range []string{"member", "longer"} {
			w.guard("guardian", member)
			w.endGuardian("guardian", member, w.later())
		}
		until := w.unix() + 2
		w.eraseMarked("member", until, false)
		w.eraseMarked("longer", until+1000, false)
		w.later()
		if err := w.claims("guardian", "member", wallet.ByGuardian, marksOf("member")[0]); !errors.Is(err, wallet.ErrRevokedByAuthority) {
			w.Errorf("a second before: got %v", err)
		}
		if n, err := w.SweepMarks(w.ctx, w.unix()); n != 0 || err != nil {
			w.Errorf("swept %d too early, %v", n, err)
		}
		w.later()
		for _, c := range []struct {
			at   int64
			want int
		}{{w.unix(), 2}, {until + 999, 0}, {until + 1000, 2}} {
			if n, err := w.SweepMarks(w.ctx, c.at); n != c.want || err != nil {
				w.Errorf("swept %d of %d, %v", n, c.want, err)
			}
		}
	},
}
