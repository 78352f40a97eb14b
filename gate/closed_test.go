package gate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"healthcode.example/gate/scan"
	"healthcode.example/verifier"
)

var errDark = errors.New("the screen is dark")

// dark is a screen that shows nothing.
type dark struct{}

func (dark) Challenge([]byte) error        { return errDark }
func (dark) Part(*scan.Part) error         { return errDark }
func (dark) Verdict(verifier.Result) error { return errDark }

// A bubble of synctest fails where a goroutine is left in it.
func TestAGateThatItsScreenClosesLeavesNobodyListening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Post{
			Config: Config{Screen: dark{}, Now: time.Now, Rand: strings.NewReader(strings.Repeat("r", 64))},
			gate:   verifier.NewGate(verifier.New(nil, verifier.Policy{})),
		}
		if err := p.Work(context.Background(), strings.NewReader("?\n?\n?\n"), nil); !errors.Is(err, errDark) {
			t.Error(err)
		}
	})
}
