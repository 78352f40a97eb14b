package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

var master = []byte("TEST KEY of the bench, 32 bytes.")

// region is an issuer on an embedded store in a temporary folder.
type region struct {
	store  *bolt.Store
	issuer *issuer.Issuer
}

func newRegion(dir string) *region {
	store, err := bolt.Open(filepath.Join(dir, "store.db"), bolt.Options{})
	must(err)
	authority, err := issuer.NewAuthority("CN-GD", rand.Reader)
	must(err)
	root, err := authority.FirstRoot(true, at.AddDate(5, 0, 0))
	must(err)
	i, err := issuer.New(issuer.Config{Store: store, Root: root, Master: master, Rand: rand.Reader})
	must(err)
	_, err = i.Found(context.Background(), authority, cose.Ed25519, trust.DefaultPolicy(), at, at.AddDate(1, 0, 0))
	must(err)
	return &region{store, i}
}

// issueFigures sets a whole code against the signature in it.
func issueFigures(*world) []figure {
	dir, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	r := newRegion(dir)
	defer func() { must(r.store.Close()) }()
	decision := health.DefaultRules("CN-GD").Decide(health.PersonID{1}, nil, at)
	holder := key(cose.ES256, "holder").Public()
	signer := key(cose.Ed25519, "bare signature")
	row := func(name string, req issuer.Request) figure {
		req.ReadAt = at
		code, err := r.issuer.Issue(req, at)
		must(err)
		issue := func() {
			_, err := r.issuer.Issue(req, at)
			must(err)
		}
		sign := func() {
			_, err := signer.Sign(code[:len(code)-66])
			must(err)
		}
		return figure{"issue a code / bare signature", name + ", Ed25519", ratio(issue, sign), "", 1.25, false}
	}
	subject := func(p trust.Purpose) []issuer.Subject {
		return []issuer.Subject{{Name: "张**", Decision: decision, Holding: issuer.Holding{Person: decision.Person, Purpose: p, Handle: 12345, Since: at.Unix()}}}
	}
	phone := subject(trust.Phone)
	phone[0].Holding.Device = issuer.DeviceID{1}
	return []figure{
		row("paper", issuer.Request{Kind: credential.Paper, Subjects: subject(trust.Paper)}),
		row("phone", issuer.Request{Kind: credential.Phone, Holder: holder, Subjects: phone}),
	}
}

const importedPeople = 100_000

// importFigures runs the import in a process of its own, so that its memory is its own.
func importFigures(*world) []figure {
	self, err := os.Executable()
	must(err)
	var rate, memory []float64
	for range 6 {
		out, err := exec.Command(self, "import-once").Output()
		must(err)
		fields := strings.Fields(string(out))
		r, err := strconv.ParseFloat(fields[0], 64)
		must(err)
		m, err := strconv.ParseFloat(fields[1], 64)
		must(err)
		rate, memory = append(rate, r), append(memory, m)
	}
	fixture := "100,000 people from CSV into a new store, every fourth a child"
	return []figure{
		{"import into the embedded store", fixture, median(rate), "/s", 20_000, true},
		{"resident memory of the import, peak", fixture, median(memory), "MB", 200, false},
	}
}

// importOnce prints people a second and the peak of resident memory in megabytes.
func importOnce() {
	dir, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "people.csv")
	must(writePeople(file))
	store, err := bolt.Open(filepath.Join(dir, "store.db"), bolt.Options{})
	must(err)
	vault, err := wallet.NewVault(master)
	must(err)
	service, err := wallet.New(wallet.Config{Store: store, Issuer: noIssuer{}, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader})
	must(err)
	f, err := os.Open(file)
	must(err)
	start := time.Now()
	report, err := service.Import(context.Background(), f, at, nil)
	must(err)
	took := time.Since(start).Seconds()
	must(f.Close())
	must(store.Close())
	fmt.Printf("%f %f\n", float64(report.People)/took, peakMemory())
}

type noIssuer struct{}

func (noIssuer) Issue(issuer.Request, time.Time) ([]byte, error) { return nil, issuer.ErrNotReady }

func writePeople(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, "name,document_type,document_number,birth_date,region,guardian_document_number\n"); err != nil {
		return err
	}
	for i := range importedPeople {
		birth, guardian := "1985-05-06", ""
		if i%4 == 3 {
			birth, guardian = "2015-05-06", fmt.Sprintf("E%08d", i-1)
		}
		if _, err := fmt.Fprintf(f, "王小明,passport,E%08d,%s,440300,%s\n", i, birth, guardian); err != nil {
			return err
		}
	}
	return f.Close()
}

// peakMemory is VmHWM of this process in megabytes.
func peakMemory() float64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for line := range strings.SplitSeq(string(status), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
