// Package credential is what a health code and its presentation say, and the way between them and the text in a QR symbol.
//
// The normative description (CDDL, the registry of every number, every refusal in order) is docs/protocol.md. Parsing is strict: one encoding
// for each meaning, nothing unknown, nothing missing, nothing that reads as green by default. What Parse returns is Unverified: its signatures
// have not been looked at, and package verifier is the one that does. Nothing here knows a clock, a file or a key store; all functions are
// safe for concurrent use.
package credential
