//go:build !unix

package main

import "context"

// lockFile does nothing where there is no flock: let only one process use a wallet there.
func lockFile(context.Context, string, func()) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
