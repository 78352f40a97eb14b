// Package cose is the envelope of every signed object of the health code: COSE_Sign1 and COSE_Sign messages (RFC 9052), COSE keys and their
// thumbprints (RFC 9052 §7, RFC 9679), the two signature algorithms Ed25519 and ES256 (RFC 9053, RFC 9864) and the one strict CBOR mode.
//
// The layer is thinner and stricter than a general COSE library on purpose: each message has exactly the headers that this project writes, the
// unprotected header is empty, and only core deterministic encoding (RFC 8949 §4.2.1) is read. Nothing here knows a clock, a file or a log;
// all functions are safe for concurrent use.
package cose
