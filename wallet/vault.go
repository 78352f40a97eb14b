package wallet

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Vault seals what is personal before it reaches a store, and makes the keyed
// hashes by which the store finds it again. It is immutable and safe for
// concurrent use.
type Vault struct {
	people  *seal.Key
	prints  *seal.Key
	lookups *seal.Key
	marks   *seal.Key
}

// NewVault derives the vault's keys from the master key, seal.MasterSize bytes.
// The same master key opens what was sealed before.
func NewVault(master []byte) (*Vault, error) {
	v := new(Vault)
	for _, k := range []struct {
		label string
		key   **seal.Key
	}{{"wallet person", &v.people}, {"wallet print", &v.prints}, {"wallet document lookup", &v.lookups}, {"wallet revoked guardianship", &v.marks}} {
		key, err := seal.NewKey(master, k.label)
		if err != nil {
			return nil, fmt.Errorf("open the vault: %w", err)
		}
		*k.key = key
	}
	return v, nil
}

// personRecord is what is sealed of a Person, deterministic CBOR:
//
//	{1: name, 2: [+ [type, number]], 3: [year, month, day], 4: region}
type personRecord struct {
	Name      string           `cbor:"1,keyasint"`
	Documents []documentRecord `cbor:"2,keyasint"`
	Birth     dateRecord       `cbor:"3,keyasint"`
	Region    uint32           `cbor:"4,keyasint"`
}

type documentRecord struct {
	_      struct{} `cbor:",toarray"`
	Type   DocumentType
	Number string
}

type dateRecord struct {
	_                struct{} `cbor:",toarray"`
	Year, Month, Day uint16
}

// SealPerson seals the record; it opens for this identifier only. rand must be
// a cryptographic source.
func (v *Vault) SealPerson(rand io.Reader, p Person) ([]byte, error) {
	r := personRecord{
		Name: p.Name, Region: p.Region,
		Birth:     dateRecord{Year: uint16(p.Birth.Year), Month: uint16(p.Birth.Month), Day: uint16(p.Birth.Day)},
		Documents: make([]documentRecord, len(p.Documents)),
	}
	for i, d := range p.Documents {
		r.Documents[i] = documentRecord{Type: d.Type, Number: d.Number}
	}
	plain, err := cose.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("seal a person's record: %w", err)
	}
	box, err := v.people.Seal(rand, plain, p.ID[:])
	if err != nil {
		return nil, fmt.Errorf("seal a person's record: %w", err)
	}
	return box, nil
}

// OpenPerson opens what SealPerson made.
func (v *Vault) OpenPerson(s StoredPerson) (Person, error) {
	plain, err := v.people.Open(s.Sealed, s.ID[:])
	if err != nil {
		return Person{}, fmt.Errorf("open the record of person %s: %w", s.ID, err)
	}
	var r personRecord
	if err := cose.Unmarshal(plain, &r); err != nil {
		return Person{}, fmt.Errorf("open the record of person %s: %w", s.ID, err)
	}
	p := Person{
		ID: s.ID, Name: r.Name, Region: r.Region, Deceased: s.Deceased,
		Birth: Date{Year: int(r.Birth.Year), Month: time.Month(r.Birth.Month), Day: int(r.Birth.Day)},
	}
	for _, d := range r.Documents {
		p.Documents = append(p.Documents, Document{Type: d.Type, Number: d.Number})
	}
	return p, nil
}

// Lookup is the keyed hash under which the store finds the document's person;
// of documents that are the Same it is the same.
func (v *Vault) Lookup(d Document) Lookup {
	return v.lookups.Lookup(string(d.Type), d.key())
}

// deviceID is the identifier of the device with this key.
func (v *Vault) deviceID(key *cose.PublicKey) (id issuer.DeviceID) {
	mark := v.lookups.Lookup("device", string(key.Bytes()))
	copy(id[:], mark[:])
	return id
}

// SealPrint seals a paper code; it opens for this person and handle only.
func (v *Vault) SealPrint(rand io.Reader, person health.PersonID, handle uint64, code []byte) ([]byte, error) {
	box, err := v.prints.Seal(rand, code, printName(person, handle))
	if err != nil {
		return nil, fmt.Errorf("seal a paper code: %w", err)
	}
	return box, nil
}

// OpenPrint opens what SealPrint made.
func (v *Vault) OpenPrint(person health.PersonID, p StoredPrint) ([]byte, error) {
	code, err := v.prints.Open(p.Sealed, printName(person, p.Handle))
	if err != nil {
		return nil, fmt.Errorf("open the paper code of person %s: %w", person, err)
	}
	return code, nil
}

func printName(person health.PersonID, handle uint64) []byte {
	return binary.BigEndian.AppendUint64(person[:len(person):len(person)], handle)
}
