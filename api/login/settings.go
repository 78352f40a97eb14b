package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"healthcode.example/api"
	"healthcode.example/wallet"
	"healthcode.example/wallet/paper"
)

// Settings is what a service for residents is configured with, as a file has it: which providers there are and which methods a document demands, and
// what the wallet's domain asks of the province besides.
type Settings struct {
	Providers []Provider         `json:"providers"`
	Policy    wallet.LoginPolicy `json:"policy,omitempty"`   // absent: wallet.DefaultLoginPolicy
	Agreement wallet.Agreement   `json:"agreement,omitzero"` // accepted at the first log-in; absent: the service's own text
	Consent   wallet.Agreement   `json:"consent,omitzero"`   // of a guardian for a member under 14; absent: the service's own text
	Register  *Register          `json:"register,omitempty"` // of the province's people; absent: guardianships are proved in the other ways
	Paper     Paper              `json:"paper,omitzero"`
	Sessions  Sessions           `json:"sessions,omitzero"`
	Devices   *int               `json:"devices,omitempty"` // in use of one person, at most wallet.MaxDevices; absent: wallet.DefaultDevices
	Hints     bool               `json:"hints,omitempty"`   // codes carry the day of birth as a second person hint; absent: they do not
}

// Register is where the province's register answers, see docs/register.openapi.yaml.
type Register struct {
	Address   string `json:"address"`              // https, or http on the loopback address
	TokenFile string `json:"token_file,omitempty"` // zero: no token is sent; whoever opens the file fills in Token
	Token     string `json:"-"`                    //
}

// Paper says who may have a paper code and what stands on it.
type Paper struct {
	wallet.PaperPolicy
	Help paper.Help `json:"help,omitempty"` // by language; absent: to ask the office that printed it
}

// Provider is one OpenID Connect provider.
type Provider struct {
	Name       string            `json:"name"`                         // in addresses, a-z 0-9 and hyphens
	Title      map[string]string `json:"title,omitempty"`              // for people, by language; zero: the name
	Issuer     string            `json:"issuer"`                       // https, or http on the loopback address
	ClientID   string            `json:"client_id"`                    //
	SecretFile string            `json:"client_secret_file,omitempty"` // zero: a public client; whoever opens the file fills in Secret
	Secret     string            `json:"-"`                            //
	PostSecret bool              `json:"client_secret_post,omitempty"` // send the secret in the body rather than by HTTP Basic
	Scopes     []string          `json:"scopes,omitempty"`             // zero: openid and profile
	AuthTime   *bool             `json:"auth_time,omitempty"`          // false: it never says when it looked at the person, and the time of issue is believed instead; zero: it must
	Claims     Claims            `json:"claims,omitzero"`              //
}

// Claims names the claims of the ID token that say who somebody is. A zero name is the default one, but for the roles: only
// a provider of which the configuration says so appoints staff.
type Claims struct {
	Name           string `json:"name,omitempty"`            // zero: name
	Birth          string `json:"birthdate,omitempty"`       // zero: birthdate, YYYY-MM-DD
	DocumentType   string `json:"document_type,omitempty"`   // zero: document_type, as wallet.DocumentType
	DocumentNumber string `json:"document_number,omitempty"` // zero: document_number
	Region         string `json:"region,omitempty"`          // zero: region, GB/T 2260
	Roles          string `json:"roles,omitempty"`           // a list of words; zero: the provider gives no roles
}

// Limits of a configuration file.
const (
	MaxSettings  = 1 << 20 // bytes
	maxProviders = 32
)

// ParseSettings reads the file. Unknown names are refused: a policy that is mistyped must not become none.
func ParseSettings(b []byte) (*Settings, error) {
	if len(b) > MaxSettings {
		return nil, fmt.Errorf("read the log-in configuration: it is larger than %d bytes", MaxSettings)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	s := new(Settings)
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("read the log-in configuration: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the log-in configuration: something stands after the object: keep one object only")
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("read the log-in configuration: %w", err)
	}
	return s, nil
}

// check names the first fault.
func (s *Settings) check() error {
	if err := checkProviders(s.Providers); err != nil {
		return err
	}
	if s.Policy != nil {
		if err := s.Policy.Validate(); err != nil {
			return err
		}
	}
	if s.Register != nil {
		if err := checkAddress(s.Register.Address); err != nil {
			return fmt.Errorf("register.address: %w", err)
		}
	}
	if s.Paper.Help != nil {
		if err := s.Paper.Help.Check(); err != nil {
			return fmt.Errorf("paper.help: %w", err)
		}
	}
	if err := errors.Join(s.Sessions.check(), checkDevices(s.Devices)); err != nil {
		return err
	}
	return errors.Join(checkText(s.Agreement), checkText(s.Consent))
}

// checkText wants a text in every language that the pages speak.
func checkText(a wallet.Agreement) error {
	if a.Version == "" && len(a.Text) == 0 {
		return nil
	}
	for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
		if a.Version == "" || strings.TrimSpace(a.Text[language]) == "" {
			return fmt.Errorf("an agreement lacks its version or its text in %s: give version and text in zh-Hans, zh-Hant and en", language)
		}
	}
	return nil
}

var providerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`)

// checkProviders wants at least one, all with names of their own.
func checkProviders(all []Provider) error {
	if len(all) == 0 || len(all) > maxProviders {
		return fmt.Errorf("there are %d providers: name 1 to %d", len(all), maxProviders)
	}
	seen := make(map[string]bool)
	for i := range all {
		p := &all[i]
		switch {
		case !providerName.MatchString(p.Name):
			return fmt.Errorf("providers[%d].name %q: use 1 to 32 of a-z, 0-9 and hyphens", i, p.Name)
		case seen[p.Name]:
			return fmt.Errorf("providers[%d].name %q stands twice: give each its own", i, p.Name)
		case p.ClientID == "":
			return fmt.Errorf("providers[%d].client_id is empty: the provider gave one when the service was registered", i)
		}
		seen[p.Name] = true
		if err := checkAddress(p.Issuer); err != nil {
			return fmt.Errorf("providers[%d].issuer: %w", i, err)
		}
	}
	return nil
}

// checkAddress wants https, or http to this very machine: what a token says is worth what its way is worth.
func checkAddress(text string) error {
	_, err := api.SafeAddress(text)
	return err
}

// complete fills in what is zero.
func (p Provider) complete() Provider {
	if len(p.Scopes) == 0 {
		p.Scopes = []string{"openid", "profile"}
	}
	for field, name := range map[*string]string{
		&p.Claims.Name: "name", &p.Claims.Birth: "birthdate", &p.Claims.DocumentType: "document_type",
		&p.Claims.DocumentNumber: "document_number", &p.Claims.Region: "region",
	} {
		if *field == "" {
			*field = name
		}
	}
	return p
}
