package issuer_test

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// BenchmarkIssue compares a paper code, all in, with the bare signature over the same bytes.
func BenchmarkIssue(b *testing.B) {
	for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
		w := newWorld(b, alg)
		for _, kind := range []credential.Kind{credential.Paper, credential.Phone} {
			req := w.enrol("张三").read(kind)
			b.Run(alg.String()+"/"+kind.String()+"/issue", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := w.issuer.Issue(req, w.at); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		code := w.issue(w.enrol("张三").read(credential.Paper))
		signer, err := cose.Generate(alg, w.rand)
		w.must(err)
		b.Run(alg.String()+"/bare", func(b *testing.B) {
			for b.Loop() {
				if _, err := signer.Sign(code.bytes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIssueParallel(b *testing.B) {
	w := newWorld(b, cose.Ed25519)
	req := w.enrol("张三").read(credential.Phone)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.issuer.Issue(req, w.at); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPublishSnapshot publishes a million ended phone holdings of four million.
func BenchmarkPublishSnapshot(b *testing.B) {
	w := newWorld(b, cose.Ed25519)
	at := w.at.Unix()
	for n := range uint64(1_000_000) {
		w.store.revoked = append(w.store.revoked, issuer.Revocation{Handle: 1 + 4*n, Purpose: trust.Phone, Since: at - 30*24*3600, At: at})
	}
	w.store.next, w.store.ceiling, w.store.published.Ceiling = 4_000_001, 5_000_001, 5_000_001
	for b.Loop() {
		w.advance(time.Second)
		p, err := w.issuer.PublishSnapshot(b.Context(), w.at)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(p.Bundle)), "bundle-bytes")
	}
}
