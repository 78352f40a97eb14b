package wallet_test

import (
	"fmt"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// youth is a member of 15 under both parents, who is erased in the tests below.
type youth struct {
	*world
	mother, father, member       wallet.RegisterEntry
	motherID, fatherID, memberID health.PersonID
}

func newYouth(t *testing.T) *youth {
	t.Helper()
	y := &youth{world: newWorld(t)}
	y.mother, y.motherID = y.adult("张三", 1)
	y.father, y.fatherID = y.adult("李四", 1)
	y.member = y.born("张小", y.years(15), 1)
	y.bound(y.motherID)
	y.memberID = y.bound(y.fatherID)
	return y
}

// bound claims the member by the household for the guardian.
func (y *youth) bound(guardian health.PersonID) health.PersonID {
	y.Helper()
	m, err := y.wallet.ClaimMember(ctx, y.claim(guardian, y.member), y.at)
	y.must(err)
	return m.Person.ID
}

// refused checks that the guardian's claim by the household ends with the error.
func (y *youth) refused(guardian health.PersonID, want error) {
	y.Helper()
	_, err := y.wallet.ClaimMember(ctx, y.claim(guardian, y.member), y.at)
	y.fails(err, want)
}

// revoked ends the mother's guardianship.
func (y *youth) revoked(by wallet.Actor) {
	y.Helper()
	y.must(errOf(y.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: y.motherID, Member: y.memberID, By: by, Reason: "x"}, y.at)))
}

// erased erases somebody for themself.
func (y *youth) erased(e wallet.RegisterEntry, id health.PersonID) {
	y.Helper()
	y.must(errOf(y.wallet.EraseFor(ctx, y.session(e), id, false, y.at)))
	_, err := y.wallet.Person(ctx, id)
	y.fails(err, wallet.ErrNoPerson)
}

func TestWhomAMemberOrTheAuthorityRevokedDoesNotEnterTheMemberAnewAfterTheMembersErasure(t *testing.T) {
	for by, want := range map[wallet.Actor]error{
		wallet.BySelf: wallet.ErrRevokedByMember, wallet.ByAuthority: wallet.ErrRevokedByAuthority,
		wallet.ByCommunityWorker: wallet.ErrRevokedByAuthority, wallet.ByGuardian: nil,
	} {
		y := newYouth(t)
		y.revoked(by)
		y.erased(y.member, y.memberID)
		y.refused(y.motherID, want)
		if want == nil {
			continue
		}
		_, err := y.wallet.FindPerson(ctx, y.member.Documents[0])
		y.fails(err, wallet.ErrNoPerson)
		y.memberID = y.bound(y.fatherID) // whom nobody revoked
		y.refused(y.motherID, want)
	}
}

func TestWhatTheMemberRevokedBeforeAnErasureTheMembersOwnFaceLifts(t *testing.T) {
	y := newYouth(t)
	y.revoked(wallet.BySelf)
	y.erased(y.member, y.memberID)
	c := y.claim(y.motherID, y.member)
	proof := y.face(y.member)
	c.Way, c.Proof = wallet.WayFace, &proof
	m, err := y.wallet.ClaimMember(ctx, c, y.at)
	y.must(err)
	y.must(y.wallet.EndGuardianBy(ctx, y.motherID, y.motherID, m.Person.ID, y.at))
	y.bound(y.motherID) // nothing of the revocation is left
}

func TestWhatTheAuthorityRevokedBeforeAnErasureTheAuthorityLifts(t *testing.T) {
	y := newYouth(t)
	y.revoked(wallet.ByAuthority)
	y.erased(y.member, y.memberID)
	c := y.claim(y.motherID, y.member)
	proof := y.face(y.member)
	c.Way, c.Proof = wallet.WayFace, &proof
	_, err := y.wallet.ClaimMember(ctx, c, y.at)
	y.fails(err, wallet.ErrRevokedByAuthority)
	again := y.bound(y.fatherID)
	y.must(y.wallet.AddGuardian(ctx, y.motherID, again, credential.Child, "court", y.at))
	y.must(y.wallet.EndGuardianBy(ctx, y.motherID, y.motherID, again, y.at))
	y.bound(y.motherID)
}

func TestARevocationOutlivesTheErasureOfBothInEitherOrderAndUnderEachOfTheirDocuments(t *testing.T) {
	for _, memberFirst := range []bool{true, false} {
		for place := range 2 {
			y := newYouth(t)
			permits := []wallet.Document{{Type: wallet.HomeReturnPermit, Number: "H99000001"}, {Type: wallet.HomeReturnPermit, Number: "H99000002"}}
			for i, id := range []health.PersonID{y.memberID, y.motherID} {
				p, err := y.wallet.Person(ctx, id)
				y.must(err)
				y.must(errOf(y.wallet.Correct(ctx, id, wallet.Correction{Documents: append(p.Documents, permits[i])}, wallet.ByAuthority, y.at)))
			}
			y.revoked(wallet.BySelf)
			if memberFirst {
				y.erased(y.member, y.memberID)
				y.erased(y.mother, y.motherID)
			} else {
				y.erased(y.mother, y.motherID)
				y.erased(y.member, y.memberID)
			}
			if place == 1 { // the register knows each by the other document alone
				y.register.find(y.member.Documents[0]).Documents = permits[:1]
				y.register.find(y.mother.Documents[0]).Documents = permits[1:]
				y.member.Documents, y.mother.Documents = permits[:1], permits[1:]
			}
			y.refused(y.again(y.mother), wallet.ErrRevokedByMember)
		}
	}
}

// again logs in whoever was erased, with face and liveness.
func (y *youth) again(e wallet.RegisterEntry) health.PersonID {
	y.Helper()
	id := y.face(e)
	id.Methods = []string{wallet.MethodFace, wallet.MethodLiveness}
	_, ses, err := y.wallet.LogIn(ctx, id, "2026-1", y.at)
	y.must(err)
	return ses.Person
}

func TestWhatStaysOfARevocationHasItsTime(t *testing.T) {
	y := newYouth(t)
	elder := y.born("张母", y.years(80), 0)
	consented := func() error {
		proof := y.face(elder)
		return errOf(y.wallet.ClaimMember(ctx, wallet.Claim{
			Guardian: y.motherID, Way: wallet.WayMemberConsent, Document: elder.Documents[0], Relation: credential.Parent, Proof: &proof,
		}, y.at))
	}
	y.must(consented())
	p, err := y.wallet.FindPerson(ctx, elder.Documents[0])
	y.must(err)
	y.must(errOf(y.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: y.motherID, Member: p.ID, By: wallet.ByAuthority, Reason: "court"}, y.at)))
	y.erased(elder, p.ID)
	y.at = y.at.AddDate(3, 0, -1)
	y.fails(consented(), wallet.ErrRevokedByAuthority)
	y.at = y.at.AddDate(0, 0, 1)
	y.must(consented())
}

// What a register does not link, nothing does but name and birth date.
func TestARevokedGuardianIsRefusedUnderASecondDocumentThatTheRegisterComesToKnow(t *testing.T) {
	second := wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000003"}
	for name, c := range map[string]struct {
		erase, link bool
		want        error
	}{
		"both records are kept and linked":         {false, true, wallet.ErrTwoRecords},
		"the first record is erased, both linked":  {true, true, wallet.ErrRevokedByAuthority},
		"both are kept, and alike in name and day": {false, false, wallet.ErrRevokedByAuthority},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYouth(t)
			y.revoked(wallet.ByAuthority)
			alone := y.mother
			alone.Documents = []wallet.Document{second}
			y.register.people = append(y.register.people, registered{RegisterEntry: alone, household: 1})
			other := y.again(alone)
			if other == y.motherID {
				t.Fatal("the two documents lead to one record")
			}
			if c.erase {
				y.erased(y.mother, y.motherID)
			}
			if c.link {
				y.register.people = y.register.people[:len(y.register.people)-1]
				entry := y.register.find(y.mother.Documents[0])
				entry.Documents = append(entry.Documents, second)
			}
			y.refused(other, c.want)
			if f, err := y.wallet.Family(ctx, other, y.at); err != nil || len(f) != 1 {
				t.Errorf("the family has %d, %v", len(f), err)
			}
		})
	}
}

func TestANumberThatProvesNothingTellsNothingOfARevocation(t *testing.T) {
	y := newYouth(t)
	y.revoked(wallet.BySelf)
	y.erased(y.member, y.memberID)
	y.register.find(y.member.Documents[0]).household = 2 // whoever has moved out
	before := y.register.questions
	y.refused(y.motherID, wallet.ErrNotProven)
	known := y.register.questions - before
	stranger := y.born("王小", y.years(15), 2)
	_, err := y.wallet.ClaimMember(ctx, y.claim(y.motherID, stranger), y.at)
	y.fails(err, wallet.ErrNotProven)
	if got := y.register.questions - before - known; got != known {
		t.Errorf("the register was asked %d times about one and %d times about the other", known, got)
	}
}

func TestAnImportOfTheAuthorityLiftsWhatWasRevokedBeforeAnErasure(t *testing.T) {
	y := newYouth(t)
	y.revoked(wallet.ByAuthority)
	y.erased(y.member, y.memberID)
	_, err := y.wallet.Import(ctx, strings.NewReader(fmt.Sprintf("name,document_type,document_number,birth_date,region,guardian_document_number\n张小,resident-id,%s,%v,440106,%s\n",
		y.member.Documents[0].Number, y.member.Birth, y.mother.Documents[0].Number)), y.at, nil)
	y.must(err)
	p, err := y.wallet.FindPerson(ctx, y.member.Documents[0])
	y.must(err)
	y.must(y.wallet.EndGuardianBy(ctx, y.motherID, y.motherID, p.ID, y.at))
	y.bound(y.motherID)
}

func TestALineOfTheGuardianThatCannotBeLinksNothingAndHindersNoClaim(t *testing.T) {
	y := newYouth(t)
	entry := y.register.find(y.mother.Documents[0])
	entry.Birth = y.years(39) // not the one in the number
	entry.Documents = append(entry.Documents, wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000004"})
	_, err := y.wallet.ClaimMember(ctx, y.claim(y.motherID, y.born("张二", y.years(5), 1)), y.at)
	y.must(err)
	p, err := y.wallet.Person(ctx, y.motherID)
	if err != nil || len(p.Documents) != 1 {
		t.Errorf("%d documents, %v", len(p.Documents), err)
	}
}
