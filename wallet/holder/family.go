package holder

import (
	"errors"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// ErrOtherPerson says that a family or a code is of another holder than the one
// of the file: what is one person's would be shown as another's.
var ErrOtherPerson = errors.New("this wallet is another person's")

// Relative is somebody of the family, as the service tells it.
type Relative struct {
	ID       health.PersonID
	Name     string              // as the holder reads it
	Relation credential.Relation // what they are to the holder, 0 for the holder
}

// kin is a relative with the number by which the holder names them. The holder
// is 1. A number belongs to one person for the life of the file: who remembers
// it never means somebody else by it.
type kin struct {
	Relative
	number int
}

// Owner is whose file it is; zero as long as nothing is in it.
func (f *File) Owner() health.PersonID {
	i := slices.IndexFunc(f.family, func(k kin) bool { return k.Relation == 0 })
	if i < 0 {
		return health.PersonID{}
	}
	return f.family[i].ID
}

// SetFamily takes in the family as the service tells it now, the holder first.
// Whoever is no longer in it goes from the file with every code in which they
// stand: the end of a guardianship has ended those. ErrOtherPerson when the
// holder is not the file's; then nothing changes.
func (f *File) SetFamily(now []Relative) error {
	if len(now) == 0 || now[0].Relation != 0 || slices.ContainsFunc(now[1:], func(r Relative) bool { return r.Relation == 0 }) {
		return errors.New("take in a family: the holder, and nobody else, stands first and without a relation")
	}
	if owner := f.Owner(); !owner.IsZero() && owner != now[0].ID {
		return ErrOtherPerson
	}
	for _, r := range now {
		f.meet(r)
	}
	for _, k := range slices.Clone(f.family) {
		if !slices.ContainsFunc(now, func(r Relative) bool { return r.ID == k.ID }) {
			f.Remove(k.ID)
		}
	}
	return nil
}

// Merged takes in the family of the record with which the holder's own was
// merged. The merger has ended every code of both, so they go; the device stays
// what it was.
func (f *File) Merged(now []Relative) error {
	fresh := *f
	fresh.refreshes, fresh.family = nil, nil
	if err := fresh.SetFamily(now); err != nil {
		return err
	}
	*f = fresh
	return nil
}

// Add takes in somebody who has come into the family, before there is a code of
// theirs, and returns their number.
func (f *File) Add(r Relative) (int, error) {
	if r.ID.IsZero() || r.Relation == 0 {
		return 0, errors.New("take in a relative: they must have an identifier and a relation")
	}
	f.meet(r)
	i := slices.IndexFunc(f.family, func(k kin) bool { return k.ID == r.ID })
	return f.family[i].number, nil
}

// Remove takes somebody who has left the family out of the file, with every
// code in which they stand. Their number is not given again.
func (f *File) Remove(id health.PersonID) {
	f.family = slices.DeleteFunc(f.family, func(k kin) bool { return k.ID == id })
	f.dropCodes(func(c *heldCode) bool {
		return slices.ContainsFunc(c.Members, func(p Person) bool { return p.ID == id })
	})
}

// Forget empties the file of everything but where the service is, after its
// holder's record was erased.
func (f *File) Forget() {
	*f = File{account: Account{Service: f.account.Service, Region: f.account.Region}}
}

// meet gives somebody new a number, and takes over what is told of somebody
// known.
func (f *File) meet(r Relative) {
	if i := slices.IndexFunc(f.family, func(k kin) bool { return k.ID == r.ID }); i >= 0 {
		f.family[i].Relative = r
		return
	}
	if r.Relation == 0 {
		f.family = slices.Insert(f.family, 0, kin{r, 1})
		return
	}
	f.given = max(f.given, 1) + 1
	f.family = append(f.family, kin{r, f.given})
}

// meetAll numbers whoever stands in codes and is not known, the holder first.
func (f *File) meetAll(codes []heldCode) {
	for _, own := range []bool{true, false} {
		for i := range codes {
			for _, p := range codes[i].Members {
				if !f.knows(p.ID) && own == (p.Relation == 0) {
					f.meet(Relative{ID: p.ID, Name: p.Name, Relation: p.Relation})
				}
			}
		}
	}
}

// Member is what the wallet can show of one person at a time.
type Member struct {
	Person         // of the newest code, or with ID, Name and Relation only
	Number    int  // 1 is the holder; it stays with the person
	Held      bool // there is a code, of which the rest speaks
	Colour    credential.Colour
	ExpiresAt time.Time
	Current   bool // it had not expired at the time asked for
	Shows     bool // the document can be shown to a gate that asks
}

// Members returns everybody of the family, in the order of their numbers, with
// the newest code of each, also when that has expired.
func (f *File) Members(at time.Time) []Member {
	all := make([]Member, 0, len(f.family))
	for _, k := range f.family {
		m := Member{Person: Person{ID: k.ID, Name: k.Name, Relation: k.Relation}, Number: k.number}
		if c, i := f.newest(k.ID); c != nil {
			m.Salt, m.Person.Document = c.Members[i].Salt, c.Members[i].Document
			m.Held, m.Colour, m.Shows = true, c.claims.Members[i].Colour, m.Salt != nil
			m.ExpiresAt, m.Current = time.Unix(c.claims.ExpiresAt, 0), c.current(at)
		}
		all = append(all, m)
	}
	return all
}

// newest is the last code of the person in the newest refresh that has one, and
// their place in it.
func (f *File) newest(id health.PersonID) (*heldCode, int) {
	for r := range f.refreshes {
		for c := range slices.Backward(f.refreshes[r].codes) {
			code := &f.refreshes[r].codes[c]
			if i := slices.IndexFunc(code.Members, func(p Person) bool { return p.ID == id }); i >= 0 {
				return code, i
			}
		}
	}
	return nil, 0
}
