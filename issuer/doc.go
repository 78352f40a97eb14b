// Package issuer makes codes of decisions, and publishes what has ended.
//
// Issue is the hot path: from a Holding that the caller has read it computes where the code stands in the day's status list
// and signs, without a write, a store read or a lock. What ends a code is a fresh handle for its holding, given by the store
// in the transaction of the event; PublishSnapshot maps the former handles into every list that may hold them. Authority and
// the key list functions are the offline ceremonies. The order of the steps and its reasons are in docs/issuance.md.
package issuer
