package storetest

import (
	"testing"
)

// Run tests a back end. open opens the store that lies in dir, or makes it: a
// second call with the same dir, after Close, must find what the first kept.
func Run(t *testing.T, open func(t *testing.T, dir string) Store) {
	for _, group := range []map[string]func(*world){
		peopleCases, familyCases, ledgerCases, printCases, eventCases, recordCases, deceasedCases, correctionCases, mergeCases, issuerCases, restoreCases, sharedCases, sessionCases, consentCases, documentCases, markCases,
	} {
		for name, run := range group {
			t.Run(name, func(t *testing.T) { run(newWorld(t, open)) })
		}
	}
	runOverContexts(t, open)
}
