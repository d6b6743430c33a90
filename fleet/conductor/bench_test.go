package conductor_test

import (
	"fmt"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// manyStations is a large fleet.
const manyStations = 10_000

// BenchmarkLook prints what a look at a rollout to 10,000 stations costs, and what
// trying its plan dry does: processor seconds of this process.
func BenchmarkLook(b *testing.B) {
	ctx, now := b.Context(), monday
	db, err := store.Create(ctx, b.TempDir(), store.WithNow(func() time.Time { return now }))
	done(b, err)
	defer db.Close()
	storetest.Furnish(b, db)
	for i := range manyStations {
		id := wire.Station(fmt.Sprintf("s%016d", i))
		storetest.Enrol(b, db, id, 1, make([]byte, 32))
		done(b, db.SaveReported(ctx, tenant, id, wire.Reported{Base: &wire.BaseState{Running: before, Slot: "a", State: wire.BaseIdle}}, now))
	}
	reg := registry.Registry{Store: db, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	c := &conductor.Conductor{Store: db, Fleet: db, Now: reg.Now, Log: reg.Log, Order: reg.OrderBase}
	p := rollout.Usual(release)
	p.Waves = []rollout.Wave{{Percent: 100}}
	start := used()
	_, err = c.Draft(ctx, tenant, p, conductor.Choice{})
	done(b, err)
	fmt.Printf("\nconductor_draft_10000_cpu %f s - -\n", used()-start)
	_, err = c.Start(ctx, ada, tenant, p, conductor.Choice{}, "")
	done(b, err)
	start = used()
	done(b, c.Sweep(ctx))
	fmt.Printf("\nconductor_look_10000_cpu %f s - -\n", used()-start)
}

func done(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// used is the processor time of this process, in seconds.
func used() float64 {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
