package issuer

import (
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
)

// Request asks for one code.
type Request struct {
	Kind       credential.Kind
	Holder     *cose.PublicKey // P-256, made by the wallet for this refresh; nil for paper
	Prefecture uint32          // GB/T 2260 of the subject's place, any level; 0 is the whole region
	Subjects   []Subject       // exactly one unless the kind is household
	NotAfter   time.Time       // the code ends by then: the majority of a dependant; zero is no such limit
	ReadAt     time.Time       // when the holdings were read from the store, at most ReadLag from the time of signing
}

// Subject is one person of a code, as the store had it at ReadAt.
type Subject struct {
	Name     string // masked, see credential.MaskName
	Decision health.Decision
	Holding  Holding
	Relation credential.Relation // 0 for oneself
	Guardian string              // masked; empty when policy does not want it or there is none
	Hint     uint8               // day of birth 1 to 31, 0 for none
	Tested   int64               // hours since 1970 of the last negative sample, 0 for none
	Digest   []byte              // credential.DocumentDigest, 16 bytes, or nil
}
