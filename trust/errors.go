package trust

import "errors"

// What a caller branches on; every error of Pin and Update wraps one of these. The trust that was there stays in force.
var (
	ErrFormat    = errors.New("not a readable bundle")              // cut, altered, or of another kind
	ErrSignature = errors.New("not rightly signed")                 // by too few of the keys, by those of another root, or with a wrong signature among right ones
	ErrRollback  = errors.New("older than what is already trusted") // version, time, or a status list that lost an entry
	ErrMixed     = errors.New("parts that do not belong together")  // genuine parts of different publications
	ErrExpired   = errors.New("expired, and so cannot replace what is there")
	ErrRegion    = errors.New("of another region or another root")
)
