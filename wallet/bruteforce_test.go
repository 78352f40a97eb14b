package wallet_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

// seen is what a code tells of one person, with what the attacker knows besides.
type seen struct {
	subject issuer.Subject // masked name, hint, digest; not the salt
	holder  *cose.PublicKey
	at      time.Time
	county  string // 6 digits
	birth   wallet.Date
}

// guesses are the salts that a careless program might have used: none, a fixed
// one, or one made of what stands in the code.
func (s *seen) guesses() []credential.Salt {
	minute := binary.BigEndian.AppendUint64(nil, uint64(s.at.Truncate(time.Minute).Unix()))
	all := []credential.Salt{{}, credential.Salt(append(make([]byte, 8), minute...))}
	for _, from := range [][]byte{minute, []byte(s.subject.Name), s.holder.Bytes()} {
		sum := sha256.Sum256(from)
		all = append(all, credential.Salt(sum[:16]))
	}
	return all
}

// bruteForce tries every number of the county and birth date against the
// digest: 1,000 serials, under each guess and without any salt.
func bruteForce(s seen) (number string, found bool) {
	guesses := s.guesses()
	for serial := range 1000 {
		for _, check := range "0123456789X" {
			d, err := wallet.ParseDocument("resident-id", fmt.Sprintf("%s%04d%02d%02d%03d%c", s.county, s.birth.Year, s.birth.Month, s.birth.Day, serial, check))
			if err != nil {
				continue
			}
			for _, salt := range guesses {
				if bytes.Equal(credential.DocumentDigest(salt, string(d.Type), d.Number), s.subject.Digest) {
					return d.Number, true
				}
			}
			if sum := unsalted(d); bytes.Equal(sum, s.subject.Digest) {
				return d.Number, true
			}
			break // one check digit fits
		}
	}
	return "", false
}

// unsalted is a digest as a careless program would make it.
func unsalted(d wallet.Document) []byte {
	sum := sha256.Sum256([]byte(string(d.Type) + "\x00" + d.Number))
	return sum[:16]
}

// watching keeps what every code says.
type watching struct {
	mu   sync.Mutex
	seen map[health.PersonID]seen
}

func (i *watching) Issue(r issuer.Request, at time.Time) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, subject := range r.Subjects {
		i.seen[subject.Holding.Person] = seen{subject: subject, holder: r.Holder, at: at}
	}
	return []byte{1}, nil
}

// crowd enters n people, each with a phone, and refreshes each one's code.
func (w *world) crowd(n int) (map[health.PersonID]seen, map[health.PersonID]wallet.Document) {
	w.Helper()
	codes := &watching{seen: make(map[health.PersonID]seen)}
	w.config.Issuer, w.config.Hints = codes, true
	w.restart()
	file := bytes.NewBufferString("name,document_type,document_number,birth_date,region\n")
	var documents []wallet.Document
	for i := range n {
		birth := wallet.DateOf(w.at.AddDate(-20, 0, -i*7))
		w.serial++
		documents = append(documents, w.resident(birth, w.serial))
		fmt.Fprintf(file, "张三,resident-id,%s,%s,440106\n", documents[i].Number, birth)
	}
	_, err := w.wallet.Import(context.Background(), file, w.at, nil)
	w.must(err)
	owners := make(map[health.PersonID]wallet.Document)
	var done sync.WaitGroup
	for _, d := range documents {
		key := w.key()
		p, err := w.wallet.FindPerson(ctx, d)
		w.must(err)
		owners[p.ID] = d
		done.Go(func() {
			phone, err := w.wallet.RegisterDevice(ctx, p.ID, key, w.at)
			if err == nil {
				_, err = w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: p.ID, Device: phone.ID, Holder: key, Document: true}, w.at)
			}
			if err != nil {
				w.Errorf("%v", err)
			}
		})
	}
	done.Wait()
	return codes.seen, owners
}

func TestNoDocumentNumberIsFoundFromACodeAndTheAttackWorksOnAWeakOne(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	w := newWorld(t)
	w.at = w.at.Add(7 * time.Second)
	people, weak := 1000, 100 // the weak ones need not be shown a thousand times
	if slowed {
		people, weak = 40, 4 // make test has all of them tried without the race detector
	}
	all, owners := w.crowd(people)
	if len(all) != people {
		t.Fatalf("%d codes", len(all))
	}
	minute := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(w.at.Truncate(time.Minute).Unix())))
	strong, plain, clock := 0, 0, 0
	i := 0
	for id, s := range all {
		d := owners[id]
		s.county = d.Number[:6]
		s.birth, _ = d.Birth()
		if len(s.subject.Digest) != 16 || s.subject.Hint != uint8(s.birth.Day) || s.subject.Name != "张*" {
			t.Fatalf("the code says %+v", s.subject)
		}
		if _, found := bruteForce(s); found {
			strong++
		}
		if i++; i > weak {
			continue
		}
		s.subject.Digest = unsalted(d)
		if number, found := bruteForce(s); found && number == d.Number {
			plain++
		}
		s.subject.Digest = credential.DocumentDigest(credential.Salt(minute[:16]), string(d.Type), d.Number)
		if number, found := bruteForce(s); found && number == d.Number {
			clock++
		}
	}
	t.Logf("found %d of %d; of %d without a salt %d, and with a salt from the clock %d", strong, people, weak, plain, clock)
	if strong != 0 || plain != weak || clock != weak {
		t.Error("the digest gives numbers away, or the attack is none")
	}
}

func TestNoTwoCodesOfAPersonHaveOneDigest(t *testing.T) {
	w := newWorld(t)
	first, _ := w.crowd(1)
	for id, s := range first {
		codes := &watching{seen: make(map[health.PersonID]seen)}
		w.config.Issuer = codes
		w.restart()
		phone := w.phone(id)
		_, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: id, Device: phone.ID, Holder: w.key(), Document: true}, w.at)
		w.must(err)
		if bytes.Equal(codes.seen[id].subject.Digest, s.subject.Digest) {
			t.Error("two codes share a digest")
		}
	}
}
