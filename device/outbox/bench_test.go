package outbox_test

import (
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// BenchmarkAppend is what a mediator waits for after "valider": sealing,
// signing, and the disk.
func BenchmarkAppend(b *testing.B) {
	k, path := newBench(b), newPath(b)
	k.Limits.Quota = 1 << 30
	o, _ := k.open(b, path)
	var serial pass.Serial
	for b.Loop() {
		serial++
		mustAppend(b, o, validation(serial))
	}
}

// BenchmarkOpen checks an outbox of 1,000 entries whole, as at each start.
func BenchmarkOpen(b *testing.B) {
	k, path := newBench(b), newPath(b)
	k.Limits.Quota = 1 << 30
	o, _ := k.open(b, path)
	for n := range pass.Serial(1000) {
		mustAppend(b, o, validation(n+1))
	}
	must(b, o.Close())
	for b.Loop() {
		o, _ := k.open(b, path)
		must(b, o.Close())
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
