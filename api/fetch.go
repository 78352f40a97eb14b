package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/health"
	"healthcode.example/wallet/holder"
)

// Fetch refreshes a holder's file: it asks with the file's device, under a fresh holder key, for a code of everybody and one for
// each of the households, and takes what comes into the file. On an error the file is as it was. document asks for codes that
// a gate can compare with a document.
func (c *Client) Fetch(ctx context.Context, f *holder.File, document bool, households [][]health.PersonID, rand io.Reader, at time.Time) (CodesResponse, error) {
	signed, key, err := f.Ask(document, households, rand, at)
	if err != nil {
		return CodesResponse{}, err
	}
	got, err := c.Codes(ctx, signed)
	if err != nil {
		return CodesResponse{}, err
	}
	codes, err := got.held()
	if err != nil {
		return CodesResponse{}, fmt.Errorf("read the codes that came: %w", err)
	}
	if len(codes) == 0 {
		return got, errors.New("no code came: the answer says why for each member")
	}
	return got, f.AddRefresh(key, codes, at)
}

// held is what came in the form of the holder's file.
func (r *CodesResponse) held() ([]holder.Code, error) {
	var codes []holder.Code
	people := make(map[string]holder.Person)
	for i := range r.Codes {
		c := &r.Codes[i]
		p, err := c.person()
		if err != nil {
			return nil, err
		}
		message, err := message(c.Code)
		if err != nil {
			return nil, err
		}
		people[c.Member] = p
		codes = append(codes, holder.Code{Message: message, Members: []holder.Person{p}})
	}
	for i := range r.Households {
		if r.Households[i].Problem != nil {
			continue
		}
		code, err := r.Households[i].held(people)
		if err != nil {
			return nil, fmt.Errorf("household %d: %w", i+1, err)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func (c *WalletCode) person() (p holder.Person, err error) {
	if p.ID, err = health.ParsePersonID(c.Member); err != nil {
		return p, err
	}
	p.Name = c.Name
	if c.Relation != "" {
		if p.Relation, err = credential.ParseRelation(c.Relation); err != nil {
			return p, err
		}
	}
	p.Salt, err = readSalt(c.Salt)
	return p, err
}

// held puts the household's members, whom people knows, in the order of the code.
func (h *HouseholdCode) held(people map[string]holder.Person) (code holder.Code, err error) {
	if len(h.Salts) != 0 && len(h.Salts) != len(h.Members) {
		return code, fmt.Errorf("%d salts for %d members", len(h.Salts), len(h.Members))
	}
	if code.Message, err = message(h.Code); err != nil {
		return code, err
	}
	for i, id := range h.Members {
		p, ok := people[id]
		if !ok {
			return code, errors.New("a member has no code of their own")
		}
		p.Salt = nil
		if len(h.Salts) > 0 {
			if p.Salt, err = readSalt(h.Salts[i]); err != nil {
				return code, err
			}
		}
		code.Members = append(code.Members, p)
	}
	return code, nil
}

func message(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, credential.Prefix)
	if !ok {
		return nil, fmt.Errorf("a code begins otherwise than with %q", credential.Prefix)
	}
	return base45.Decode(encoded)
}

// readSalt reads 32 hexadecimal digits; the empty text is no salt.
func readSalt(digits string) (*credential.Salt, error) {
	if digits == "" {
		return nil, nil
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(credential.Salt{}) {
		return nil, errors.New("a salt is not 16 bytes in hexadecimal")
	}
	salt := credential.Salt(b)
	return &salt, nil
}
