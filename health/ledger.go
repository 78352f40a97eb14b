package health

import (
	"context"
	"errors"
)

// ErrNoPerson says that the ledger knows nobody of that identifier.
var ErrNoPerson = errors.New("no such person")

// Ledger keeps evidence and decisions. The store implements it; every MUST has a case in storetest.
type Ledger interface {
	// Record appends e to the evidence of e.Person, calls decide with all evidence of that person (e included, oldest
	// At first) and returns the person's decision after it.
	//
	//   - It is ONE transaction, all or none, and MUST be durable when it returns nil.
	//   - When the decision differs (Decision.Differs) from the person's current one it MUST store the new decision and,
	//     in the same transaction, give EVERY holding of the person a fresh handle and add each former handle to the
	//     revocations; changed is then true. When it does not differ no handle moves and changed is false.
	//   - A person without a stored decision has what decide(nil) gives, so a first decision equal to it changes nothing.
	//   - Evidence equal to a recorded one in person, kind, At (whole seconds), source and reference MUST NOT be
	//     appended again: a caller that does not know whether its call arrived may repeat it.
	//   - A decision of no valid colour MUST be refused and nothing stored: it would leave the person without a code.
	//   - decide may run more than once (retries) and while locks are held: it MUST be pure and quick.
	//   - An unknown person is ErrNoPerson; a handle counter at its published ceiling is issuer.ErrCeiling, and
	//     nothing is stored: publish, then repeat.
	Record(ctx context.Context, e Evidence, decide func([]Evidence) Decision) (d Decision, changed bool, err error)
}
