package enroll

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// A whole kit enrols from behind one address within a minute; only failures
// count against it, and of those only what strangers do.
const (
	failuresAllowed = 10
	failureWindow   = time.Minute
	maxAddresses    = 10_000
)

// guard bounds how much strangers can ask: so many failures an address a
// minute, so many exchanges at once.
type guard struct {
	now   func() time.Time
	slots chan struct{}

	mu       sync.Mutex
	since    time.Time
	failures map[string]int
}

func newGuard(now func() time.Time) *guard {
	return &guard{now: now, slots: make(chan struct{}, maxExchanges), failures: map[string]int{}}
}

func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		address := addressOf(q)
		if g.count(address, 0) >= failuresAllowed || !g.enter(q.Context()) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", "60")
			writeRefusal(w, KindBusy)
			return
		}
		defer func() { <-g.slots }()
		seen := &watched{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, q)
		if seen.status >= 400 && seen.status < 500 && !seen.pardoned {
			g.count(address, 1)
		}
	})
}

// slotPatience is how long an exchange waits for others to end.
const slotPatience = 5 * time.Second

func (g *guard) enter(ctx context.Context) bool {
	t := time.NewTimer(slotPatience)
	defer t.Stop()
	select {
	case g.slots <- struct{}{}:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// count adds to an address's failures of this window and returns them.
func (g *guard) count(address string, more int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); now.Sub(g.since).Abs() >= failureWindow {
		g.since = now
		clear(g.failures)
	}
	if more > 0 && (len(g.failures) < maxAddresses || g.failures[address] > 0) {
		g.failures[address] += more
	}
	return g.failures[address]
}

// addressOf returns the address that asks: a whole /64 for IPv6, where one
// machine has as many as it likes.
func addressOf(q *http.Request) string {
	host, _, err := net.SplitHostPort(q.RemoteAddr)
	ip := net.ParseIP(host)
	if err != nil || ip == nil {
		return q.RemoteAddr
	}
	if ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status   int
	pardoned bool
}

// pardon has the guard not count the refusal that is about to be written: who
// asks has proved to be a station of this fleet, now or once, and guesses
// nothing. Others behind the same address are not to pay for its question.
func pardon(w http.ResponseWriter) {
	if seen, ok := w.(*watched); ok {
		seen.pardoned = true
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
