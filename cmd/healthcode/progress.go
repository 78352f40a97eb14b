package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// barAfter is how long work goes on before a bar is drawn: what is over sooner needs none.
const barAfter = time.Second

// progress draws a bar on standard error, where that is a terminal. It is for one goroutine at a time.
type progress struct {
	c     *console
	what  string
	total int // 0 or less: not known
	done  int
	begun time.Time
	bar   *progressbar.ProgressBar
}

// newProgress begins.
func newProgress(c *console, what string, total int) *progress {
	return &progress{c: c, what: what, total: total, begun: c.now()}
}

// set tells how many are done.
func (p *progress) set(done int) {
	p.done = done
	if !p.c.progress || p.bar == nil && p.c.now().Sub(p.begun) < barAfter {
		return
	}
	if p.bar == nil {
		total := p.total
		if total <= 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.c.err), progressbar.OptionSetDescription(p.what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	_ = p.bar.Set(done) // a bar that cannot be drawn must not stop the work
}

// Write counts bytes that go by.
func (p *progress) Write(b []byte) (int, error) {
	p.set(p.done + len(b))
	return len(b), nil
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
