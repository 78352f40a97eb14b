package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// Wallet is what the wallet routes ask; wallet.Service is one. All methods are safe for concurrent use and judge for
// themselves what the caller may have.
type Wallet interface {
	// Family returns the person, first, and everybody under a guardianship of theirs in force.
	Family(ctx context.Context, person health.PersonID, at time.Time) ([]wallet.Member, error)
	// RefreshSigned issues a code for each of them and for each household, and writes nothing.
	// The device has signed the request: refresh.ErrForm, ErrSignature, ErrRegion and ErrClock say what is wrong with it.
	RefreshSigned(ctx context.Context, person health.PersonID, signed []byte, at time.Time) (wallet.Fetched, error)
	// RegisterDevice binds a telephone by its public key.
	RegisterDevice(ctx context.Context, person health.PersonID, key *cose.PublicKey, at time.Time) (wallet.Device, error)
	// NewPrint makes a paper code and ends the former. wallet.ErrNoPerson or wallet.ErrNoGuardian for whoever is not of
	// the family.
	NewPrint(ctx context.Context, by, member health.PersonID, at time.Time) ([]byte, error)
	// Print returns it again, or wallet.ErrNoPrint or wallet.ErrEnded.
	Print(ctx context.Context, by, member health.PersonID, at time.Time) ([]byte, error)
}

// Caller is the one whom a demo token stands for.
type Caller struct {
	Token  string // of at least 16 characters
	Person health.PersonID
}

// Config is what a Server is made of.
type Config struct {
	Demo    bool              // accept a DEMO root and the demo token, and say so on the first page; false: neither
	Caller  Caller            // who may use the wallet routes; zero, or Demo false: nobody
	Wallet  Wallet            // zero: the wallet routes answer that nothing can be issued
	Formats []verifier.Format // foreign codes that are verified too; zero: none
	Gate    string            // the sort of gate for which verdicts are given, as partners' policies name them; zero: none
	MaxAge  time.Duration     // hard age of the bundle for verdicts, if shorter than the signed one; zero: the signed one
	Version string            // of the service, for /metrics; zero: "unknown"

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

const minToken = 16

// complete checks the Config and fills in what is zero.
func (c *Config) complete() error {
	if c.Caller.Token != "" && len(c.Caller.Token) < minToken {
		return errors.New("make a server: the demo token is shorter than 16 characters: draw a longer one")
	}
	if c.Caller.Token != "" && c.Wallet == nil {
		return errors.New("make a server: there is a caller but no wallet: give both or none")
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
