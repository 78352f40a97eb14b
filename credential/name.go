package credential

import (
	"slices"
	"strings"
	"unicode"
)

// compoundSurnames are the two-character surnames that are kept whole when a name of three or more characters is masked.
var compoundSurnames = strings.Fields("欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 司徒 令狐 长孙 長孫 宇文 夏侯 端木 轩辕 軒轅 独孤 獨孤 南宫 南宮")

const (
	maxMaskedWords = 3
	maxStars       = 3
)

// MaskName keeps the surname of a Chinese name, or the first character of each of at most three words, and writes a star for each further
// character, three at most: 张三 becomes 张*, 欧阳明日 becomes 欧阳**, Li Wei becomes L* W**. The result fits a code. It is empty if name
// holds nothing printable.
func MaskName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || isMiddleDot(r) || !unicode.IsPrint(r) })
	separator := " "
	if strings.ContainsFunc(name, isMiddleDot) {
		separator = "·"
	}
	masked := make([]string, 0, maxMaskedWords)
	for _, word := range words[:min(len(words), maxMaskedWords)] {
		masked = append(masked, maskWord([]rune(word), len(words) == 1))
	}
	out := strings.Join(masked, separator)
	if !validName(out) {
		return ""
	}
	return out
}

func isMiddleDot(r rune) bool { return r == '·' || r == '•' || r == '・' || r == '‧' }

func maskWord(word []rune, alone bool) string {
	keep := 1
	if alone && len(word) >= 3 && slices.Contains(compoundSurnames, string(word[:2])) {
		keep = 2
	}
	for keep < len(word) && unicode.Is(unicode.Mn, word[keep]) {
		keep++ // a mark belongs to the letter before it
	}
	keep = min(keep, 4)
	return string(word[:keep]) + strings.Repeat("*", min(len(word)-keep, maxStars))
}
