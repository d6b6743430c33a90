package outbox_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func TestLogsSetAsideGoWhenTheyWereSentLongAgo(t *testing.T) {
	ctx := context.Background()
	path := newPath(t)
	dir := filepath.Dir(path)
	first, second := newBench(t), newBench(t)
	old := filled(t, first, path)
	o, _ := second.open(t, path)
	day := func(n int) time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	steps := []struct {
		name string
		sent bool
		at   time.Time
		left int
	}{
		{"not sent for a year", false, day(0), 1},
		{"sent", true, day(365), 1},
		{"44 days later", true, day(409), 1},
		{"the fleet was restored", false, day(410), 1},
		{"sent again", true, day(411), 1},
		{"44 days later again", true, day(455), 1},
		{"45 days later", true, day(456), 0},
	}
	for _, s := range steps {
		if err := o.PruneAside(ctx, map[pass.LogID]bool{old: s.sent}, s.at); err != nil {
			t.Fatalf("%s: PruneAside = %v", s.name, err)
		}
		if got, _ := filepath.Glob(filepath.Join(dir, "outbox-*.aside")); len(got) != s.left {
			t.Errorf("%s: %d files aside; want %d", s.name, len(got), s.left)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "outbox-*")); len(left) != 0 {
		t.Errorf("left behind: %v; want nothing", left)
	}
	if _, found, err := o.Used(ctx, passRef(30)); !found || err != nil {
		t.Errorf("Used = %t, %v; want a pass of the old log to stay used", found, err)
	}
}

func TestReadSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uplink.json")
	if sent, err := outbox.ReadSent(path); err != nil || len(sent) != 0 {
		t.Errorf("ReadSent(no file) = %v, %v; want none", sent, err)
	}
	text := `{"ack":{"epoch":"e2","logs":[]},"finished":{"0100000000000000":"e2","0200000000000000":"e1"}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sent, err := outbox.ReadSent(path)
	if err != nil || !sent[pass.LogID{1}] || sent[pass.LogID{2}] {
		t.Errorf("ReadSent = %v, %v; want the log of this epoch only", sent, err)
	}
}
