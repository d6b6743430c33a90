package workshop

import (
	"encoding/json"
	"log/slog"
	"os"
	"sync"
	"time"
)

const (
	freeTries  = 3                // before the first delay
	firstDelay = 15 * time.Second // doubles with each further failure
	lastDelay  = time.Hour
)

// tries counts failed PINs in a file, and makes the next one wait. Time is
// counted from the failure or, since a station may have no clock, from the
// start of the program.
type tries struct {
	path string
	log  *slog.Logger
	busy sync.Mutex // one PIN at a time: a guess costs memory and time

	mu     sync.Mutex
	failed int
	next   time.Time // monotonic
}

type triesFile struct {
	Failed int `json:"failed"`
}

// loadTries reads the count; a damaged file counts as the first delay, a
// missing one as no failure.
func loadTries(path string, log *slog.Logger) *tries {
	t := &tries{path: path, log: log}
	text, err := os.ReadFile(path)
	if err == nil {
		var file triesFile
		if json.Unmarshal(text, &file) != nil || file.Failed < 0 {
			file.Failed = freeTries
		}
		t.failed = file.Failed
	}
	t.next = time.Now().Add(delay(t.failed))
	return t
}

// delay is how long to wait after a number of failures.
func delay(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	d := firstDelay
	for range failed - freeTries {
		if d *= 2; d >= lastDelay {
			return lastDelay
		}
	}
	return d
}

func (t *tries) wait(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, t.next.Sub(now))
}

// begin notes a try as failed. The caller says with done how it went; until
// then nobody else may try.
func (t *tries) begin(now time.Time) (done func(right bool), err error) {
	if !t.busy.TryLock() {
		return nil, ErrWait
	}
	if t.wait(now) > 0 {
		t.busy.Unlock()
		return nil, ErrWait
	}
	t.set(t.count() + 1)
	return t.done, nil
}

func (t *tries) done(right bool) {
	defer t.busy.Unlock()
	if right {
		t.set(0)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = time.Now().Add(delay(t.failed))
}

func (t *tries) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// set keeps the count, in memory at least: a full disk must not shut out the
// one person who can do something about it.
func (t *tries) set(failed int) {
	if err := replace(t.path, triesFile{failed}); err != nil {
		t.log.Warn("count of wrong PINs not kept", "err", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = failed
	if failed == 0 {
		t.next = time.Time{}
	}
}
