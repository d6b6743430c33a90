package uplink_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// TestADiskThatTakesNothingKeepsTheConnection holds that records leave, and
// that acks, a desired state and an order do not end the connection, when
// nothing can be kept of them.
func TestADiskThatTakesNothingKeepsTheConnection(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	gone := filepath.Join(k.dir, "gone")
	must(t, os.Mkdir(gone, 0o700))
	k.clock.quality = pass.ClockNTP
	k.tune = func(c *uplink.Config) { c.Dir = gone }
	now, _ := k.clock.Now()
	k.startAgent()
	var h wire.Hello
	f.until("hello", func() bool { return f.last(wire.KindHello, &h) })
	must(t, os.Rename(gone, gone+"-for-good"))
	f.tell(wire.KindDesired, &wire.Desired{Version: 7, Role: wire.RoleMediator, Mode: wire.ModeWorkshop})
	f.until("desired state refused", func() bool {
		var r wire.Reported
		return f.last(wire.KindReported, &r) && r.Version == 0 && len(r.Refused) == 1 && r.Refused[0] == uplink.RefusedDisk
	})
	f.tell(wire.KindJob, &wire.Job{ID: "j1", Kind: wire.JobIdentify, Expires: now.Add(time.Hour)})
	f.until("order failed", func() bool {
		var p wire.Progress
		return f.last(wire.KindProgress, &p) && p.ID == "j1" && p.Status == "failed"
	})
	for n := range pass.Serial(3) {
		k.validate(n + 1)
		k.up.Kick()
		f.until("record stored", func() bool { return len(f.records) == int(n)+1 })
		f.ack()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	hellos := 0
	for _, m := range f.got {
		if m.topic.Kind == wire.KindHello {
			hellos++
		}
	}
	if hellos != 1 {
		t.Errorf("%d connections; want 1", hellos)
	}
}
