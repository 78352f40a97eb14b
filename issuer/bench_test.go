package issuer_test

import (
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
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
