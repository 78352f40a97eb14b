// Package tsl writes status lists as Token Status Lists of the IETF (draft-ietf-oauth-status-list-21), as CWT and as JWT, for partners whose
// software reads those and not our bundle.
//
// A token holds one list of one purpose and day: bit i is 1 if index i is revoked. Nothing here is believed by our own verifier: a token has
// an expiry but no version, so it can be withheld and replayed within its life, which the bundle prevents. The JWT is made of the bytes that
// any signer gives (RFC 7515 §7.1, RFC 8037 §3.1), so this package
// needs no JOSE library and keeps the rule that nothing under trust imports one.
package tsl
