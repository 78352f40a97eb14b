// Package partner is about regions and countries whose codes are of other formats than ours: the readers of those formats for a gate, and how
// the lists of keys that the world publishes become entries of our own signed key list. It takes and gives bytes; files are the caller's.
package partner

import (
	"healthcode.example/verifier"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/nzcp"
	"healthcode.example/verifier/shc"
)

// Formats are the readers of all foreign formats, for verifier.New. Names are masked unless the gate's policy asks for full ones, which nobody
// may store. Claim 169 stands last because its text has no prefix of its own.
func Formats(fullNames bool) []verifier.Format {
	return []verifier.Format{dcc.Format{FullName: fullNames}, shc.Format{FullName: fullNames}, nzcp.Format{FullName: fullNames}, claim169.Format{FullName: fullNames}}
}
