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

// timing compares the times of two sorts of claims by three figures, each of
// which is within maxWelch when there is nothing to tell them apart.
type timing struct {
	whole float64 // Welch's t of all times: nothing is left out, so that a leak shows however rarely it happens
	core  float64 // the same without the slowest twentieth of both together: a garbage collection or another process, which falls where it falls, hides a small leak in the whole
	slow  float64 // how much oftener one sort is among that twentieth, in standard errors: what core has left out must fall on both alike
}

func compare(a, b []float64) timing {
	all := slices.Concat(a, b)
	slices.Sort(all)
	cut := all[len(all)*19/20]
	return timing{whole: welch(a, b, math.Inf(1)), core: welch(a, b, cut), slow: proportions(a, b, cut)}
}

// worst is the figure that tells them apart the most.
func (t timing) worst() float64 { return max(math.Abs(t.whole), math.Abs(t.core), math.Abs(t.slow)) }

func (t timing) String() string {
	return fmt.Sprintf("t = %.2f, without the slowest twentieth %.2f, among the slowest twentieth %.2f", t.whole, t.core, t.slow)
}

// welch is the t statistic of what is not above cut, with variances of their own.
func welch(a, b []float64, cut float64) float64 {
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

// proportions is the z statistic of how many of each are above cut.
func proportions(a, b []float64, cut float64) float64 {
	above := func(sample []float64) (n float64) {
		for _, x := range sample {
			if x > cut {
				n++
			}
		}
		return n
	}
	na, nb := float64(len(a)), float64(len(b))
	xa, xb := above(a), above(b)
	p := (xa + xb) / (na + nb)
	return (xa/na - xb/nb) / math.Sqrt(p*(1-p)*(1/na+1/nb))
}

// certificate is the birth certificate of the n-th child.
func certificate(n int) wallet.Document {
	return wallet.Document{Type: wallet.BirthCertificate, Number: fmt.Sprintf("Z99%07d", n)}
}

// households is a demo register of many households with a parent and a child
// each, and the children's numbers; the n-th child has the n-th certificate too.
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
		Parents   []string   `json:"parents,omitempty"`
	}
	var people []person
	var children []wallet.Document
	for i := range n {
		w.serial += 2
		parent, child := w.resident(w.years(40), w.serial-1), w.resident(w.years(8), w.serial)
		paper := certificate(i)
		children = append(children, child)
		people = append(people, person{"张三", []document{{parent.Type, parent.Number}}, w.years(40).String(), 440106, i + 1, nil},
			person{"张小", []document{{child.Type, child.Number}, {paper.Type, paper.Number}}, w.years(8).String(), 440106, i + 1, []string{parent.Number}})
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
		w.at = w.at.Add(13 * time.Minute) // inside the limit of an hour; the day's is forgotten by a restart below
		c := guardian(len(existing) + len(missing))
		c.Document = other[random.IntN(len(other))]
		if known {
			c.Document = there[random.IntN(len(there))]
		}
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
	if slowed {
		t.Skip("times are measured without the race detector; make test does that too")
	}
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
	prover := w.born("李小", w.years(8), 0)
	for way, numbers := range map[wallet.Way][2][]wallet.Document{
		wallet.WayHousehold:        {children, missing},
		wallet.WayBirthCertificate: {certificates(0, len(children)), certificates(5000, len(children))},
		wallet.WayFace:             {children, missing},
	} {
		claim := func(int) wallet.Claim {
			c := w.claim(guardian, wallet.RegisterEntry{Documents: numbers[0][:1]})
			c.Way = way
			if way == wallet.WayFace { // somebody has proved who they are, just now, and the number is another's
				proof := w.face(prover)
				c.Proof = &proof
			}
			return c
		}
		var got timing
		for range 3 { // a busy machine can spoil one measurement; a leak shows in each
			a, b, answers := w.claimTimes(claim, numbers[0], numbers[1], timedClaims)
			if len(answers) != 2 {
				t.Fatalf("the answers are %v", answers)
			}
			got = compare(a, b)
			t.Logf("%s: 2 × %d claims, %v", way, timedClaims, got)
			if got.worst() < maxWelch {
				break
			}
		}
		if got.worst() >= maxWelch {
			t.Errorf("%s: %v: the time tells whether the number exists", way, got)
		}
	}
}

// certificates are n of them, from the given one on.
func certificates(from, n int) (all []wallet.Document) {
	for i := range n {
		all = append(all, certificate(from+i))
	}
	return all
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
// first and reads the record only of somebody it found; or it does a little more
// for one in twenty of those, which the middle of the times does not show.
type leaky struct {
	wallet.Register
	there  map[wallet.Document]bool
	rarely bool
	asked  int
}

func (l *leaky) Household(ctx context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	l.asked++
	if !l.rarely && !l.there[member] {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	if l.rarely && l.there[member] && l.asked%20 == 0 {
		for range 20 {
			if _, err := l.Register.Household(ctx, guardian, member); !errors.Is(err, wallet.ErrNotShown) {
				return wallet.RegisterEntry{}, err
			}
		}
	}
	return l.Register.Household(ctx, guardian, member)
}

func (l *leaky) Parent(ctx context.Context, guardian, certificate wallet.Document) (wallet.RegisterEntry, error) {
	if !l.there[certificate] {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	return l.Register.Parent(ctx, guardian, certificate)
}

func TestTheMeasurementFindsARegisterThatLeaks(t *testing.T) {
	if slowed {
		t.Skip("times are measured without the race detector; make test does that too")
	}
	for name, c := range map[string]struct {
		way    wallet.Way
		rarely bool
		n      int
	}{
		"by household": {wallet.WayHousehold, false, 2000}, "by certificate": {wallet.WayBirthCertificate, false, 2000},
		"one in twenty": {wallet.WayHousehold, true, timedClaims},
	} {
		w := newWorld(t)
		_, guardian := w.adult("李四", 0)
		there, children := w.households(200)
		missing := make([]wallet.Document, len(children))
		l := &leaky{Register: there, there: make(map[wallet.Document]bool), rarely: c.rarely}
		for i, d := range children {
			w.serial++
			missing[i] = w.resident(w.years(8), w.serial)
			l.there[d], l.there[certificate(i)] = true, true
		}
		if c.way == wallet.WayBirthCertificate {
			children, missing = certificates(0, len(children)), certificates(5000, len(children))
		}
		w.config.Register = l
		w.restart()
		a, b, _ := w.claimTimes(func(int) wallet.Claim {
			claim := w.claim(guardian, wallet.RegisterEntry{Documents: children[:1]})
			claim.Way = c.way
			return claim
		}, children, missing, c.n)
		if got := compare(a, b); got.worst() < maxWelch {
			t.Errorf("%s: %v: the leak was not found", name, got)
		} else {
			t.Logf("%s: %v", name, got)
		}
	}
}
