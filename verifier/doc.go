// Package verifier gives the verdict on a code, offline: text and time in, Result out.
//
// A Verifier is made from a trust.Bundle and never changes; it is safe for concurrent use, never panics, and allocates nothing that the
// length of its input does not bound. It touches no network, file or clock. The order of its checks and every Reason are in docs/protocol.md.
package verifier
