// Package dcc verifies EU digital COVID certificates (HC1:, eHealth Network "Electronic Health Certificate Specification" 1.3, and its Volume 3
// "Interoperable 2D Code"): base45, zlib, COSE_Sign1, CWT. The caller registers a Format with verifier.New; trust comes from the partners of
// our own signed key list, into which ImportList reads the certificates of a national list.
//
// The package touches no network, file or clock, and all of it is safe for concurrent use.
package dcc
