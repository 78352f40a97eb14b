package cose

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// doubled are maps in which a key stands twice, however it is written and wherever the map stands.
var doubled = map[string]string{
	"an integer":                          "a201000100",
	"an integer in a longer form":         "a20100180100",
	"a negative one in the longest form":  "a220003b000000000000000000",
	"a text":                              "a2616100616100",
	"a text in two pieces":                "a2626162007f61616162ff00",
	"in a map of indefinite length":       "bf616100616100ff",
	"the third pair and the first":        "a3010002000100",
	"in a map under an unknown key":       "a11863a201000100",
	"in a map in an array in a map":       "a1187881a1182aa2616100616100",
	"under a tag":                         "a11863d9d9f7a201000100",
	"in a map after a text in pieces":     "a218017f61616162ff1802a201000100",
	"in a map that is a value of another": "a101a102a103a2616100616100",
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAForeignKeyThatStandsTwiceIsRefusedAlsoWhereNobodyReadsIt(t *testing.T) {
	for name, c := range doubled {
		var known struct {
			Field any `cbor:"ver"`
		}
		if err := UnmarshalForeign(unhex(t, c), &known); !errors.Is(err, errKeyMore) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForeignKeysThatOnlyLookAlikeAreTwo(t *testing.T) {
	for name, c := range map[string]string{
		"1 and -2":                             "a201002100",
		"1 and the text 1":                     "a20100613100",
		"a text and its beginning":             "a2616100626162" + "00",
		"the same key in two maps":             "a10182a10100a10100",
		"a key in a map and in its value":      "a101a10100",
		"the empty text and a text of a zero":  "a26000610000",
		"a byte string of such a map":          "a10145a201000100",
		"twenty keys":                          "b4" + manyKeys(20),
		"twenty keys of indefinite length map": "bf" + manyKeys(20) + "ff",
	} {
		var v struct{}
		if err := UnmarshalForeign(unhex(t, c), &v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := UnmarshalForeign(unhex(t, "b5"+manyKeys(20)+"1300"), new(struct{})); err != errKeyMore {
		t.Errorf("the twenty-first of many keys, which is one of them: %v", err)
	}
}

// manyKeys are the pairs of a map with the keys 0 to n-1.
func manyKeys(n int) string {
	var b []byte
	for i := range n {
		b = append(AppendInt(b, int64(i)), 0)
	}
	return hex.EncodeToString(b)
}

func TestAForeignMapHasNoKeysButIntegersAndTexts(t *testing.T) {
	for name, c := range map[string]string{
		"true": "a1f500", "nothing": "a1f600", "a number with a fraction": "a1f93e0000", "a byte string": "a1416100",
		"an array": "a1810100", "a map": "a1a00000", "a tagged number": "a1c10100", "a bignum": "a1c2410100",
	} {
		if err := UnmarshalForeign(unhex(t, c), new(struct{})); err != errMapKey {
			t.Errorf("%s as a key: %v", name, err)
		}
	}
}

func TestForeignItemsLieAtMostSixteenDeep(t *testing.T) {
	for depth, want := range map[int]error{maxForeignDepth: nil, maxForeignDepth + 1: errDeep, 100_000: errDeep} {
		b := append(bytes.Repeat([]byte{0x81}, depth), 0x01)
		var v []any
		if err := UnmarshalForeign(b, &v); !errors.Is(err, want) && (want != errDeep || err != errItems) {
			t.Errorf("%d arrays within each other: %v", depth, err)
		}
	}
}

func TestAForeignMessageThatIsNotWellFormedIsRefused(t *testing.T) {
	for name, c := range map[string]string{
		"nothing": "", "a break": "ff", "a break as a value": "a101ff", "a key without a value": "a101", "a text cut short": "627f", "an integer of no length": "1f",
		"a tag of no length": "df01", "a reserved length": "1c", "a piece of another kind": "7f4161ff", "a piece of pieces": "7f7f6161ffff", "no break": "bf0101", "an odd map": "bf01ff",
		"a byte more": "a000",
	} {
		for _, v := range []any{new(struct{}), new(any)} {
			if err := UnmarshalForeign(unhex(t, c), v); err == nil {
				t.Errorf("%s is read", name)
			}
		}
	}
}
