package wallet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"healthcode.example/wallet"
	"healthcode.example/wallet/demoregister"
)

const (
	timedClaims = 10_000
	maxWelch    = 4.5 // |t| above this says that the times differ (ISO/IEC 17825)
)

// welch is the t statistic of two samples with variances of their own. The
// slowest twentieth of both together is left out: a garbage collection or
// another process falls where it falls.
func welch(a, b []float64) float64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	cut := all[len(all)*19/20]
	meanA, varA := moments(a, cut)
	meanB, varB := moments(b, cut)
	return (meanA - meanB) / math.Sqrt(varA+varB)
}

// moments are the mean and its squared standard error of what is not above cut.
func moments(sample []float64, cut float64) (mean, variance float64) {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, x := range sample {
		if x <= cut {
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	mean = sum / n
	return mean, (squares/n - mean*mean) / (n - 1)
}

// households is a demo register of many households with a child each, and the
// children's numbers.
func (w *world) households(n int) (*demoregister.Register, []wallet.Document) {
	w.Helper()
	type document struct {
		Type   wallet.DocumentType `json:"type"`
		Number string              `json:"number"`
	}
	type person struct {
		Name      string     `json:"name"`
		Documents []document `json:"documents"`
		Birth     string     `json:"birth_date"`
		Region    uint32     `json:"region"`
		Household int        `json:"household"`
	}
	var people []person
	var children []wallet.Document
	for i := range n {
		for age, name := range map[int]string{40: "张三", 8: "张小"} {
			w.serial++
			d := w.resident(w.years(age), w.serial)
			people = append(people, person{name, []document{{d.Type, d.Number}}, w.years(age).String(), 440106, i + 1})
			if age == 8 {
				children = append(children, d)
			}
		}
	}
	b, err := json.Marshal(map[string]any{"people": people})
	w.must(err)
	r, err := demoregister.Parse(b)
	w.must(err)
	return r, children
}

// claimTimes makes claims without proof, of numbers that are there and of
// others, in random order, and says how long each took.
func (w *world) claimTimes(guardian func(i int) wallet.Claim, there, other []wallet.Document, n int) (existing, missing []float64, answers map[string]int) {
	w.Helper()
	answers = make(map[string]int)
	w.restart()
	random := rand.New(rand.NewPCG(1, 2))
	for len(existing) < n || len(missing) < n {
		known := random.IntN(2) == 0
		if known && len(existing) == n || !known && len(missing) == n {
			continue
		}
		c := guardian(len(existing) + len(missing))
		c.Document = other[random.IntN(len(other))]
		if known {
			c.Document = there[random.IntN(len(there))]
		}
		w.at = w.at.Add(13 * time.Minute) // inside the limit of an hour; the day's is forgotten by a restart below
		began := time.Now()
		m, err := w.wallet.ClaimMember(ctx, c, w.at)
		took := float64(time.Since(began))
		if err == nil || !m.Person.ID.IsZero() {
			w.Fatalf("a claim without proof succeeded")
		}
		if !errors.Is(err, wallet.ErrNotProven) {
			w.Fatalf("got %v", err)
		}
		answers[fmt.Sprint(known, " ", err)]++
		if known {
			existing = append(existing, took)
		} else {
			missing = append(missing, took)
		}
		if (len(existing)+len(missing))%19 == 0 {
			w.restart()
		}
	}
	return existing, missing, answers
}

func TestAFailedClaimTakesTheSameTimeWhetherTheNumberExistsOrNot(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	w := newWorld(t)
	_, guardian := w.adult("李四", 0)
	there, children := w.households(200)
	var missing []wallet.Document
	for range children {
		w.serial++
		missing = append(missing, w.resident(w.years(8), w.serial))
	}
	w.enrolled(there, children)
	w.config.Register = there
	w.restart()
	for _, way := range []wallet.Way{wallet.WayHousehold, wallet.WayFace} {
		claim := func(int) wallet.Claim {
			c := w.claim(guardian, wallet.RegisterEntry{Documents: children[:1]})
			c.Way = way
			return c
		}
		score := math.Inf(1)
		for range 3 { // a busy machine can spoil one measurement; a leak shows in each
			a, b, answers := w.claimTimes(claim, children, missing, timedClaims)
			if len(answers) != 2 {
				t.Fatalf("the answers are %v", answers)
			}
			score = welch(a, b)
			t.Logf("%s: 2 × %d claims, t = %.2f", way, timedClaims, score)
			if math.Abs(score) < maxWelch {
				break
			}
		}
		if math.Abs(score) >= maxWelch {
			t.Errorf("%s: t = %.2f: the time tells whether the number exists", way, score)
		}
	}
}

// enrolled stores the children, so that the wallet's own store knows them too.
func (w *world) enrolled(r *demoregister.Register, children []wallet.Document) {
	w.Helper()
	file := bytes.NewBufferString("name,document_type,document_number,birth_date,region\n")
	for _, d := range children {
		e, err := r.Person(ctx, d)
		w.must(err)
		fmt.Fprintf(file, "%s,%s,%s,%s,%d\n", e.Name, d.Type, d.Number, e.Birth, e.Region)
	}
	_, err := w.wallet.Import(ctx, file, w.at, nil)
	w.must(err)
}

// leaky is the fault that the test above is there to find: it looks a number up
// first and reads the record only of somebody it found.
type leaky struct {
	wallet.Register
	there map[wallet.Document]bool
}

func (l *leaky) Household(ctx context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	if !l.there[member] {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	return l.Register.Household(ctx, guardian, member)
}

func TestTheMeasurementFindsARegisterThatLeaks(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("李四", 0)
	there, children := w.households(200)
	missing := make([]wallet.Document, len(children))
	l := &leaky{Register: there, there: make(map[wallet.Document]bool)}
	for i, d := range children {
		w.serial++
		missing[i] = w.resident(w.years(8), w.serial)
		l.there[d] = true
	}
	w.config.Register = l
	w.restart()
	a, b, _ := w.claimTimes(func(int) wallet.Claim { return w.claim(guardian, wallet.RegisterEntry{Documents: children[:1]}) }, children, missing, 2000)
	if score := welch(a, b); math.Abs(score) < maxWelch {
		t.Errorf("t = %.2f: the leak was not found", score)
	} else {
		t.Logf("t = %.2f", score)
	}
}
