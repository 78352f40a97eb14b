package holder

import (
	"errors"
	"fmt"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// version of the content below. The version stands outside of it, so that an
// older program can say what it met:
//
//	file    = [ version: uint, content: bstr .cbor content ]
//	content = { 1: device: bstr .size 16, 2: device-key: bstr, 3: [ * refresh ], ? 4: [ service: tstr, region: tstr, session: tstr ],
//	            ? 5: [ * [ number: uint, person: bstr .size 16, name: tstr, relation: uint ] ], ? 6: highest-number: uint, ? 7: document-type: uint }
//	refresh = { 1: key: bstr, 2: [ + code ] }
//	code    = { 1: message: bstr, 2: [ + member ] }
//	member  = { 1: person: bstr .size 16, 2: name: tstr, 3: relation: uint, 4: salt: bstr, ? 5: document-type: uint }
//
// Keys are COSE_Key with the private part; an empty byte string is none.
// Version 1 had none of what may be missing but 4, and is read: the holder is numbered first, then
// the others by their identifiers.
const (
	version       = 2
	oldestVersion = 1
)

// ErrVersion says that a file is of a version that this program does not know.
var ErrVersion = errors.New("the file is another program's")

type fileRecord struct {
	_       struct{} `cbor:",toarray"`
	Version uint64
	Content []byte
}

type contentRecord struct {
	Device    issuer.DeviceID `cbor:"1,keyasint"`
	DeviceKey []byte          `cbor:"2,keyasint"`
	Refreshes []refreshRecord `cbor:"3,keyasint"`
	Account   *accountRecord  `cbor:"4,keyasint,omitempty"`
	Family    []kinRecord     `cbor:"5,keyasint,omitempty"`
	Given     uint32          `cbor:"6,keyasint,omitempty"`
	Document  uint8           `cbor:"7,keyasint,omitempty"`
}

type kinRecord struct {
	_        struct{} `cbor:",toarray"`
	Number   uint32
	Person   health.PersonID
	Name     string
	Relation credential.Relation
}

type accountRecord struct {
	_                        struct{} `cbor:",toarray"`
	Service, Region, Session string
}

type refreshRecord struct {
	Key   []byte       `cbor:"1,keyasint"`
	Codes []codeRecord `cbor:"2,keyasint"`
}

type codeRecord struct {
	Message []byte         `cbor:"1,keyasint"`
	Members []memberRecord `cbor:"2,keyasint"`
}

type memberRecord struct {
	Person   health.PersonID     `cbor:"1,keyasint"`
	Name     string              `cbor:"2,keyasint"`
	Relation credential.Relation `cbor:"3,keyasint"`
	Salt     []byte              `cbor:"4,keyasint"`
	Document uint8               `cbor:"5,keyasint,omitempty"`
}

func (f *File) marshal() ([]byte, error) {
	content := contentRecord{Device: f.device, Given: uint32(f.given)}
	for _, k := range f.family {
		content.Family = append(content.Family, kinRecord{Number: uint32(k.number), Person: k.ID, Name: k.Name, Relation: k.Relation})
	}
	if a := f.account; a != (Account{Document: a.Document}) {
		content.Account = &accountRecord{Service: a.Service, Region: a.Region, Session: a.Session}
	}
	content.Document = uint8(f.account.Document)
	var err error
	if f.deviceKey != nil {
		if content.DeviceKey, err = f.deviceKey.Bytes(); err != nil {
			return nil, err
		}
	}
	for _, r := range f.refreshes {
		record := refreshRecord{}
		if record.Key, err = r.key.Bytes(); err != nil {
			return nil, err
		}
		for _, c := range r.codes {
			record.Codes = append(record.Codes, recordOf(c.Code))
		}
		content.Refreshes = append(content.Refreshes, record)
	}
	file := fileRecord{Version: version}
	if file.Content, err = cose.Marshal(content); err != nil {
		return nil, err
	}
	return cose.Marshal(file)
}

func recordOf(c Code) codeRecord {
	record := codeRecord{Message: c.Message}
	for _, p := range c.Members {
		m := memberRecord{Person: p.ID, Name: p.Name, Relation: p.Relation, Document: uint8(p.Document)}
		if p.Salt != nil {
			m.Salt = p.Salt[:]
		}
		record.Members = append(record.Members, m)
	}
	return record
}

func unmarshal(plain []byte) (*File, error) {
	var file fileRecord
	if err := cose.Unmarshal(plain, &file); err != nil {
		return nil, err
	}
	if file.Version < oldestVersion || file.Version > version {
		return nil, fmt.Errorf("%w (it is of version %d, and this program reads %d to %d): use the newer program", ErrVersion, file.Version, oldestVersion, version)
	}
	var content contentRecord
	if err := cose.Unmarshal(file.Content, &content); err != nil {
		return nil, err
	}
	f := &File{device: content.Device}
	if a := content.Account; a != nil {
		f.account = Account{Service: a.Service, Region: a.Region, Session: a.Session}
	}
	f.account.Document = credential.DocumentType(content.Document)
	var err error
	if len(content.DeviceKey) > 0 {
		if f.deviceKey, err = cose.ParsePrivateKey(content.DeviceKey); err != nil {
			return nil, fmt.Errorf("the device key: %w", err)
		}
	}
	for i, record := range content.Refreshes {
		r, err := record.fetched()
		if err != nil {
			return nil, fmt.Errorf("refresh %d: %w", i+1, err)
		}
		f.refreshes = append(f.refreshes, r)
	}
	if file.Version == 1 {
		f.numberAll()
		return f, nil
	}
	if err := f.readFamily(content); err != nil {
		return nil, fmt.Errorf("the family: %w", err)
	}
	return f, nil
}

// readFamily checks what the numbers promise: the holder is 1, each belongs to
// one person, and everybody in a code has one.
func (f *File) readFamily(content contentRecord) error {
	f.given = int(content.Given)
	for _, k := range content.Family {
		last := 0
		if n := len(f.family); n > 0 {
			last = f.family[n-1].number
		}
		switch {
		case int(k.Number) <= last || (k.Number == 1) != (k.Relation == 0) || int(k.Number) > max(1, f.given):
			return fmt.Errorf("number %d is out of order", k.Number)
		case k.Person.IsZero() || f.knows(k.Person):
			return fmt.Errorf("number %d is nobody, or somebody who has another", k.Number)
		}
		f.family = append(f.family, kin{Relative{k.Person, k.Name, k.Relation}, int(k.Number)})
	}
	for _, r := range f.refreshes {
		if err := f.checkOwner(r.codes); err != nil {
			return err
		}
		for i := range r.codes {
			if slices.ContainsFunc(r.codes[i].Members, func(p Person) bool { return !f.knows(p.ID) }) {
				return errors.New("somebody of a code has no number")
			}
		}
	}
	return nil
}

func (f *File) knows(id health.PersonID) bool {
	return slices.ContainsFunc(f.family, func(k kin) bool { return k.ID == id })
}

// numberAll gives numbers to the people of a file of version 1. Nothing kept two
// holders apart then: of whom the newest refresh is, theirs is the file.
func (f *File) numberAll() {
	for i := range f.refreshes {
		if f.checkOwner(f.refreshes[i].codes) != nil {
			f.refreshes[i].codes = nil
			continue
		}
		codes := slices.Clone(f.refreshes[i].codes)
		slices.SortStableFunc(codes, func(x, y heldCode) int { return slices.Compare(x.Members[0].ID[:], y.Members[0].ID[:]) })
		f.meetAll(codes)
	}
	f.dropCodes(func(*heldCode) bool { return false })
}

func (record refreshRecord) fetched() (fetched, error) {
	key, err := cose.ParsePrivateKey(record.Key)
	if err != nil {
		return fetched{}, err
	}
	r := fetched{key: key}
	for i, c := range record.Codes {
		code := Code{Message: c.Message}
		for _, m := range c.Members {
			p := Person{ID: m.Person, Name: m.Name, Relation: m.Relation, Document: credential.DocumentType(m.Document)}
			if len(m.Salt) > 0 {
				p.Salt = new(credential.Salt)
				if copy(p.Salt[:], m.Salt) != len(m.Salt) || len(m.Salt) != len(p.Salt) {
					return fetched{}, fmt.Errorf("code %d: a salt of %d bytes, want %d", i+1, len(m.Salt), len(p.Salt))
				}
			}
			code.Members = append(code.Members, p)
		}
		held, err := hold(key, code)
		if err != nil {
			return fetched{}, fmt.Errorf("code %d: %w", i+1, err)
		}
		r.codes = append(r.codes, held)
	}
	return r, nil
}
