// Package conformance holds this project against the public test data of the world: every set, every case, and for each difference a committed
// reason. It has tests only. docs/conformance.md says where the data come from and shows the table.
package conformance
