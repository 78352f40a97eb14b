package wallet

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
)

// FuzzParseDate: a date has one form.
func FuzzParseDate(f *testing.F) {
	for _, text := range []string{"1985-05-06", "2000-02-29", "1900-02-29", "0000-01-01", "1985-5-6", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDate(text); (err == nil) != d.Valid() || err == nil && d.String() != text {
			t.Errorf("%q is read as %v, %v", text, d, err)
		}
	})
}

// FuzzParseRegion: a region has one form.
func FuzzParseRegion(f *testing.F) {
	for _, text := range []string{"440300", "040300", "44030", "4403000", "+44030", "４４０３００", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := ParseRegion(text); ok && strconv.FormatUint(uint64(n), 10) != text || ok != (n >= 100000 && n <= 999999) {
			t.Errorf("%q is read as %d, %v", text, n, ok)
		}
	})
}

// FuzzOpen: a record that nobody sealed does not open, and one that was sealed comes back as it was.
func FuzzOpen(f *testing.F) {
	v, err := NewVault(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	id := health.PersonID{1}
	record, err := cose.Marshal(personRecord{Name: "张三", Documents: []documentRecord{{Type: Passport, Number: "E9900001"}}, Birth: dateRecord{Year: 1985, Month: 5, Day: 6}, Region: 440300})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record, uint64(7))
	f.Add([]byte{0xa0}, uint64(1<<63))
	f.Fuzz(func(t *testing.T, plain []byte, handle uint64) {
		if _, err := v.OpenPerson(StoredPerson{ID: id, Sealed: plain}); err == nil {
			t.Error("a record of nobody opens")
		}
		if _, err := v.OpenPrint(id, StoredPrint{Handle: handle, Sealed: plain}); err == nil {
			t.Error("a print of nobody opens")
		}
		print, err := v.SealPrint(rand.Reader, id, handle, plain)
		if err != nil {
			t.Fatal(err)
		}
		if code, err := v.OpenPrint(id, StoredPrint{Handle: handle, Sealed: print}); err != nil || !bytes.Equal(code, plain) {
			t.Errorf("the print comes back otherwise: %v", err)
		}
		box, err := v.people.Seal(rand.Reader, plain, id[:])
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.OpenPerson(StoredPerson{ID: id, Sealed: box})
		if err != nil {
			return
		}
		again, err := v.SealPerson(rand.Reader, p)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := v.people.Open(again, id[:]); err != nil || !bytes.Equal(second, plain) && p.Documents != nil {
			t.Errorf("the record %x is written %x, %v", plain, second, err)
		}
	})
}
