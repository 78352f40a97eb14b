package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/paper"
)

// Wallet is what the wallet's routes ask; wallet.Service is one. All methods are safe for concurrent use and judge for
// themselves what the caller may have. It is cut into what belongs together.
type Wallet interface {
	Sessions
	Families
	Devices
	Prints
	Records
}

// Sessions say who is calling.
type Sessions interface {
	// LogIn begins a session for whom a provider has proved; wallet.ErrAgreement when the agreement has to be shown first.
	LogIn(ctx context.Context, id wallet.Identity, agreement string, at time.Time) (token string, ses wallet.Session, err error)
	// Session returns the session of a token; wallet.ErrNoSession.
	Session(ctx context.Context, token string, at time.Time) (wallet.Session, error)
	// SessionLimits are how long the session lasts unused and at all.
	SessionLimits(ses wallet.Session) (idle, absolute time.Duration)
	// LogOut ends all sessions of the person.
	LogOut(ctx context.Context, person health.PersonID, at time.Time) error
	// LookUp returns a person by document, for staff, and tells the person; wallet.ErrNoPerson, wallet.ErrLookUps.
	LookUp(ctx context.Context, staff wallet.Session, d wallet.Document, at time.Time) (wallet.Person, error)
	// ProveAtCounter says whose document it is when a provider has proved its owner just now, and makes no session;
	// wallet.ErrNotProven, wallet.ErrNoPerson.
	ProveAtCounter(ctx context.Context, id wallet.Identity, d wallet.Document, at time.Time) (health.PersonID, error)
}

// Families are people with those whom they are guardians of.
type Families interface {
	// Family returns the person, first, and everybody under a guardianship of theirs in force.
	Family(ctx context.Context, person health.PersonID, at time.Time) ([]wallet.Member, error)
	// RefreshSigned issues a code for each of them and for each household, and writes nothing.
	// The device has signed the request: refresh.ErrForm, ErrSignature, ErrRegion and ErrClock say what is wrong with it.
	RefreshSigned(ctx context.Context, person health.PersonID, signed []byte, at time.Time) (wallet.Fetched, error)
	// CheckClaim says what is wrong with a claim before its member is asked to prove anything; wallet.ErrWay, wallet.ErrConsent.
	CheckClaim(claim wallet.Claim, at time.Time) error
	// ClaimMember binds a member to a guardian; wallet.ErrNotProven for whatever could tell something about the number.
	ClaimMember(ctx context.Context, claim wallet.Claim, at time.Time) (wallet.Member, error)
	// MayProve says whether a member may prove so by what they have just logged in with; a *wallet.MethodError.
	MayProve(way wallet.Way, id wallet.Identity) error
	// GiveConsent records the guardian's consent for a member under 14; wallet.ErrConsent, wallet.ErrNoGuardian.
	GiveConsent(ctx context.Context, guardian, member health.PersonID, version string, at time.Time) error
	// EndGuardianBy ends a guardianship for its guardian or for the member; wallet.ErrNoGuardian.
	EndGuardianBy(ctx context.Context, by, guardian, member health.PersonID, at time.Time) error
	// Revoke ends one for the authority, which says why; wallet.ErrNoGuardian.
	Revoke(ctx context.Context, end wallet.GuardianEnd, at time.Time) (wallet.Changes, error)
	// EveryGuardian returns who is or was guardian of the member, for the authority; wallet.ErrNoPerson.
	EveryGuardian(ctx context.Context, member health.PersonID) ([]wallet.GuardianView, error)
	// Guardians returns who is guardian of the member.
	Guardians(ctx context.Context, member health.PersonID, at time.Time) ([]wallet.GuardianView, error)
}

// Devices are the telephones of a person.
type Devices interface {
	// RegisterDeviceOf binds a telephone of the caller's by its public key; wallet.ErrNoSession when the caller's session has ended meanwhile.
	RegisterDeviceOf(ctx context.Context, ses wallet.Session, key *cose.PublicKey, at time.Time) (wallet.Device, error)
	// Devices lists those in use.
	Devices(ctx context.Context, person health.PersonID) ([]wallet.Device, error)
	// EndDeviceOf ends one of the caller's, with all codes on it, and the caller's other sessions; wallet.ErrNoDevice.
	EndDeviceOf(ctx context.Context, ses wallet.Session, id issuer.DeviceID, at time.Time) error
	// EndDevicesOf ends all of the person's, and every session but one.
	EndDevicesOf(ctx context.Context, person health.PersonID, except [32]byte, by wallet.Actor, at time.Time) error
}

// Prints are paper codes.
type Prints interface {
	// NewPaper makes a paper code and ends the former. wallet.ErrNoPerson or wallet.ErrNoGuardian for whoever is not of
	// the family, wallet.ErrPaper for whom policy does not admit.
	NewPaper(ctx context.Context, r wallet.PaperRequest, at time.Time) (wallet.Paper, error)
	// DrawPaper returns it again and records that, or wallet.ErrNoPrint or wallet.ErrEnded; to a counter wallet.ErrNotMadeHere.
	DrawPaper(ctx context.Context, r wallet.DrawRequest, at time.Time) (wallet.Paper, error)
	// PeekPaper is DrawPaper that records nothing; had says whether the caller may have the drawing already.
	PeekPaper(ctx context.Context, r wallet.DrawRequest, at time.Time) (paper wallet.Paper, had bool, err error)
	// EndPaper ends it, for whom NewPaper would make one and for an office; wallet.ErrNoPrint or wallet.ErrEnded where none is in force.
	EndPaper(ctx context.Context, end wallet.PrintEnd, at time.Time) (wallet.Changes, error)
}

// Records are what is kept about people, for themselves and their guardians; wallet.ErrNoGuardian for anybody else.
type Records interface {
	History(ctx context.Context, by, member health.PersonID, at time.Time) (wallet.History, error)
	Export(ctx context.Context, by wallet.Acting, member health.PersonID, at time.Time) (wallet.Export, error)
	// EraseFor removes the caller's record, or that of a member under 14; with dry it says what that would remove.
	// *wallet.CountingError while evidence counts.
	EraseFor(ctx context.Context, ses wallet.Session, member health.PersonID, dry bool, at time.Time) (wallet.ErasureReport, error)
}

// Providers are asked who somebody is; login.Client is one.
type Providers interface {
	Choices() []login.Choice
	Start(ctx context.Context, name string, purpose login.Purpose) (redirect, cookie string, err error)
	Finish(ctx context.Context, cookie string, answer url.Values) (wallet.Identity, login.Purpose, error)
}

// Config is what a Server is made of.
type Config struct {
	Demo     bool                                                              // accept a DEMO root and mount DemoIDP, and say so on the first page; false: neither
	Wallet   Wallet                                                            // zero: the wallet routes know nobody
	Formats  []verifier.Format                                                 // foreign codes that are verified too; zero: none
	Gate     string                                                            // the sort of gate for which verdicts are given, as partners' policies name them; zero: none
	Partners func(v *verifier.Verifier, ours *trust.Bundle) *verifier.Verifier // gives verdicts on partners by their own bundles, asked for each publication; nil: by the keys in our list alone
	MaxAge   time.Duration                                                     // hard age of the bundle for verdicts, if shorter than the signed one; zero: the signed one
	Version  string                                                            // of the service, for /metrics; zero: "unknown"

	Login      Providers                               // zero: nobody can log in
	DemoIDP    http.Handler                            // the demo identity provider, for everything below login.DemoPath; zero, or Demo false: there is none
	Origin     string                                  // of the service, https://HOST, for addresses that are sent to somebody; zero: such an address is a path only
	Agreement  wallet.Agreement                        // what the wallet wants accepted at the first log-in; zero: nothing
	Consent    wallet.Agreement                        // what it wants a guardian to accept for a member under 14; zero: nothing
	Help       paper.Help                              // what a printed sheet says of getting help; zero: to ask the office that printed it
	ClaimFloor time.Duration                           // the answer to a claim takes a whole multiple of it; zero: 500 ms
	Notice     func(at time.Time) (cose.Signer, error) // the notice key, which signs keys and status lists for partners; zero: these routes answer 503
	StatusBase string                                  // what stands before PURPOSE-LIST in the subject of a status list; zero: urn:healthcode:REGION:

	Log   *slog.Logger                // zero: nothing is logged
	Ready func(context.Context) error // asked by /readyz within 2 s, say a read of the store; zero: nothing is asked
	Now   func() time.Time            // zero: time.Now

	MaxBody       int64         // bytes of a request's body; zero: api.MaxBody
	MaxHeader     int           // bytes of a request's header; zero: 16 KiB
	HeaderTimeout time.Duration // for a request's header to arrive; zero: 5 s
	ReadTimeout   time.Duration // for a whole request to arrive; zero: 15 s
	WriteTimeout  time.Duration // for a response to leave, the bundle having longer by its size; zero: 30 s
	IdleTimeout   time.Duration // between two requests of a connection; zero: 60 s
	DrainTimeout  time.Duration // for requests under way at shutdown; zero: 10 s
}

// officeHelp names no hotline where none is configured.
var officeHelp = paper.Help{
	paper.Hans: "请联系为您打印本码的单位或社区工作人员。", paper.Hant: "請聯絡為您列印本碼的單位或社區工作人員。",
	paper.English: "Ask the office or the community worker that printed this.",
}

// complete checks the Config and fills in what is zero.
func (c *Config) complete() error {
	if c.Login != nil && c.Wallet == nil {
		return errors.New("make a server: people can log in but there is no wallet: give both or none")
	}
	if c.DemoIDP != nil && !c.Demo {
		return errors.New("make a server: the demo identity provider proves nothing: a service for people must not have it")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Version == "" {
		c.Version = "unknown"
	}
	if len(c.Help) == 0 {
		c.Help = officeHelp
	}
	if err := c.Help.Check(); err != nil {
		return fmt.Errorf("make a server: %w", err)
	}
	fill(&c.ClaimFloor, claimFloor)
	fill(&c.MaxBody, maxBody)
	fill(&c.MaxHeader, 16<<10)
	fill(&c.HeaderTimeout, 5*time.Second)
	fill(&c.ReadTimeout, 15*time.Second)
	fill(&c.WriteTimeout, 30*time.Second)
	fill(&c.IdleTimeout, time.Minute)
	fill(&c.DrainTimeout, 10*time.Second)
	return nil
}

func fill[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
