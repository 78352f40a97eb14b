package bolt_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
)

// peopleCSV writes an import file of n people as it is read, so that the file
// costs the measurement no memory. Every fourth is a child of the one before.
func peopleCSV(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		var b strings.Builder
		b.WriteString("name,document_type,document_number,birth_date,region,guardian_document_number\n")
		for i := range n {
			guardian := ""
			birth := "1985-05-06"
			if i%4 == 3 {
				guardian, birth = fmt.Sprintf("E%08d", i-1), "2015-05-06"
			}
			fmt.Fprintf(&b, "王小明,passport,E%08d,%s,440300,%s\n", i, birth, guardian)
			if b.Len() > 1<<15 || i == n-1 {
				if _, err := io.WriteString(w, b.String()); err != nil {
					return
				}
				b.Reset()
			}
		}
		_ = w.Close()
	}()
	return r
}

// noIssuer stands where nothing is issued.
type noIssuer struct{}

func (noIssuer) Issue(issuer.Request, time.Time) ([]byte, error) { return nil, issuer.ErrNotFound }

func newService(tb testing.TB, s wallet.Store, i wallet.Issuer) *wallet.Service {
	tb.Helper()
	service, err := newServiceOf(s, i)
	if err != nil {
		tb.Fatal(err)
	}
	return service
}

func newServiceOf(s wallet.Store, i wallet.Issuer) (*wallet.Service, error) {
	vault, err := wallet.NewVault(make([]byte, 32))
	if err != nil {
		return nil, err
	}
	return wallet.New(wallet.Config{
		Store: s, Issuer: i, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader,
	})
}

// BenchmarkImport100000 reports people a second and the peak of resident memory
// of the process so far: run it alone for a true figure.
func BenchmarkImport100000(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		b.StopTimer()
		path := filepath.Join(b.TempDir(), "store")
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		service := newService(b, s, noIssuer{})
		b.StartTimer()
		start := time.Now()
		report, err := service.Import(context.Background(), peopleCSV(n), time.Now(), nil)
		if err != nil || report.People != n {
			b.Fatal(report, err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "people/s")
		b.StopTimer()
		if info, err := os.Stat(path); err == nil {
			b.ReportMetric(float64(info.Size())/n, "filebytes/person")
		}
		b.ReportMetric(peakMemory(b), "peak-MB")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// peakMemory is the process's VmHWM in megabytes, 0 where there is no /proc.
func peakMemory(tb testing.TB) float64 {
	tb.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
