package holder

import (
	"crypto/rand"
	"errors"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// family is the holder 1 and children.
func family(children ...byte) []Relative {
	all := []Relative{{ID: ids(1)[0], Name: "张三"}}
	for _, n := range children {
		all = append(all, Relative{ID: ids(n)[0], Name: name(n), Relation: credential.Child})
	}
	return all
}

// numbers are who has which number.
func numbers(f *File) map[int]byte {
	all := make(map[int]byte)
	for _, m := range f.Members(noon) {
		all[m.Number] = m.ID[0]
	}
	return all
}

func (d *desk) reopen(f *File) *File {
	d.Helper()
	box, err := f.Seal(rand.Reader, testKey(d.T, "phone"))
	d.must(err)
	again, err := Open(box, testKey(d.T, "phone"))
	d.must(err)
	return again
}

func (d *desk) expect(f *File, want map[int]byte) {
	d.Helper()
	got := numbers(f)
	for n, who := range want {
		if got[n] != who {
			d.Errorf("number %d is %d, want %d", n, got[n], who)
		}
	}
	if len(got) != len(want) {
		d.Errorf("%v have numbers, want %v", got, want)
	}
}

func TestANumberMeansTheSamePersonForTheLifeOfTheFile(t *testing.T) {
	d, f := newDesk(t), New()
	d.must(f.SetFamily(family(9, 4)))
	d.expect(f, map[int]byte{1: 1, 2: 9, 3: 4})
	key := d.key()
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, d.person(4, false)), d.code(key, noon, d.person(1, false))}, noon))
	d.must(f.SetFamily(family(2, 4))) // 9 has gone and 2 has come, and the service tells them first
	f = d.reopen(f)
	d.expect(f, map[int]byte{1: 1, 3: 4, 4: 2})
	f.Remove(ids(2)[0])
	f = d.reopen(f)
	d.must(f.SetFamily(family(4, 7)))
	d.expect(f, map[int]byte{1: 1, 3: 4, 5: 7})
	if m := f.Members(noon); !m[0].Held || !m[1].Held || m[2].Held || m[1].Name != name(4) {
		t.Errorf("the members are %+v", m)
	}
}

func TestWhoLeavesTheFamilyLeavesTheFileWithEveryCodeOfTheirs(t *testing.T) {
	d, f := newDesk(t), New()
	key := d.key()
	a, b, c := d.person(1, false), d.person(2, false), d.person(3, false)
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, a), d.code(key, noon, b), d.code(key, noon, c), d.code(key, noon, a, b), d.code(key, noon, a, c)}, noon))
	d.must(f.SetFamily(family(3)))
	for _, gone := range [][]byte{{2}, {1, 2}} {
		if _, err := f.Present(Show{People: ids(gone...)}, noon); !errors.Is(err, ErrNoCode) {
			t.Errorf("%v can still be shown: %v", gone, err)
		}
	}
	for _, stays := range [][]byte{{1}, {3}, {1, 3}} {
		if _, err := f.Present(Show{People: ids(stays...)}, noon); err != nil {
			t.Errorf("%v: %v", stays, err)
		}
	}
}

func TestAFileIsOfOnePerson(t *testing.T) {
	d, f := newDesk(t), New()
	d.must(f.SetFamily(family(2)))
	other := family(2)
	other[0].ID = ids(8)[0]
	if err := f.SetFamily(other); !errors.Is(err, ErrOtherPerson) {
		t.Errorf("another person's family: %v", err)
	}
	key, strange := d.key(), d.person(8, false)
	strange.Relation = 0
	if err := f.AddRefresh(key, []Code{d.code(key, noon, d.person(2, false)), d.code(key, noon, strange)}, noon); !errors.Is(err, ErrOtherPerson) {
		t.Errorf("another person's code: %v", err)
	}
	d.expect(d.reopen(f), map[int]byte{1: 1, 2: 2})
	f.Forget()
	d.must(f.SetFamily(other)) // an erased record is followed by a new one
	if f.Owner() != ids(8)[0] {
		t.Error("a file that was emptied is nobody's")
	}
}

func TestAFamilyBeginsWithItsHolder(t *testing.T) {
	for name, wrong := range map[string][]Relative{"nobody": nil, "a child first": family(2)[1:], "two holders": append(family(2), family()...)} {
		if f := New(); f.SetFamily(wrong) == nil || len(f.Members(noon)) != 0 {
			t.Errorf("%s is taken", name)
		}
	}
}

// Version 1 knew no numbers, and let two people log in in one file.
func TestAFileOfTheFormerVersionIsRead(t *testing.T) {
	d, f := newDesk(t), New()
	former, key := d.key(), d.key()
	strange := d.person(8, false)
	strange.Relation = 0
	d.must(f.AddRefresh(key, []Code{d.code(key, noon, d.person(1, false)), d.code(key, noon, d.person(7, false)), d.code(key, noon, d.person(2, false))}, noon))
	held, err := hold(former, d.code(former, noon, strange))
	d.must(err)
	f.refreshes = append(f.refreshes, fetched{former, []heldCode{held}})
	plain, err := f.marshal()
	d.must(err)
	var file fileRecord
	d.must(cose.Unmarshal(plain, &file))
	var content contentRecord
	d.must(cose.Unmarshal(file.Content, &content))
	content.Family, content.Given, file.Version = nil, 0, 1
	file.Content, err = cose.Marshal(content)
	d.must(err)
	plain, err = cose.Marshal(file)
	d.must(err)
	old, err := unmarshal(plain)
	d.must(err)
	d.expect(old, map[int]byte{1: 1, 2: 2, 3: 7})
	d.expect(d.reopen(old), map[int]byte{1: 1, 2: 2, 3: 7})
}

func name(n byte) string { return "张" + string(rune('一'+int(n))) }
