package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"time"
)

// rounds is how often each side of a ratio is measured; the median counts.
const rounds = 9

// slice is how long one side runs in one round.
const slice = 60 * time.Millisecond

// figure is one row of the table.
type figure struct {
	name    string
	fixture string
	value   float64
	unit    string
	limit   float64
	atLeast bool // the limit is a floor rather than a ceiling
}

func (f figure) holds() bool {
	if f.atLeast {
		return f.value >= f.limit
	}
	return f.value <= f.limit
}

func (f figure) print(w io.Writer) {
	sign, verdict := "≤", "ok"
	if f.atLeast {
		sign = "≥"
	}
	if !f.holds() {
		verdict = "SHORT"
	}
	_, _ = fmt.Fprintf(w, "%-62s %10s %-6s %s %-8s %-6s %s\n", f.name, number(f.value), f.unit, sign, number(f.limit), verdict, f.fixture)
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "none"
	}
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d", int64(v))
	}
	return fmt.Sprintf("%.3f", v)
}

// perCall runs f for about one slice and gives the nanoseconds of a call.
func perCall(f func()) float64 {
	n := 1
	for {
		start := time.Now()
		for range n {
			f()
		}
		took := time.Since(start)
		if took >= slice {
			return float64(took.Nanoseconds()) / float64(n)
		}
		if took < time.Microsecond {
			took = time.Microsecond
		}
		n = max(n+1, int(float64(n)*1.2*float64(slice)/float64(took)))
	}
}

// ratio measures a and b in turn in one run and gives the median of a/b.
func ratio(a, b func()) float64 {
	perCall(a)
	perCall(b)
	values := make([]float64, 0, rounds)
	for range rounds {
		values = append(values, perCall(a)/perCall(b))
	}
	return median(values)
}

func median(values []float64) float64 {
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

// allocations gives the heap allocations of a call of f.
func allocations(f func()) float64 {
	const calls = 1000
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / calls)
}
