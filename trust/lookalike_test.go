package trust_test

import (
	"strings"
	"testing"
)

func TestNoPartnerSpeaksForWhatLooksLikeOurRegion(t *testing.T) {
	for _, iss := range []string{
		"CN-GD", "cn-gd", "CN-GD ", " CN-GD", "CN-GD.", "CN‐GD", "CN–GD", "CN_GD", "CNGD", "ＣＮ-ＧＤ", "ＣＮ-GD", "СN-GD", "CΝ-GD", "сn-gd", "𝐂𝐍-𝐆𝐃", "ⓒⓝ-ⓖⓓ", "ᏟN-GᎠ", "ᴄɴ-ɢᴅ", "CN-Ԍ.D", "[CN-GD]",
	} {
		for _, format := range []string{"C169", "HC1", "NZCP", "SHC"} {
			p := macao(t)
			p.Root, p.Formats, p.Issuers = nil, []string{format}, []string{iss}
			if err := p.Check("CN-GD"); err == nil || !strings.Contains(err.Error(), "our own region") {
				t.Errorf("%q for %s: %v", iss, format, err)
			}
		}
	}
	for _, iss := range []string{"CN", "GD", "CN-GX", "DE", "https://cn-gd.example", "did:web:cn-gd.example", "Ц", "粤"} {
		p := macao(t)
		p.Root, p.Formats, p.Issuers = nil, []string{"SHC"}, []string{iss}
		if err := p.Check("CN-GD"); err != nil {
			t.Errorf("%q: %v", iss, err)
		}
	}
	ours := macao(t)
	ours.Issuers = []string{"CN-MO"}
	if err := ours.Check("CN-GD"); err != nil {
		t.Error(err)
	}
}
