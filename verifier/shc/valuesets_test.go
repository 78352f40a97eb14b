package shc

import (
	"regexp"
	"strings"
	"testing"
)

// luhn says whether the last digit checks the others (LOINC Users' Guide, appendix C).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// verhoeff says whether the last digit checks the others (SNOMED CT Technical Implementation Guide, "Check-digit"): the dihedral group of ten.
func verhoeff(digits string) bool {
	turn := [8][10]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}}
	for i := 2; i < 8; i++ {
		for j := range 10 {
			turn[i][j] = turn[i-1][turn[1][j]]
		}
	}
	times := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b)%5 + 5
		case b < 5:
			return (a-b)%5 + 5
		}
		return (a - b + 5) % 5
	}
	c := 0
	for i := range len(digits) {
		c = times(c, turn[i%8][digits[len(digits)-1-i]-'0'])
	}
	return c == 0
}

// A digit that was written wrongly would recognise something else, or nothing.
func TestEveryCodeOfTheValueSetsIsOneOfItsSystem(t *testing.T) {
	checks := map[string]func(string) bool{
		loinc: func(code string) bool {
			if strings.HasPrefix(code, "LA") { // an answer, checked in another way
				return regexp.MustCompile(`^LA\d{4,5}-\d$`).MatchString(code)
			}
			return regexp.MustCompile(`^\d{5}-\d$`).MatchString(code) && luhn(strings.ReplaceAll(code, "-", ""))
		},
		snomed: func(code string) bool { return regexp.MustCompile(`^\d{6,18}$`).MatchString(code) && verhoeff(code) },
		cvx:    regexp.MustCompile(`^(2[0-3]\d|3[01]\d|5[0-2]\d)$`).MatchString,
		icd11:  regexp.MustCompile(`^XM[0-9A-Z]{4}$`).MatchString,
	}
	seen := make(map[string]string)
	for name, set := range map[string]codes{"found": found, "not found": notFound, "tests": virusTests, "vaccines": vaccines} {
		for system, list := range set {
			for code := range list {
				if check := checks[system]; check == nil || !check(code) {
					t.Errorf("%s: %s is no code of %s", name, code, system)
				}
				if other, twice := seen[system+code]; twice {
					t.Errorf("%s of %s stands in %q and %q", code, system, other, name)
				}
				seen[system+code] = name
			}
		}
	}
	for _, code := range []string{"94563-4", "94762-2", "94660-8", "95423-0", "96829-7"} {
		if virusTests[loinc][code] {
			t.Errorf("%s, for antibodies, in blood, of several viruses or of a donor, is a test for the virus", code)
		}
	}
}
