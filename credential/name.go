package credential

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compoundSurnames are the two-character surnames that are kept whole when a name of three or more characters is masked.
var compoundSurnames = strings.Fields("欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 司徒 令狐 长孙 長孫 宇文 夏侯 端木 轩辕 軒轅 独孤 獨孤 南宫 南宮")

const (
	maxMaskedWords = 3
	maxStars       = 3
	maxMarks       = 2 // kept of those on one letter
)

// MaskName keeps the surname of a Chinese name, or the first letter of each of at most three words, and writes a star for each further
// letter and digit, three at most: 张三 becomes 张*, 欧阳明日 becomes 欧阳**, Li Wei becomes L* W**. A word of one letter gets none, so a name
// of one letter stands as it is, and signs such as a hyphen get none: a star would say a letter that the document beside it does not have. Where
// the first letter is one of private use, which no code can show, the star stands first. A letter keeps at most two of its marks, and words
// that would not fit a code are left out, so that the result always fits one. It is empty if, and only if, name holds no visible letter.
func MaskName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || isMiddleDot(r) })
	separator := " "
	if strings.ContainsFunc(name, isMiddleDot) {
		separator = "·"
	}
	out := ""
	masked := 0
	for _, word := range words {
		m := maskWord(word, len(words) == 1)
		switch {
		case m == "":
			continue
		case out != "":
			m = separator + m
		}
		if masked == maxMaskedWords || len(out)+len(m) > maxName {
			break
		}
		out += m
		masked++
	}
	return out
}

func isMiddleDot(r rune) bool { return r == '·' || r == '•' || r == '・' || r == '‧' }

// maskWord is empty for a word without a visible letter: nothing of it could be shown. A digit and a letter of private use, which no code can
// show, have their star where they stand, also before the letter that is shown; signs have none.
func maskWord(word string, alone bool) string {
	var few [24]string
	letters := few[:0] // each with its marks; empty for one that cannot be shown
	first, marks := -1, maxMarks
	for i, r := range word {
		switch {
		case isLetter(r):
			if first < 0 {
				first = len(letters)
			}
			letters = append(letters, word[i:i+utf8.RuneLen(r)])
			marks = 0
		case unicode.IsDigit(r) || unicode.Is(unicode.Co, r):
			letters = append(letters, "")
			marks = maxMarks // what follows is on no letter
		case !unicode.IsMark(r):
			marks = maxMarks
		case marks < maxMarks && isMark(r):
			letters[len(letters)-1] += string(r)
			marks++
		}
	}
	if first < 0 {
		return ""
	}
	keep := 1
	if alone && len(letters) >= first+3 && slices.Contains(compoundSurnames, letters[first]+letters[first+1]) {
		keep = 2
	}
	before := min(first, maxStars)
	after := min(len(letters)-first-keep, maxStars-before)
	return strings.Repeat("*", before) + strings.Join(letters[first:first+keep], "") + strings.Repeat("*", after)
}

// validName keeps out what could redraw the rest of an inspector's line, or add a word of its own to it, and names that do not show. It
// lets through the letters, marks and decimal digits of every script, and the few signs that stand in names.
func validName(s string) bool {
	if len(s) == 0 || len(s) > maxName || !utf8.ValidString(s) {
		return false
	}
	visible := false
	before := ' ' // what the rule for spaces and marks looks back at
	for _, r := range s {
		switch {
		case isLetter(r):
			visible = true
		case isMark(r):
			if !isLetter(before) && !unicode.IsMark(before) {
				return false
			}
		case r == ' ':
			if before == ' ' {
				return false
			}
		case !unicode.IsDigit(r) && !isSign(r):
			return false
		}
		before = r
	}
	return visible && before != ' '
}

// isSign says whether r is one of the signs that stand in masked names: the last is the tsheg between Tibetan syllables.
func isSign(r rune) bool {
	return r == '*' || r == '·' || r == '-' || r == '\'' || r == '.' || r == '\u0f0b'
}

// isLetter says whether r is a letter that shows. U+3007 is a number to Unicode and stands in Chinese names; CJK extension I was made for
// names and is younger than the Unicode tables of our compilers.
func isLetter(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	case r >= 0x4e00 && r <= 0x9fff, r == 0x3007, r >= 0x2ebf0 && r <= 0x2ee5d:
		return true
	}
	return unicode.IsLetter(r) && !isHidden(r)
}

func isMark(r rune) bool { return unicode.IsMark(r) && !isHidden(r) }

// isHidden says whether r shows nothing though it may count as a letter or a mark: Default_Ignorable_Code_Point of Unicode, in which the
// Hangul fillers are, and the two blank hieroglyphs.
func isHidden(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cf) || r == 0x13441 || r == 0x13442
}

// NameFault says, for whoever mends the name, why a name in full cannot be kept and masked; it is empty when it can. It repeats nothing of
// the name but the code point that is wrong. Beside what a masked name may hold it lets private-use characters through, with which
// registers write rare characters, and the other forms of the middle dot, the hyphen and the apostrophe.
func NameFault(name string) string {
	before := ' '
	for _, r := range name {
		switch {
		case isHidden(r) || unicode.IsControl(r):
			return "a control or invisible character (" + codePoint(r) + "): remove it"
		case isMark(r):
			if !isLetter(before) && !unicode.IsMark(before) && !unicode.Is(unicode.Co, before) {
				return "a mark without a letter before it (" + codePoint(r) + "): write the letter first"
			}
		case unicode.IsSpace(r):
			if r != ' ' || before == ' ' {
				return "another space than one plain one (" + codePoint(r) + "): write one U+0020 between words"
			}
		case !isLetter(r) && !unicode.IsDigit(r) && !isSign(r) && !isMiddleDot(r) && !unicode.Is(unicode.Co, r) && !strings.ContainsRune("’‘‐‑\u0f0c", r):
			return "a character that stands in no name (" + codePoint(r) + "): remove it"
		}
		before = r
	}
	switch {
	case MaskName(name) == "":
		return "no letter that could be shown on a code: write the name in letters"
	case before == ' ':
		return "a space at its end: remove it"
	}
	return ""
}

func codePoint(r rune) string { return fmt.Sprintf("%U", r) }
