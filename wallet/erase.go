package wallet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"healthcode.example/health"
)

// ErasureReport says what an erasure removed, or would remove, and what stays.
type ErasureReport struct {
	Changes
	Dry   bool                `json:"dry"`
	Stays []map[string]string `json:"stays"` // sentences, by language: zh-Hans, zh-Hant, en
}

// stays is what an erasure cannot reach, for the person to read.
var stays = []map[string]string{
	{
		"en":      "The numbers under which ended codes are revoked: they lead to nobody, and gates need them until the codes would have expired.",
		"zh-Hans": "已终止健康码的撤销编号：不指向任何人，在这些码原定失效之前检测点仍需使用。",
		"zh-Hant": "已終止健康碼的撤銷編號：不指向任何人，在這些碼原定失效之前檢測點仍需使用。",
	},
	{
		"en":      "Of a guardianship that the authority or the member revoked: the member and the keyed hash of your document's number, so that it is not claimed again.",
		"zh-Hans": "被主管机关或成员本人撤销的监护关系：保留该成员及您证件号码的密钥散列值，以防再次申请。",
		"zh-Hant": "被主管機關或成員本人撤銷的監護關係：保留該成員及您證件號碼的金鑰雜湊值，以防再次申請。",
	},
	{
		"en":      "Of a guardianship over you that was revoked: keyed hashes, each of one of your document numbers together with one of the guardian's, so that nobody enters you anew against your will. They are deleted when you come of age, of what the authority revoked after three years at the earliest, or when the guardianship is allowed again.",
		"zh-Hans": "对您的监护关系曾被撤销的：保留由您的一个证件号码与该监护人的一个证件号码共同生成的密钥散列值，以防违背您的意愿重新登记您。您成年时（由主管机关撤销的，最早满三年后）或监护关系重新获准时删除。",
		"zh-Hant": "對您的監護關係曾被撤銷的：保留由您的一個證件號碼與該監護人的一個證件號碼共同產生的金鑰雜湊值，以防違背您的意願重新登記您。您成年時（由主管機關撤銷的，最早滿三年後）或監護關係重新獲准時刪除。",
	},
	{
		"en":      "Backups made before now hold the record, sealed, until they are deleted by their date: a restored backup must have the erasure repeated.",
		"zh-Hans": "此前制作的备份中仍有加密的记录，直至备份到期删除：若恢复备份，须重新执行删除。",
		"zh-Hant": "此前製作的備份中仍有加密的記錄，直至備份到期刪除：若恢復備份，須重新執行刪除。",
	},
	{
		"en":      "Free pages of the store's file can hold the record, sealed, until they are written over.",
		"zh-Hans": "数据库文件的空闲页中可能仍有加密的记录，直至被覆盖。",
		"zh-Hant": "資料庫檔案的空閒頁中可能仍有加密的記錄，直至被覆寫。",
	},
	{
		"en":      "What other people's phones show of the person, such as a guardian's list, until their next refresh.",
		"zh-Hans": "他人手机上显示的本人信息（例如监护人的列表），直至其下次刷新。",
		"zh-Hant": "他人手機上顯示的本人資訊（例如監護人的清單），直至其下次更新。",
	},
}

// Erasure asks for the removal of a record.
type Erasure struct {
	Person health.PersonID
	Dry    bool   // change nothing, and say what would be
	Force  bool   // also while evidence counts: then Reason is kept among the overrides
	Reason string // 1 to 40 of a-z, 0-9, _ and -; naming nobody; needed with Force
}

// Erase removes the record, devices, guardianships, print, evidence, decisions
// and events of a person, and the person's identifier from other people's
// events. It is the authority's; residents have EraseFor. *CountingError while
// evidence counts, unless it is forced; ErrReason, ErrNoPerson.
func (s *Service) Erase(ctx context.Context, e Erasure, by Actor, at time.Time) (ErasureReport, error) {
	if e.Force && !reasonForm.MatchString(e.Reason) {
		return ErasureReport{}, fmt.Errorf("erase person %s: %w", e.Person, ErrReason)
	}
	return s.erase(ctx, e.Person, by, e.Dry, at, func(d Dossier, _ Person) (*Override, error) {
		counting := s.counting(d, at)
		if counting == nil || !e.Force {
			return nil, orNil(counting)
		}
		return &Override{At: at.Unix(), By: by, Act: OverrideErasure, Reason: e.Reason, Outcome: counting.Reason}, nil
	})
}

// EraseFor is Erase for whoever is logged in: for their own record from the
// 14th birthday on, or for the record of a member under 14 whose only guardian
// they are. It needs a log-in of the last minutes unless it is dry. A colour is
// not washed away: *CountingError while evidence counts, without exception.
// ErrChildErasure, ErrOtherGuardians, ErrRevokedStands, ErrNotFresh; ErrNoGuardian for a member
// of another family; ErrOwnErasure for one who decides alone.
func (s *Service) EraseFor(ctx context.Context, ses Session, member health.PersonID, dry bool, at time.Time) (ErasureReport, error) {
	by := BySelf
	if ses.Person != member {
		by = ByGuardian
	}
	return s.erase(ctx, member, by, dry, at, func(d Dossier, p Person) (*Override, error) {
		if err := mayErase(ses.Person, d, p, at); err != nil {
			return nil, err
		}
		if counting := s.counting(d, at); counting != nil {
			return nil, counting
		}
		if !dry && !ses.Fresh(at) {
			return nil, ErrNotFresh
		}
		return nil, nil
	})
}

// mayErase says whether by may have the record erased.
func mayErase(by health.PersonID, d Dossier, p Person, at time.Time) error {
	young := p.Birth.UnderFourteen(at)
	if by == p.ID {
		if young {
			return ErrChildErasure
		}
		return nil
	}
	own, others := false, false
	for _, g := range d.Guardians {
		own = own || g.InForce(at.Unix()) && g.Guardian == by
		others = others || g.InForce(at.Unix()) && g.Guardian != by
	}
	switch {
	case !own:
		return ErrNoGuardian
	case !young:
		return ErrOwnErasure
	case others:
		return ErrOtherGuardians
	case slices.ContainsFunc(d.Guardians, func(g Guardianship) bool { return g.EndedBy == ByAuthority }), slices.Contains(d.Barred, ByAuthority):
		return ErrRevokedStands // else whoever was kept away comes back as soon as the child is entered anew
	}
	return nil
}

// erase judges within the transaction: evidence that comes at the same moment
// is either seen by judge or finds nobody.
func (s *Service) erase(ctx context.Context, person health.PersonID, by Actor, dry bool, at time.Time, judge func(Dossier, Person) (*Override, error)) (ErasureReport, error) {
	changes, err := s.Store.Erase(ctx, person, by, dry, at.Unix(), func(d Dossier) (e Erased, err error) {
		p, err := s.Vault.OpenPerson(d.Person)
		if err != nil {
			return e, err
		}
		if e.Override, err = judge(d, p); err != nil {
			return e, err
		}
		e.Lookups = s.lookupsOf(p)
		e.KeepAway = func(k KeptAway) (KeptMarks, error) { return s.keepAway(p, k, at) }
		return e, nil
	})
	if err != nil {
		return ErasureReport{}, fmt.Errorf("erase person %s: %w", person, err)
	}
	return ErasureReport{Changes: changes, Dry: dry, Stays: stays}, nil
}
