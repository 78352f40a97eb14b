package bolt_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
)

// The test binary is also the process that is killed: with these variables set
// it works on the store and says on its standard output, a line each, what was
// acknowledged to it.
const (
	childFile = "HEALTHCODE_TEST_CHILD_FILE" // the store
	childRun  = "HEALTHCODE_TEST_CHILD_RUN"  // number of the run, no two alike on one store
	childMode = "HEALTHCODE_TEST_CHILD_MODE" // "endless", or "once" for a short fixed sequence
)

// The main goroutine stays on the main thread, see OpenPinned.
func init() {
	if os.Getenv(childFile) != "" {
		runtime.LockOSThread()
	}
}

// plain is this test binary without the race detector, built when it is first
// needed: hundreds of children are started and killed, and it is not they whom
// the detector watches.
var plain struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func plainBinary(t *testing.T) string {
	t.Helper()
	plain.once.Do(func() {
		if plain.dir, plain.err = os.MkdirTemp("", "bolt"); plain.err != nil {
			return
		}
		plain.path = filepath.Join(plain.dir, "child")
		build := exec.Command("go", "test", "-c", "-o", plain.path, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			plain.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if plain.err != nil {
		t.Fatalf("build the child: %v", plain.err)
	}
	return plain.path
}

func TestMain(m *testing.M) {
	path := os.Getenv(childFile)
	if path == "" {
		code := m.Run()
		if plain.dir != "" {
			_ = os.RemoveAll(plain.dir)
		}
		os.Exit(code)
	}
	if err := runChild(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// worker is the process that works on the store until it is killed.
type worker struct {
	*wallet.Service
	store *bolt.Store
	run   int
	ctx   context.Context
	mu    sync.Mutex
}

func runChild(path string) error {
	run, err := strconv.Atoi(os.Getenv(childRun))
	if err != nil {
		return err
	}
	store, err := bolt.OpenPinned(path)
	if err != nil {
		return err
	}
	service, err := newServiceOf(store, noIssuer{})
	if err != nil {
		return err
	}
	c := &worker{Service: service, store: store, run: run, ctx: context.Background()}
	c.say("ready")
	if os.Getenv(childMode) == "once" {
		return errors.Join(c.once(), store.Close())
	}
	failed := make(chan error)
	for _, work := range []func() error{c.importing, c.publishing, func() error { return c.colouring(0) }, func() error { return c.colouring(1) }} {
		go func() { failed <- work() }()
	}
	return <-failed
}

// say writes a line in one system call, so that a kill cuts none in two.
func (c *worker) say(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = os.Stdout.WriteString(fmt.Sprintf(format, args...) + "\n") // the reader may be gone
}

func (c *worker) now() time.Time { return time.Now() }

// passport is the document of the n-th person of a run.
func passport(run, n int) wallet.Document {
	return wallet.Document{Type: wallet.Passport, Number: fmt.Sprintf("%03d%06d", run, n)}
}

const batchSize = 60

// batchCSV is a file of batchSize people, every fourth the child of the one
// before.
func batchCSV(run, batch int) string {
	var b strings.Builder
	b.WriteString("name,document_type,document_number,birth_date,region,guardian_document_number\n")
	for i := range batchSize {
		n, birth, guardian := batch*batchSize+i, "1985-05-06", ""
		if i%4 == 3 {
			birth, guardian = "2015-05-06", passport(run, n-1).Number
		}
		fmt.Fprintf(&b, "王小明,passport,%s,%s,440300,%s\n", passport(run, n).Number, birth, guardian)
	}
	return b.String()
}

func (c *worker) importBatch(batch int) error {
	if _, err := c.Import(c.ctx, strings.NewReader(batchCSV(c.run, batch)), c.now(), nil); err != nil {
		return err
	}
	c.say("batch %d %d", c.run, batch)
	return nil
}

func (c *worker) importing() error {
	for batch := 0; ; batch++ {
		if err := c.importBatch(batch); err != nil {
			return err
		}
	}
}

func (c *worker) publish() error {
	last, err := c.store.Published(c.ctx)
	if err != nil && !errors.Is(err, issuer.ErrNotFound) {
		return err
	}
	p := issuer.Publication{Version: last.Version + 1, Ceiling: last.Ceiling + 10_000, At: c.now().Unix(), Bundle: make([]byte, 20_000)}
	if err := c.store.Publish(c.ctx, last.Version, p); err != nil {
		return err
	}
	c.say("publish %d %d", p.Version, p.Ceiling)
	return nil
}

func (c *worker) publishing() error {
	for {
		if err := c.publish(); err != nil {
			return err
		}
	}
}

// patient is a guardian with a child and a phone, whose colours go up and down.
type patient struct {
	number          int // of the guardian's document; the child's is the next
	guardian, child health.PersonID
	device          issuer.DeviceID
	step            int
}

func (c *worker) enrolPatient(number int) (*patient, error) {
	file := fmt.Sprintf("name,document_type,document_number,birth_date,region,guardian_document_number\n"+
		"张三,passport,%s,1985-05-06,440300,\n张小,passport,%s,2015-05-06,440300,%s\n",
		passport(c.run, number).Number, passport(c.run, number+1).Number, passport(c.run, number).Number)
	if _, err := c.Import(c.ctx, strings.NewReader(file), c.now(), nil); err != nil {
		return nil, err
	}
	p := &patient{number: number}
	for i, id := range []*health.PersonID{&p.guardian, &p.child} {
		found, err := c.FindPerson(c.ctx, passport(c.run, number+i))
		if err != nil {
			return nil, err
		}
		*id = found.ID
	}
	return p, nil
}

// register binds a device, once a publication has made room for its handles.
func (c *worker) register(p *patient) error {
	key, err := cose.Generate(cose.ES256, rand.Reader)
	if err != nil {
		return err
	}
	for {
		d, err := c.RegisterDevice(c.ctx, p.guardian, key.Public(), c.now())
		if errors.Is(err, issuer.ErrCeiling) {
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		p.device = d.ID
		c.say("device %s %s", p.guardian, hex.EncodeToString(d.ID[:]))
		return nil
	}
}

// handles are those of the guardian and the child on the device.
func (c *worker) handles(p *patient) (own, childs uint64, err error) {
	f, err := c.store.Family(c.ctx, p.guardian, p.device)
	if err != nil {
		return 0, 0, err
	}
	return f.Members[0].Holding.Handle, f.Members[1].Holding.Handle, nil
}

// colour moves the child to the next colour and says which handle it ended.
func (c *worker) colour(p *patient) error {
	_, former, err := c.handles(p)
	if err != nil {
		return err
	}
	p.step++
	at := time.Unix(1646100000+int64(p.step), 0)
	e := health.Evidence{
		Person: p.child, Kind: health.PositiveTest, At: at, RecordedAt: c.now(), Source: "laboratory", Reference: fmt.Sprint(p.step),
	}
	_, _, err = c.store.Record(c.ctx, e, func(all []health.Evidence) health.Decision {
		return health.Decision{Person: p.child, Colour: credential.Red, Reason: fmt.Sprint(len(all)), At: at}
	})
	if errors.Is(err, issuer.ErrCeiling) {
		p.step--
		time.Sleep(time.Millisecond)
		return nil
	}
	if err != nil {
		return err
	}
	c.say("colour %s %d %d", p.child, p.step, former)
	return nil
}

// lose ends the device and says which handles went with it.
func (c *worker) lose(p *patient) error {
	own, childs, err := c.handles(p)
	if err != nil {
		return err
	}
	if err := c.EndDevice(c.ctx, p.device, wallet.BySelf, c.now()); err != nil {
		return err
	}
	c.say("end %s %d %d", hex.EncodeToString(p.device[:]), own, childs)
	return nil
}

func (c *worker) colouring(lane int) error {
	p, err := c.enrolPatient(900_000 + lane*1000)
	if err != nil {
		return err
	}
	for {
		if err := c.register(p); err != nil {
			return err
		}
		for range 4 {
			if err := c.colour(p); err != nil {
				return err
			}
		}
		if err := c.lose(p); err != nil {
			return err
		}
	}
}

// once does a little of everything and ends; an error ends nothing, since
// after a failed write the store must refuse all others by itself.
func (c *worker) once() error {
	var errs []error
	try := func(err error) { errs = append(errs, err) }
	try(c.publish())
	try(c.importBatch(0))
	p, err := c.enrolPatient(900_000)
	try(err)
	if err == nil {
		if err := c.register(p); err == nil {
			try(c.colour(p))
			try(c.colour(p))
			try(c.lose(p))
		} else {
			try(err)
		}
	}
	try(c.importBatch(1))
	try(c.publish())
	return errors.Join(errs...)
}
