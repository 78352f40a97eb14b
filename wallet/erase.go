package wallet

import (
	"context"
	"fmt"
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

// Erase removes the record, devices, guardianships, print, evidence, decisions
// and events of a person, and the person's identifier from other people's
// events. With dry nothing changes and the report says what would be. Who may
// ask for it is the caller's to know. ErrNoPerson.
func (s *Service) Erase(ctx context.Context, person health.PersonID, dry bool, at time.Time) (ErasureReport, error) {
	changes, err := s.Store.Erase(ctx, person, dry, at.Unix(), func(stored StoredPerson) (lookups []Lookup, err error) {
		p, err := s.Vault.OpenPerson(stored)
		if err != nil {
			return nil, err
		}
		for _, d := range p.Documents {
			lookups = append(lookups, s.Vault.Lookup(d))
		}
		return lookups, nil
	})
	if err != nil {
		return ErasureReport{}, fmt.Errorf("erase person %s: %w", person, err)
	}
	return ErasureReport{Changes: changes, Dry: dry, Stays: stays}, nil
}
