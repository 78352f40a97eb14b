package wallet

import (
	"strings"
	"testing"
)

func TestNamesAreTakenAsTheyAre(t *testing.T) {
	for name, want := range map[string]string{
		"张三": "张三", " 欧阳明日 ": "欧阳明日", "\u3000李四": "李四", "Li Wei": "Li Wei", "买买提·艾力": "买买提·艾力",
		"O'Brien-Núñez": "O'Brien-Núñez", "\ue863明": "\ue863明", strings.Repeat("名", 100): strings.Repeat("名", 100),
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
	} {
		if got, err := CleanName(name); err == nil {
			t.Errorf("%q was taken as %q", name, got)
		} else if name != "" && strings.Contains(err.Error(), name) {
			t.Errorf("the error repeats the name: %v", err)
		}
	}
}
