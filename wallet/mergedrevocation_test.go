package wallet_test

import (
	"testing"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// apart is the mother's second record: a permit that no register links, and another spelling of her name.
func (y *youth) apart() health.PersonID {
	y.Helper()
	alone := y.mother
	alone.Name, alone.Documents = "张叁", []wallet.Document{{Type: wallet.HomeReturnPermit, Number: "H99000009"}}
	y.register.people = append(y.register.people, registered{RegisterEntry: alone, household: 1})
	return y.again(alone)
}

// Whatever keeps a revocation: the guardianship itself, what is left of an erased guardian, what is left of an erased member.
func TestWhoClaimsOnceMoreUnderAnUnknownDocumentLosesTheGuardianshipWithTheMergeHoweverTheRevocationIsKept(t *testing.T) {
	for _, by := range []wallet.Actor{wallet.BySelf, wallet.ByAuthority} {
		for name, between := range map[string]func(y *youth){
			"both records were kept": func(y *youth) {},
			"the guardian's record was erased": func(y *youth) {
				y.erased(y.mother, y.motherID)
				y.motherID = y.again(y.mother)
			},
			"the member's record was erased": func(y *youth) { y.erased(y.member, y.memberID) },
			"both were erased": func(y *youth) {
				y.erased(y.mother, y.motherID)
				y.erased(y.member, y.memberID)
				y.motherID = y.again(y.mother)
			},
		} {
			for _, keepFirst := range []bool{true, false} {
				t.Run(string(by)+", "+name, func(t *testing.T) {
					y := newYouth(t)
					y.revoked(by)
					between(y)
					second := y.apart()
					member := y.bound(second)
					merger := wallet.Merger{Keep: y.motherID, Gone: second}
					if !keepFirst {
						merger.Keep, merger.Gone = merger.Gone, merger.Keep
					}
					report, err := y.wallet.Merge(ctx, merger, wallet.ByAuthority, y.at)
					y.must(err)
					if f, err := y.wallet.Family(ctx, merger.Keep, y.at); err != nil || len(f) != 1 {
						t.Errorf("the family has %d, %v; the merge said %+v", len(f), err, report)
					}
					want := wallet.ErrRevokedByMember
					if by == wallet.ByAuthority {
						want = wallet.ErrRevokedByAuthority
					}
					y.refused(merger.Keep, want)
					all, err := y.wallet.EveryGuardian(ctx, member)
					y.must(err)
					for _, g := range all {
						if g.Guardian == merger.Keep && g.EndedBy != by {
							t.Errorf("ended by %q", g.EndedBy)
						}
					}
				})
			}
		}
	}
}

func TestAMergeOfTwoRecordsOfAMemberEndsTheGuardianshipOfWhomOneOfThemKeepsAway(t *testing.T) {
	for name, erased := range map[string]bool{"the guardian has erased their record": true, "the guardian has one record": false} {
		for _, keepFirst := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				y := newYouth(t)
				y.revoked(wallet.ByAuthority)
				if erased {
					y.erased(y.mother, y.motherID)
					y.motherID = y.again(y.mother)
				}
				first := y.memberID
				y.member.Documents = []wallet.Document{{Type: wallet.BirthCertificate, Number: "Z991000077"}}
				y.register.people = append(y.register.people, registered{RegisterEntry: y.member, household: 1})
				second := y.bound(y.motherID)
				merger := wallet.Merger{Keep: first, Gone: second}
				if !keepFirst {
					merger.Keep, merger.Gone = merger.Gone, merger.Keep
				}
				_, err := y.wallet.Merge(ctx, merger, wallet.ByAuthority, y.at)
				y.must(err)
				if f, err := y.wallet.Family(ctx, y.motherID, y.at); err != nil || len(f) != 1 {
					t.Errorf("the family has %d, %v", len(f), err)
				}
				y.refused(y.motherID, wallet.ErrRevokedByAuthority)
			})
		}
	}
}

func TestOfTwoThatKeepAnErasedGuardianAwayFromOnePersonTheStricterStays(t *testing.T) {
	for _, keepFirst := range []bool{true, false} {
		y := newYouth(t)
		y.revoked(wallet.ByAuthority)
		first := y.memberID
		y.member.Documents = []wallet.Document{{Type: wallet.BirthCertificate, Number: "Z991000078"}}
		y.register.people = append(y.register.people, registered{RegisterEntry: y.member, household: 1})
		y.memberID = y.bound(y.motherID)
		y.revoked(wallet.BySelf)
		y.erased(y.mother, y.motherID)
		merger := wallet.Merger{Keep: first, Gone: y.memberID}
		if !keepFirst {
			merger.Keep, merger.Gone = merger.Gone, merger.Keep
		}
		_, err := y.wallet.Merge(ctx, merger, wallet.ByAuthority, y.at)
		y.must(err)
		y.refused(y.again(y.mother), wallet.ErrRevokedByAuthority)
	}
}

func TestADocumentThatARegisterComesToLinkEndsTheGuardianshipThatItsRevocationWouldRefuse(t *testing.T) {
	for name, memberToo := range map[string]bool{"the guardian's record was erased": false, "both were erased": true} {
		for _, by := range []wallet.Actor{wallet.BySelf, wallet.ByAuthority} {
			t.Run(name, func(t *testing.T) {
				y := newYouth(t)
				y.revoked(by)
				y.erased(y.mother, y.motherID)
				if memberToo {
					y.erased(y.member, y.memberID)
				}
				second := y.apart()
				y.bound(second)
				y.register.people = y.register.people[:len(y.register.people)-1]
				linked := y.register.find(y.mother.Documents[0])
				linked.Documents = append(linked.Documents, wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000009"})
				if joined := y.again(y.mother); joined != second {
					t.Fatal("the two documents lead to two records")
				}
				if f, err := y.wallet.Family(ctx, second, y.at); err != nil || len(f) != 1 {
					t.Errorf("the family has %d, %v", len(f), err)
				}
				want := wallet.ErrRevokedByMember
				if by == wallet.ByAuthority {
					want = wallet.ErrRevokedByAuthority
				}
				y.refused(second, want)
			})
		}
	}
}

// A correction adds a document too, as a merge and a register do.
func TestACorrectionEndsWhatTheRemainsOfARevocationRefuse(t *testing.T) {
	for _, memberToo := range []bool{false, true} {
		for by, want := range map[wallet.Actor]error{wallet.BySelf: wallet.ErrRevokedByMember, wallet.ByAuthority: wallet.ErrRevokedByAuthority} {
			y := newYouth(t)
			y.revoked(by)
			y.erased(y.mother, y.motherID)
			if memberToo {
				y.erased(y.member, y.memberID)
			}
			second := y.apart()
			y.bound(second)
			p, err := y.wallet.Person(ctx, second)
			y.must(err)
			documents := wallet.Correction{Documents: append(p.Documents, y.mother.Documents[0])}
			y.must(errOf(y.wallet.Correct(ctx, second, documents, wallet.ByAuthority, y.at)))
			if f, err := y.wallet.Family(ctx, second, y.at); err != nil || len(f) != 1 {
				t.Errorf("revoked by %s, member erased %v: the family has %d, %v", by, memberToo, len(f), err)
			}
			y.refused(second, want)
		}
	}
}
