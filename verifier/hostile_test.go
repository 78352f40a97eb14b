package verifier_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/verifier"
)

// onAllProcessors runs work for every number below n.
func onAllProcessors(n int, work func(i int)) {
	var wait sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := worker; i < n; i += runtime.GOMAXPROCS(0) {
				work(i)
			}
		})
	}
	wait.Wait()
}

// believed says whether a gate would go by anything that the text says of a person.
func believed(r verifier.Result) bool {
	return r.Verdict != verifier.Refuse && r.Verdict != verifier.CannotSay || r.Reason == verifier.ReasonColour || len(r.Members) != 0
}

func TestNoFlippedBitIsBelieved(t *testing.T) {
	s := newScene(t)
	v, codes := s.verifier(), s.ourCodes()
	if slowed && os.Getenv("HEALTHCODE_LONG") != "1" {
		codes = codes[:10]
	}
	counts := make([]int, len(codes))
	onAllProcessors(len(codes), func(n int) {
		c := &codes[n]
		flip := func(what string, b []byte, text func() string) {
			for i := range 8 * len(b) {
				b[i/8] ^= 1 << (i % 8)
				if r := v.Verify(text(), now, c.challenge); believed(r) {
					t.Errorf("%s, bit %d of byte %d of the %s: %v, %s", c.name, i%8, i/8, what, r.Verdict, r.Reason)
				}
				b[i/8] ^= 1 << (i % 8)
				counts[n]++
			}
		}
		message, text := bytes.Clone(c.message), []byte(c.text)
		flip("message", message, func() string { return credential.Text(message) })
		flip("text", text, func() string { return string(text) })
	})
	total := 0
	for _, n := range counts {
		total += n
	}
	t.Logf("%d bits flipped in %d codes, none believed", total, len(codes))
}

// mutations is how many random ones are tried. Under the race detector it is the code that is looked at and not the number: make test runs
// these two tests once more without it.
func mutations(few bool) int {
	if few && os.Getenv("HEALTHCODE_LONG") != "1" {
		return 20_000
	}
	return 1_000_000
}

func TestNoRandomMutationIsBelieved(t *testing.T) {
	s := newScene(t)
	v, codes := s.verifier(), s.ourCodes()
	genuine := make(map[string]bool)
	for _, c := range codes {
		genuine[string(c.message)] = true
	}
	const batch = 1000
	var lock sync.Mutex
	counts := make(map[string]int)
	onAllProcessors(mutations(slowed)/batch, func(n int) {
		rng := rand.New(rand.NewPCG(4, uint64(n)))
		own := make(map[string]int)
		for made := 0; made < batch; {
			c, text := mutant(rng, codes)
			message, err := base45.Decode(strings.TrimPrefix(text, credential.Prefix))
			if err == nil && genuine[string(untagged(message))] { // not a mutation: the tags in front are the same code by the protocol
				continue
			}
			made++
			r := v.Verify(text, now, c.challenge)
			if believed(r) {
				t.Errorf("%s became %q: %v, %s, %d members shown", c.name, text, r.Verdict, r.Reason, len(r.Members))
			}
			own[string(r.Reason)]++
		}
		lock.Lock()
		defer lock.Unlock()
		for reason, n := range own {
			counts[reason] += n
		}
	})
	t.Logf("%d mutations, none believed: %v", mutations(slowed), counts)
	for _, reason := range []verifier.Reason{verifier.ReasonBase45, verifier.ReasonCBOR, verifier.ReasonSignature, verifier.ReasonHolderSignature} {
		if counts[string(reason)] < mutations(slowed)/1000 {
			t.Errorf("only %d mutations came as far as %s: they no longer reach what they test", counts[string(reason)], reason)
		}
	}
}

func untagged(message []byte) []byte {
	message = bytes.TrimPrefix(message, []byte{0xd8, 61})
	return bytes.TrimPrefix(message, []byte{0xd2})
}

// mutant changes one to three things about a code: in its text, in its bytes, or among its parts and those of another.
func mutant(rng *rand.Rand, codes []ourCode) (c *ourCode, text string) {
	c, other := &codes[rng.IntN(len(codes))], &codes[rng.IntN(len(codes))]
	switch rng.IntN(3) {
	case 0:
		b := []byte(c.text)
		for range 1 + rng.IntN(3) {
			b = changed(rng, b, []byte(other.text), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
		}
		return c, string(b)
	case 1:
		b := bytes.Clone(c.message)
		for range 1 + rng.IntN(3) {
			b = changed(rng, b, other.message, "")
		}
		return c, credential.Text(b)
	}
	return c, credential.Text(recombined(rng, c, other))
}

// changed flips, sets, inserts, deletes, swaps, cuts, doubles or splices. The alphabet is that of what is set and inserted; empty means all bytes.
func changed(rng *rand.Rand, b, other []byte, alphabet string) []byte {
	if len(b) == 0 {
		return b
	}
	at, to := rng.IntN(len(b)), rng.IntN(len(b))
	fresh := byte(rng.Uint32())
	if alphabet != "" {
		fresh = alphabet[rng.IntN(len(alphabet))]
	}
	switch rng.IntN(8) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b[at] = fresh
	case 2:
		b = slices.Insert(b, at, fresh)
	case 3:
		b = slices.Delete(b, at, min(len(b), at+1+rng.IntN(3)))
	case 4:
		b[at], b[to] = b[to], b[at]
	case 5:
		b = b[:at]
	case 6:
		b = slices.Insert(b, at, slices.Clone(b[min(at, to):max(at, to)])...)
	case 7: // the same place of both keeps the structure more often
		cut := min(at, len(other))
		b = slices.Concat(b[:cut], other[cut:])
	}
	return b
}

// recombined puts parts of two codes together, all of them well-formed.
func recombined(rng *rand.Rand, c, other *ourCode) []byte {
	mine, its := outer(c), outer(other)
	pick := func(a, b []byte) []byte {
		if rng.IntN(2) == 0 {
			return a
		}
		return b
	}
	payload := pick(mine.Payload, its.Payload)
	switch show := c.parsed.Show; {
	case rng.IntN(4) == 0: // out of its presentation
		return written(c.parsed.Codes[0].Message)
	case show != nil && rng.IntN(2) == 0: // the holder's words over another's code, whole or put together
		inner := other.parsed.Codes[0].Message
		if rng.IntN(2) == 0 {
			inner.Signature = c.parsed.Codes[0].Message.Signature
		}
		payload = cose.AppendInt(cose.AppendInt(cose.AppendMap(nil, 2), 1), show.Presentation.At)
		payload = cose.AppendBytes(cose.AppendArray(cose.AppendInt(payload, 2), 1), written(inner))
	}
	if rng.IntN(4) == 0 {
		payload = changed(rng, bytes.Clone(payload), its.Payload, "")
	}
	m := cose.Sign1{Protected: pick(mine.Protected, its.Protected), Payload: payload, Signature: pick(mine.Signature, its.Signature)}
	return written(m)
}

func outer(c *ourCode) cose.Sign1 {
	if c.parsed.Show != nil {
		return c.parsed.Show.Message
	}
	return c.parsed.Codes[0].Message
}

// written is the message with an empty unprotected header, untagged.
func written(m cose.Sign1) []byte {
	b := cose.AppendMap(cose.AppendBytes(cose.AppendArray(nil, 4), m.Protected), 0)
	return cose.AppendBytes(cose.AppendBytes(b, m.Payload), m.Signature)
}
