package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/strictjson"
)

func TestWhatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"an object":                           {`{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}`, nil},
		"a name twice":                        {`{"a":1,"a":1}`, strictjson.ErrTwice},
		"a name twice, once with an escape":   {`{"a":1,"\u0061":2}`, strictjson.ErrTwice},
		"a name in other letters":             {`{"kid":1,"KID":2}`, strictjson.ErrTwice},
		"a name with the sign of Kelvin":      {"{\"kid\":1,\"\u212aid\":2}", strictjson.ErrTwice},
		"a name twice, deep down":             {`[{"a":[{"b":{"c":1,"c":2}}]}]`, strictjson.ErrTwice},
		"two values":                          {`{} {}`, strictjson.ErrShape},
		"half a value":                        {`{"a":[1,`, strictjson.ErrShape},
		"nothing":                             {``, strictjson.ErrShape},
		"a comma too many":                    {`{"a":1,}`, strictjson.ErrShape},
		"bytes that are no UTF-8":             {"{\"\xff\":1}", strictjson.ErrShape},
		"32 arrays in each other":             {strings.Repeat("[", 32) + strings.Repeat("]", 32), nil},
		"33 arrays in each other":             {strings.Repeat("[", 33) + strings.Repeat("]", 33), strictjson.ErrShape},
		"2,000 values":                        {"[" + strings.Repeat("{},", 999) + "1]", nil},
		"2,001 values":                        {"[" + strings.Repeat("{},", 999) + "1,2]", strictjson.ErrShape},
		"a text full of what would count":     {`["` + strings.Repeat(`[{,\"`, 3000) + `"]`, nil},
		"a text that ends in an escape":       {`["a\`, strictjson.ErrShape},
		"more arrays than the library stands": {strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), strictjson.ErrShape},
	} {
		var v any
		if err := strictjson.Unmarshal([]byte(c.text), &v); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	var number struct{ A int }
	if err := strictjson.Unmarshal([]byte(`{"a":"secret"}`), &number); !errors.Is(err, strictjson.ErrShape) || strings.Contains(err.Error(), "secret") {
		t.Errorf("a text for a number: %v", err)
	}
}

func TestTheMembersOfAnObjectAreGivenAsTheyAreWritten(t *testing.T) {
	members, err := strictjson.Members([]byte(` {"keys": [ 1, {"a":1,"a":2} ], "x":null} `))
	if err != nil || len(members) != 2 || string(members["keys"]) != `[ 1, {"a":1,"a":2} ]` || string(members["x"]) != "null" {
		t.Errorf("%q, %v", members, err)
	}
	elements, err := strictjson.Elements(members["keys"])
	if err != nil || len(elements) != 2 || string(elements[1]) != `{"a":1,"a":2}` {
		t.Errorf("%q, %v", elements, err)
	}
	for _, text := range []string{`[]`, `5`, `null`, `{`, `{"keys":1,"Keys":2}`, ``} {
		if members, err := strictjson.Members([]byte(text)); err == nil {
			t.Errorf("%s: %q", text, members)
		}
	}
	for _, text := range []string{`{}`, `5`, `null`, `[`, ``} {
		if elements, err := strictjson.Elements([]byte(text)); err == nil {
			t.Errorf("%s: %q", text, elements)
		}
	}
}

// FuzzUnmarshal: what is read says the same when it is written anew and read by the library.
func FuzzUnmarshal(f *testing.F) {
	for _, text := range []string{`{"a":[1,"b",{"A":null}]}`, `{"a":1,"a":2}`, `[[[]]]`, "{\"\u017f\":1,\"s\":2}", `1e999999`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v, again any
		err := strictjson.Unmarshal(b, &v)
		members, objectErr := strictjson.Members(b)
		elements, arrayErr := strictjson.Elements(b)
		if (err == nil) && (members != nil) != bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
			t.Errorf("members %v of what was read: %v", members, objectErr)
		}
		if arrayErr == nil && (objectErr == nil || elements == nil) {
			t.Error("an array that is an object, or none")
		}
		if err != nil {
			return
		}
		if object, ok := v.(map[string]any); ok && len(object) != len(members) {
			t.Errorf("%d members of %d", len(members), len(object))
		}
		if strictjson.Bounded(b) != nil {
			t.Error("read, and has more in it than may be")
		}
		namedOnce(t, v)
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := strictjson.Unmarshal(out, &again); err != nil {
			t.Errorf("written anew it is refused: %v", err)
		}
	})
}

// namedOnce fails where an object has two names that a reader who passes over the case of letters takes for one.
func namedOnce(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			namedOnce(t, element)
		}
	case map[string]any:
		names := slices.Collect(maps.Keys(v))
		for i, name := range names {
			namedOnce(t, v[name])
			if slices.ContainsFunc(names[:i], func(other string) bool { return strings.EqualFold(name, other) }) {
				t.Error("one object has two names that differ in the case of letters only")
			}
		}
	}
}
