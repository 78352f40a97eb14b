package server

import (
	"time"

	"healthcode.example/api"
)

const (
	maxBody      = api.MaxBody
	maxDrain     = 8 << 20          // bytes of a body that are read and thrown away behind the answer
	readAnyway   = 256 << 10        // what net/http itself reads to the end before it answers
	keptBuffer   = 64 << 10         // larger buffers go back to the garbage collector, not to the pool
	maxDepth     = 4                // of JSON that is skipped; what is read is never deeper than two
	codesAWorker = 8                // fewer are done sooner by one goroutine than by two
	bundleRate   = 8 << 10          // bytes a second: whoever loads the bundle more slowly is cut off
	readyTimeout = 2 * time.Second  // for Config.Ready
	modulePixels = 8                // of a picture: 300 dots an inch on paper
	retryAfter   = 30 * time.Second // what a 503 tells
	sheetsAtOnce = 2                // 40 MB and a fifth of a second each
	claimFloor   = 500 * time.Millisecond
	mostProofs   = 100_000          // log-ins between the provider's answer and the agreement
	ownProofs    = 10               // of them, of one identity
	mostTickets  = 100_000          // claims that wait for the member's own check
	ownTickets   = 10               // of them, of one guardian
	mostVisits   = 10_000           // people at kiosks who have still to prove who they are
	ownVisits    = 1                // of them, at one kiosk: the newest
	visitLife    = 15 * time.Minute // from a person's check at a kiosk to the next one; as long as the wallet lets a counter draw
	proofLife    = 10 * time.Minute // a proof is worth no more to the wallet
	grantLife    = time.Minute      // from the browser's return to a wallet program's POST /v1/sessions
)
