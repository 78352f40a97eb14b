package paper

import (
	"fmt"
	"time"

	"healthcode.example/credential"
)

// wording is everything the sheet says in one language.
type wording struct {
	title, what              string
	name, incomplete         string
	colour                   string
	colours                  map[credential.Colour]string
	colourNote               string
	validity, inZone, issuer string
	from, until              func(time.Time) string
	lost, lostText, help     string
	salt, saltText           string
	documents                map[credential.DocumentType]string
	foldFlap, foldCard       string
	symbol, saltSymbol       string // said of the pictures to who cannot see them
}

var texts = map[Language]*wording{
	Hans: {
		title: "纸质健康码", what: "这是纸质码，须与本人的身份证件一起出示，检查人员会核对姓名。",
		name: "姓名（部分隐去）", incomplete: "方框处的字不在本打印件的字库中，姓名未能完整印出；二维码内存有该字。",
		colour: "颜色", colours: map[credential.Colour]string{credential.Green: "绿码", credential.Yellow: "黄码", credential.Red: "红码"},
		colourNote: "此为制作时的颜色；颜色一变，本码即告终止。",
		validity:   "有效期", inZone: "北京时间（UTC+8）", issuer: "签发地区",
		from:  func(t time.Time) string { return chineseTime(t) + " 起" },
		until: func(t time.Time) string { return chineseTime(t) + " 止" },
		lost:  "遗失怎么办", lostText: "请尽快告知热线或社区工作人员，停用本码；也可重新打印，重新打印即停用旧码。", help: "求助",
		salt: "证件核对码", saltText: "仅当检查人员要求核对证件号码、并且您同意时，才打开折页。谁扫了这两个码，谁就能得知您的证件号码。您可以拒绝，改由检查人员目视核对证件。",
		documents: map[credential.DocumentType]string{
			credential.ResidentID: "居民身份证", credential.HomeReturnPermit: "回乡证", credential.BirthCertificate: "出生证", credential.Passport: "护照",
		},
		foldFlap: "沿虚线向上折，用此折页盖住证件核对码。", foldCard: "沿虚线如折扇般折叠，使此码朝里。",
		symbol: "纸质健康码的二维码", saltSymbol: "证件核对码的二维码",
	},
	Hant: {
		title: "紙質健康碼", what: "這是紙質碼，須與本人的身份證件一起出示，檢查人員會核對姓名。",
		name: "姓名（部分隱去）", incomplete: "方框處的字不在本列印件的字庫中，姓名未能完整印出；二維碼內存有該字。",
		colour: "顏色", colours: map[credential.Colour]string{credential.Green: "綠碼", credential.Yellow: "黃碼", credential.Red: "紅碼"},
		colourNote: "此為製作時的顏色；顏色一變，本碼即告終止。",
		validity:   "有效期", inZone: "北京時間（UTC+8）", issuer: "簽發地區",
		from:  func(t time.Time) string { return chineseTime(t) + " 起" },
		until: func(t time.Time) string { return chineseTime(t) + " 止" },
		lost:  "遺失怎麼辦", lostText: "請盡快告知熱線或社區工作人員，停用本碼；也可重新列印，重新列印即停用舊碼。", help: "求助",
		salt: "證件核對碼", saltText: "僅當檢查人員要求核對證件號碼、並且您同意時，才打開摺頁。誰掃了這兩個碼，誰就能得知您的證件號碼。您可以拒絕，改由檢查人員目視核對證件。",
		documents: map[credential.DocumentType]string{
			credential.ResidentID: "居民身份證", credential.HomeReturnPermit: "回鄉證", credential.BirthCertificate: "出生證", credential.Passport: "護照",
		},
		foldFlap: "沿虛線向上摺，用此摺頁蓋住證件核對碼。", foldCard: "沿虛線如摺扇般摺疊，使此碼朝裏。",
		symbol: "紙質健康碼的二維碼", saltSymbol: "證件核對碼的二維碼",
	},
	English: {
		title: "Paper health code", what: "This is a paper code. Show it together with your identity document: the gate compares the name.",
		name: "Name (partly hidden)", incomplete: "The framed character is not in the font of this print: the name is printed incompletely. The symbol holds the character.",
		colour: "Colour", colours: map[credential.Colour]string{credential.Green: "Green", credential.Yellow: "Yellow", credential.Red: "Red"},
		colourNote: "The colour when this was made. If it changes, this code ends.",
		validity:   "Valid", inZone: "Beijing time (UTC+8)", issuer: "Issued in",
		from:  func(t time.Time) string { return "from " + t.Format("2 January 2006, 15:04") },
		until: func(t time.Time) string { return "until " + t.Format("2 January 2006, 15:04") },
		lost:  "If you lose it", lostText: "Tell the hotline or a community worker soon, and they end this code. Or have it printed again: a reprint ends the former one.", help: "Help",
		salt: "Symbol for the document check", saltText: "Unfold only when a gate asks to compare your document number and you agree. Whoever scans both symbols can find out the number: you reveal it to that gate. You may refuse; the gate then compares your document by eye.",
		documents: map[credential.DocumentType]string{
			credential.ResidentID: "resident ID", credential.HomeReturnPermit: "home-return permit", credential.BirthCertificate: "birth certificate", credential.Passport: "passport",
		},
		foldFlap: "Fold up along the dashed line, so that this flap covers the symbol for the document check.", foldCard: "Fold along the dashed lines like a fan, with this symbol inside.",
		symbol: "QR symbol of the paper health code", saltSymbol: "QR symbol for the document check",
	},
}

// saltOf is the heading of the second symbol, with the document that it is of where the symbol says it.
func (w *wording) saltOf(t credential.DocumentType) string {
	if name := w.documents[t]; name != "" {
		return w.salt + " · " + name
	}
	return w.salt
}

func chineseTime(t time.Time) string {
	return fmt.Sprintf("%d年%d月%d日 %s", t.Year(), int(t.Month()), t.Day(), t.Format("15:04"))
}

// others are the languages that follow small.
func others(first Language) (rest []Language) {
	for _, l := range Languages {
		if l != first {
			rest = append(rest, l)
		}
	}
	return rest
}
