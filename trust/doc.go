// Package trust is whom a verifier believes, and how fresh that knowledge is: the bundle with its root, key list, snapshot and status lists,
// and the rules under which one bundle follows another.
//
// The roles and rules are those of The Update Framework, carried by COSE. Pin makes the first trust from a root that the caller has by other
// means; Update is a pure function that never goes back a version. A Bundle is immutable and safe for concurrent use. Files, networks and
// clocks are the caller's.
package trust
