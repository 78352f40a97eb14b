package holder

import (
	"fmt"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// version of the content below. The version stands outside of it, so that an
// older program can say what it met:
//
//	file    = [ version: uint, content: bstr .cbor content ]
//	content = { 1: device: bstr .size 16, 2: device-key: bstr, 3: [ * refresh ], ? 4: [ service: tstr, region: tstr, session: tstr ] }
//	refresh = { 1: key: bstr, 2: [ + code ] }
//	code    = { 1: message: bstr, 2: [ + member ] }
//	member  = { 1: person: bstr .size 16, 2: name: tstr, 3: relation: uint, 4: salt: bstr }
//
// Keys are COSE_Key with the private part; an empty byte string is none.
const version = 1

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
}

func (f *File) marshal() ([]byte, error) {
	content := contentRecord{Device: f.device}
	if a := f.account; a != (Account{}) {
		content.Account = &accountRecord{Service: a.Service, Region: a.Region, Session: a.Session}
	}
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
		m := memberRecord{Person: p.ID, Name: p.Name, Relation: p.Relation}
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
	if file.Version != version {
		return nil, fmt.Errorf("it is of version %d and this program knows %d: use the newer program", file.Version, version)
	}
	var content contentRecord
	if err := cose.Unmarshal(file.Content, &content); err != nil {
		return nil, err
	}
	f := &File{device: content.Device}
	if a := content.Account; a != nil {
		f.account = Account{Service: a.Service, Region: a.Region, Session: a.Session}
	}
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
	return f, nil
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
			p := Person{ID: m.Person, Name: m.Name, Relation: m.Relation}
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
