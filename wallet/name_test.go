package wallet

import (
	"strings"
	"testing"
)

func TestNamesAreTakenAsTheyAre(t *testing.T) {
	for name, want := range map[string]string{
		"张三": "张三", " 欧阳明日 ": "欧阳明日", "\u3000李四": "李四", "Li Wei": "Li Wei", "买买提·艾力": "买买提·艾力",
		"O'Brien-Núñez": "O'Brien-Núñez", "O’Brien": "O’Brien", "བཀྲ་ཤིས": "བཀྲ་ཤིས", "ئابدۇللا": "ئابدۇللا", "王〇": "王〇", "\U00020bb7\U0002ebf0": "\U00020bb7\U0002ebf0", "\ue863明": "\ue863明", strings.Repeat("名", 100): strings.Repeat("名", 100),
	} {
		if got, err := CleanName(name); err != nil || got != want {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}

func TestNamesThatCouldDeceiveAreRefused(t *testing.T) {
	for _, name := range []string{
		"", " \t ", "张\x00三", "张\n三", "张\u202e三", "\u2066张三", "张\u200b三", "张\ufeff三", "张\u2028三", "张\ufffd三", "\xd5\xc5\xc8\xfd",
		strings.Repeat("名", 101), "张\x7f三", "a\u061cb",
		"···", "\ue000", "...", "123", "\u3164", "张\u3164", "\u115f", "张\u00a0三", "张\u3000三", "Li  Wei", "\u2800", "\u034f", "张\u034f三",
		"\ufe0f", "张\ufe0f", "\U000e0100", "\u0301Li", "- \u0301Li", "张三 ✔ACCEPT", "张三😀", "张三<b>", "\U00013441",
	} {
		if got, err := CleanName(name); err == nil {
			t.Errorf("%q was taken as %q", name, got)
		} else if name != "" && strings.Contains(err.Error(), name) {
			t.Errorf("the error repeats the name: %v", err)
		}
	}
}

func TestTheFaultOfANameSaysWhatToMend(t *testing.T) {
	for name, want := range map[string]string{
		"···": "no letter that could be shown", "张\u3164": "(U+3164): remove it", "Li  Wei": "one U+0020", "\u0301Li": "write the letter first", "张✔": "(U+2714)",
	} {
		if _, err := CleanName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", name, err, want)
		}
	}
}
