package update_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// cuts is how often the power goes in TestPowerCuts; make soak asks for more.
var cuts = flag.Int("cuts", 40, "how often the power goes in the middle of an update")

// TestPowerCuts takes the power away at any write, sync, change of the record or
// read of the line, with every sector that was not synced there or not, and
// starts the station again as loader, kernel and guardian do. It counts stations
// that no start brings up. Every second release is one that never gets healthy.
func TestPowerCuts(t *testing.T) {
	s, v0, v1, _ := family(t)
	esp := slottest.ESP(t)
	done, lives, unbootable := 0, 0, 0
	for seed := uint64(1); done < *cuts; seed++ {
		st := newStationOn(t, s, v0, v1, esp)
		synctest.Test(t, func(t *testing.T) {
			st.t = t
			l := &life{station: st, r: rand.New(rand.NewPCG(seed, 5)), bad: seed%2 == 0}
			l.live(4)
			done += l.cuts
			lives++
			if l.dead {
				unbootable++
				t.Errorf("life %d: no start brings the station up: %+v", seed, st.env())
			}
		})
		if t.Failed() {
			break
		}
	}
	t.Logf("%d power cuts in %d lives: %d unbootable", done, lives, unbootable)
}

// life is a station that its fleet sends from v1 to v2.
type life struct {
	*station
	r    *rand.Rand
	bad  bool // v2 never gets healthy
	cuts int
	dead bool
}

// live goes through some power cuts and then to the end.
func (l *life) live(most int) {
	for range most {
		if !l.start(l.r.IntN(700)) {
			return
		}
	}
	for range 2 { // the second start is the trial, or the one after it
		if !l.start(-1) {
			return
		}
	}
	l.end()
}

// start is one power-on, and what happens until the power goes after so many
// moments, or never. It reports false when nothing starts.
func (l *life) start(until int) bool {
	boot, ok := l.boot()
	if !ok {
		l.dead = true
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Hour)
	defer cancel()
	saved := ""
	l.disk.left, l.disk.went = until, func() { saved = copyOf(l.t, l.perm); cancel() }
	l.run(ctx, boot)
	if !l.disk.off {
		l.disk.left = -1
		return true
	}
	l.cuts++
	l.perm = saved
	l.disk.crash(l.r)
	return true
}

// run is the agent: it marks a healthy start good and lets the machine work. The
// machine's own clock and line are moments too.
func (l *life) run(ctx context.Context, boot slot.Boot) {
	l.station.start(boot)
	now, source := l.Now, l.shop
	l.Now = func() time.Time { _ = l.disk.point(); return now() }
	l.Changed = func() { _ = l.disk.point() }
	source.cut = func(_ string, _ int64, b []byte) int {
		if l.disk.point() != nil {
			return 0
		}
		return len(b)
	}
	env, _, err := slot.ReadEnv(l.esp())
	if err != nil {
		env = slot.NewEnv()
	}
	env = env.MarkGood(boot.Slot).Settle(boot.Slot)
	if slot.WriteEnv(l.esp(), env) != nil {
		return
	}
	l.Proven(env)
	l.Want(wanted("v2", "g"))
	if err := l.Run(ctx); err == nil {
		l.t.Error("Run = nil; want an end by its context")
	}
}

// boot starts until something comes up: the loader chooses and counts, the first
// program refuses what is not whole, the guardian gives up a trial of v2 when
// that is bad.
func (l *life) boot() (slot.Boot, bool) {
	for range 3 * slot.MaxTries {
		env, _, err := slot.ReadEnv(l.esp())
		choice := slot.ChooseBlind()
		if err == nil {
			choice, env = env.Choose()
			if err := slot.WriteEnv(l.esp(), env); err != nil {
				l.t.Fatal(err)
			}
		}
		name := l.whole(choice.Slot)
		switch {
		case name == "":
			continue
		case name == "v2" && l.bad && choice.Trial > 0:
			if err := slot.WriteEnv(l.esp(), env.MarkFailed(choice.Slot, slot.ProblemDeadline)); err != nil {
				l.t.Fatal(err)
			}
			continue
		}
		return slot.Boot{Slot: choice.Slot, Trial: choice.Trial, Release: name}, true
	}
	return slot.Boot{}, false
}

// end is where every life must have come.
func (l *life) end() {
	l.t.Helper()
	got := l.State()
	want := wire.BaseState{Running: "v2", State: wire.BaseHealthy}
	if l.bad {
		want = wire.BaseState{Running: "v1", State: wire.BaseFailed, Reason: wire.ReasonHang}
	}
	if got.Running != want.Running || got.State != want.State || got.Reason != want.Reason {
		l.t.Errorf("after %d cuts: %+v; want %s, %s %s", l.cuts, got, want.Running, want.State, want.Reason)
	}
}

// copyOf is what the folders hold at this moment: their files are replaced whole.
func copyOf(t testing.TB, dir string) string {
	to, err := os.MkdirTemp(filepath.Dir(dir), "perm-")
	if err == nil {
		err = os.RemoveAll(to)
	}
	if err == nil {
		err = os.CopyFS(to, os.DirFS(dir))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	return to
}
