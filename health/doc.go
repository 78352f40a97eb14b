// Package health turns evidence into a colour, by a published rule and in no other way.
//
// Evidence is recorded by somebody who answers for it. A RuleSet is signed data. Decide is a pure function of the two. A
// Ledger, which the store implements, records evidence and the decision that follows from it in one transaction. There is
// no call that sets a colour.
package health
