package trust

import (
	"strings"
	"unicode"
)

// alike are letters of other scripts that are drawn as a Latin one, after it: of Cyrillic, Greek, Cherokee and Lisu, and small capitals
// (Unicode Technical Standard 39, confusables; only what stands for A to Z).
var alike = func() map[rune]rune {
	m := make(map[rune]rune)
	for latin, others := range map[rune]string{
		'A': "АΑᎪꓮᴀ", 'B': "ВΒᏴꓐʙ", 'C': "СϹᏟꓚⅭᴄ", 'D': "ᎠꓓⅮᴅ", 'E': "ЕΕᎬꓰᴇ", 'F': "ϜꓝꞘ", 'G': "ԌᏀᏳꓖɢ", 'H': "НΗᎻꓧʜ", 'I': "ІΙӀꓲⅠɪ", 'J': "ЈͿᎫꓙᴊ", 'K': "КΚᏦꓗᴋ",
		'L': "ᏞꓡⅬʟ", 'M': "МΜᎷꓟⅯᴍ", 'N': "ΝꓠɴƝ", 'O': "ОΟՕꓳᴏ", 'P': "РΡᏢꓑᴘ", 'Q': "Ԛⵕꞯ", 'R': "ᎡᏒꓣʀ", 'S': "ЅՏᏚꓢꜱ", 'T': "ТΤᎢꓔᴛ", 'U': "ՍꓴᑌᴜＵ", 'V': "ѴᏙꓦⅤᴠ", 'W': "ԜᎳꓪᴡ",
		'X': "ХΧꓫⅩ", 'Y': "ҮΥᎩꓬʏ", 'Z': "ΖᏃꓜᴢ",
	} {
		for _, r := range others {
			m[r] = latin
		}
	}
	return m
}()

// skeleton is the same for names that a reader takes for one another: it keeps letters and digits only, in one case, and those of other scripts and
// widths as the Latin ones that they look like.
func skeleton(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'Ａ' && r <= 'ｚ' || r >= '０' && r <= '９': // full width
			r -= '０' - '0'
		case r >= 0x1d400 && r < 0x1d6a4: // mathematical letters: 26 capitals and 26 small ones in each style
			r = 'A' + (r-0x1d400)%26
		case r >= 0x1d7ce && r < 0x1d800: // and digits
			r = '0' + (r-0x1d7ce)%10
		case r >= 'Ⓐ' && r <= 'ⓩ':
			r = 'A' + (r-'Ⓐ')%26
		}
		r = unicode.ToUpper(r)
		if latin, ok := alike[r]; ok {
			return latin
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, name)
}
