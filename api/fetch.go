package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet/holder"
)

// Fetch refreshes a holder's file: it asks with the file's device, under a fresh holder key, for a code of everybody and one for each of the
// households, and takes what comes into the file. On an error the file is as it was.
func (c *Client) Fetch(ctx context.Context, f *holder.File, q holder.Question, rand io.Reader, at time.Time) (CodesResponse, error) {
	signed, key, err := f.Ask(q, rand, at)
	if err != nil {
		return CodesResponse{}, err
	}
	got, err := c.Codes(ctx, signed)
	if err != nil {
		return CodesResponse{}, err
	}
	answer, err := got.answer()
	if err != nil {
		return CodesResponse{}, fmt.Errorf("read the codes that came: %w", err)
	}
	if len(answer.Codes) == 0 {
		return got, errors.New("no code came: the answer says why for each member")
	}
	return got, f.Take(key, answer, at)
}

// FetchFamily takes the caller's family, as the service tells it now, into the holder's file: who is known keeps their number, who is new gets one,
// and who has left goes with their codes. Where the holder's record was merged with another, the family is that one's. holder.ErrOtherPerson when the
// caller is not whose file it is; then the file is as it was.
func (c *Client) FetchFamily(ctx context.Context, f *holder.File) (Family, error) {
	got, err := c.Family(ctx)
	if err != nil {
		return Family{}, err
	}
	family := make([]holder.Relative, 0, len(got.Members))
	for i := range got.Members {
		r, err := got.Members[i].Relative()
		if err != nil {
			return Family{}, fmt.Errorf("read the family: %w", err)
		}
		family = append(family, r)
	}
	err = f.SetFamily(family)
	if !errors.Is(err, holder.ErrOtherPerson) {
		return got, err
	}
	// The device of one record among those of another: the two were merged.
	if mine, asked := c.owns(ctx, f); asked != nil || !mine {
		return got, errors.Join(err, asked)
	}
	return got, f.Merged(family)
}

// owns says whether the file's device is in use and the caller's.
func (c *Client) owns(ctx context.Context, f *holder.File) (bool, error) {
	id, key := f.Device()
	if key == nil {
		return false, nil
	}
	known, err := c.Devices(ctx)
	return err == nil && slices.ContainsFunc(known.Devices, func(d Device) bool { return d.Device == hex.EncodeToString(id[:]) }), err
}

// Relative is the member in the form of the holder's file.
func (m *FamilyMember) Relative() (r holder.Relative, err error) {
	r.Name = m.Name
	if r.ID, err = health.ParsePersonID(m.Member); err == nil && m.Relation != "" {
		r.Relation, err = credential.ParseRelation(m.Relation)
	}
	return r, err
}

// Register makes a device of the file, with a key from rand, unless the file has one that the service still knows. It takes the identifier and the
// region that the service gives it into the file, which must be saved then.
func (c *Client) Register(ctx context.Context, f *holder.File, rand io.Reader) error {
	if mine, err := c.owns(ctx, f); err != nil || mine {
		return err
	}
	key, err := cose.Generate(cose.ES256, rand)
	if err != nil {
		return err
	}
	jwk, err := NewJWK(key.Public())
	if err != nil {
		return err
	}
	d, err := c.AddDevice(ctx, DeviceRequest{Key: jwk})
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(d.Device)
	if err != nil || len(b) != len(issuer.DeviceID{}) {
		return errors.New("register the device: the service gave it no identifier: is the address the service's own?")
	}
	account := f.Account()
	account.Region = d.Region
	f.SetAccount(account)
	f.SetDevice(issuer.DeviceID(b), key)
	return nil
}

// answer is what came in the form of the holder's file.
func (r *CodesResponse) answer() (a holder.Answer, err error) {
	for i := range r.Codes {
		c := &r.Codes[i]
		p, err := c.person()
		if err != nil {
			return a, err
		}
		message, err := message(c.Code)
		if err != nil {
			return a, err
		}
		a.Codes = append(a.Codes, holder.Code{Message: message, Members: []holder.Person{p}})
	}
	for i := range r.Households {
		if r.Households[i].Problem != nil {
			continue
		}
		h, err := r.Households[i].held()
		if err != nil {
			return a, fmt.Errorf("household %d: %w", i+1, err)
		}
		a.Households = append(a.Households, h)
	}
	return a, nil
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
	p.Document = credential.DocumentTypeOf(c.Document)
	p.Salt, err = readSalt(c.Salt)
	return p, err
}

func (h *HouseholdCode) held() (out holder.Household, err error) {
	if out.Message, err = message(h.Code); err != nil {
		return out, err
	}
	for _, member := range h.Members {
		id, err := health.ParsePersonID(member)
		if err != nil {
			return out, err
		}
		out.People = append(out.People, id)
	}
	for _, digits := range h.Salts {
		salt, err := readSalt(digits)
		if err != nil {
			return out, err
		}
		out.Salts = append(out.Salts, salt)
	}
	for _, word := range h.Documents {
		out.Documents = append(out.Documents, credential.DocumentTypeOf(word))
	}
	return out, nil
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
