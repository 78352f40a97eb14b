package cose

// Limits of what is read, checked before anything is allocated.
const (
	maxDepth      = 12      // nested arrays and maps
	maxElements   = 1 << 17 // elements of one array, pairs of one map
	maxSignatures = 16      // signatures on one COSE_Sign
	signatureSize = 64      // Ed25519: R‖S; ES256: r‖s (RFC 9053 §2)
)
