package server

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// verification is a request for verdicts as it was read.
type verification struct {
	codes     []string
	single    bool // code, not codes
	challenge []byte
	document  wallet.Document // zero: none was given
}

// verify answers POST /v1/verifications. Whatever the codes are, the answer is 200 with a verdict on each.
func (s *Server) verify(c *echo.Context) error {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := s.readBody(c, body, mediaJSON); err != nil {
		return err
	}
	v, err := readVerification(body.Bytes())
	if err != nil {
		return err
	}
	results := s.verdicts(&v)
	for i := range results {
		s.metrics.verdict(&results[i])
	}
	answer := takeBuffer()
	defer giveBuffer(answer)
	if err := writeResults(answer, results, v.single); err != nil {
		return err
	}
	c.Response().Header()["Cache-Control"] = noStore
	return sendBytes(c, http.StatusOK, jsonType, answer.Bytes())
}

// verdicts judges the codes in their order, on several processors when there are enough of them.
func (s *Server) verdicts(v *verification) []verifier.Result {
	judge, at := s.published.Load().verifier, s.now()
	results := make([]verifier.Result, len(v.codes))
	one := func(n int) {
		results[n] = judge.Verify(v.codes[n], at, v.challenge)
		if v.document.Number != "" {
			results[n] = results[n].RequireDocument(string(v.document.Type), v.document.Number)
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(v.codes)/codesAWorker)
	if workers < 2 {
		for n := range v.codes {
			one(n)
		}
		return results
	}
	share(workers, len(v.codes), one)
	return results
}

// share does the work 0 … n−1 on several goroutines, this one among them. A panic in any of them becomes one here, where
// the request is recovered.
func share(workers, n int, work func(int)) {
	var next atomic.Int64
	var panicked atomic.Pointer[any]
	run := func() {
		defer func() {
			if p := recover(); p != nil {
				panicked.Store(&p)
			}
		}()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			work(i)
		}
	}
	var group sync.WaitGroup
	for range workers - 1 {
		group.Go(run)
	}
	run()
	group.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
}

const verificationNames = "code, codes, challenge and document"

// readVerification reads
//
//	{ "code": text / "codes": [ 1*64 text ], ? "challenge": hex, ? "document": { "type": text, "number": text } }
func readVerification(body []byte) (v verification, err error) {
	var code, codes, challenge, document bool
	var docType, number string
	err = readJSON(body, func(r *jsonReader) error {
		return r.object("", func(name []byte) (err error) {
			switch string(name) {
			case "code":
				if err := r.once("code", &code); err != nil {
					return err
				}
				text, err := r.text("code")
				v.codes, v.single = append(v.codes, string(text)), true
				return err
			case "codes":
				if err := r.once("codes", &codes); err != nil {
					return err
				}
				return v.readCodes(r)
			case "challenge":
				if err := r.once("challenge", &challenge); err != nil {
					return err
				}
				text, err := r.text("challenge")
				if err != nil {
					return err
				}
				v.challenge, err = readChallenge(text)
				return err
			case "document":
				if err := r.once("document", &document); err != nil {
					return err
				}
				docType, number, err = readDocument(r)
				return err
			}
			return r.unknown(name, verificationNames)
		})
	})
	switch {
	case err != nil:
		return v, err
	case code == codes:
		return v, api.NewProblem(api.CodeInvalidRequest, "give exactly one of code, a text, and codes, an array of 1 to 64 texts")
	case !document:
		return v, nil
	}
	if v.document, err = wallet.ParseDocument(docType, number); err != nil {
		return v, api.NewProblem(api.CodeInvalidRequest, "document: "+err.Error())
	}
	return v, nil
}

func (v *verification) readCodes(r *jsonReader) error {
	err := r.array("codes", func(n int) error {
		if n >= api.MaxCodes {
			return api.NewProblem(api.CodeInvalidRequest, fmt.Sprintf("codes: more than %d: send several requests", api.MaxCodes))
		}
		if r.peek() != '"' {
			return r.fault(fmt.Sprintf("codes[%d]", n), "want a string in double quotes")
		}
		text, err := r.text("codes")
		v.codes = append(v.codes, string(text))
		return err
	})
	if err == nil && len(v.codes) == 0 {
		return api.NewProblem(api.CodeInvalidRequest, "codes is empty: give 1 to 64")
	}
	return err
}

// readChallenge reads hexadecimal digits in either case.
func readChallenge(text []byte) ([]byte, error) {
	challenge := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(challenge, text); err != nil || credential.CheckChallenge(challenge) != nil {
		return nil, api.NewProblem(api.CodeInvalidRequest, "challenge: give the gate's 16 to 32 bytes as 32 to 64 hexadecimal digits")
	}
	return challenge, nil
}

func readDocument(r *jsonReader) (docType, number string, err error) {
	var hasType, hasNumber bool
	err = r.object("document", func(name []byte) error {
		to, seen := &docType, &hasType
		switch string(name) {
		case "type":
		case "number":
			to, seen = &number, &hasNumber
		default:
			return r.unknown(name, "type and number")
		}
		if err := r.once("document", seen); err != nil {
			return err
		}
		text, err := r.text("document")
		*to = string(text)
		return err
	})
	if err == nil && !(hasType && hasNumber) {
		err = api.NewProblem(api.CodeInvalidRequest, "document: give both type and number")
	}
	return docType, number, err
}
