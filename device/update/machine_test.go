package update_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// serve runs the machine of a healthy start for some simulated time.
func (st *station) serve(want *wire.Base, d time.Duration) {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	env := st.env().MarkGood(st.Boot.Slot).Settle(st.Boot.Slot)
	if err := slot.WriteEnv(st.esp(), env); err != nil {
		st.t.Fatal(err)
	}
	st.Proven(env)
	st.Want(want)
	if err := st.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		st.t.Errorf("Run = %v; want deadline exceeded", err)
	}
}

func (st *station) expect(state wire.BaseStep, reason wire.Reason) {
	st.t.Helper()
	if got := st.State(); got.State != state || got.Reason != reason {
		st.t.Errorf("State = %+v; want %s %q", got, state, reason)
	}
	if err := (&wire.Reported{Base: ptr(st.State())}).Check(); err != nil {
		st.t.Errorf("state on the wire: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

// powerOn is what the loader does.
func (st *station) powerOn() slot.Boot {
	st.t.Helper()
	c, env := st.env().Choose()
	if err := slot.WriteEnv(st.esp(), env); err != nil {
		st.t.Fatal(err)
	}
	return slot.Boot{Slot: c.Slot, Trial: c.Trial, Release: st.whole(c.Slot)}
}

// bubble runs a story in simulated time.
func bubble(t *testing.T, story func(t *testing.T, st *station)) {
	s, v0, v1, _ := family(t)
	st := newStation(t, s, v0, v1)
	synctest.Test(t, func(t *testing.T) {
		st.t = t
		st.start(slot.Boot{Slot: slot.A, Release: "v1"})
		story(t, st)
	})
}

func TestFromOneReleaseToTheNext(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v2", "g1"), time.Minute)
		st.expect(wire.BaseReady, "")
		if got := st.whole(slot.B); got != "v2" {
			t.Fatalf("slot b holds %q; want v2", got)
		}
		v2 := st.shop.releases["v2"]
		if st.shop.asked > v2.Pack.Size/2 {
			t.Errorf("%d bytes were fetched; want much less than the %d of the whole", st.shop.asked, v2.Pack.Size)
		}
		if got, want := st.shop.asked, v2.Fetched(st.shop.knows("v1"), st.shop.open); got != want {
			t.Errorf("%d bytes were fetched; want the %d that the fleet foretells", got, want)
		}
		if got, err := os.ReadFile(filepath.Join(st.perm, "userland", v2.Userland.File.SHA256+".squashfs")); err != nil || !bytes.Equal(got, v2.userland) {
			t.Errorf("userland: %d bytes, %v; want the new one", len(got), err)
		}
		boot := st.powerOn()
		if boot.Slot != slot.B || boot.Trial != 1 {
			t.Fatalf("loader starts %+v; want b on trial", boot)
		}
		st.start(boot)
		st.expect(wire.BaseTrial, "")
		old := filepath.Join(st.perm, "userland", "old")
		for name, text := range map[string]string{".json": `{"root":"o","sha256":"old"}`, ".squashfs": "an image that no slot names"} {
			if err := os.WriteFile(old+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		st.serve(wanted("v2", "g1"), time.Minute)
		st.expect(wire.BaseHealthy, "")
		left, err := os.ReadDir(filepath.Join(st.perm, "userland"))
		if err != nil || len(left) != 4 {
			t.Errorf("userlands = %v, %v; want image and description of both slots", left, err)
		}
	})
}

// A release that was made without the running one at hand shares what the fleet
// knows the running one to consist of, by chunks, and comes whole where the fleet
// does not know it.
func TestFromAnyReleaseToAnother(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(s *shop)
		state wire.BaseStep
		why   wire.Reason
		most  int64 // of all that is fetched, in hundredths of the whole
	}{
		{"the fleet knows the running one", func(*shop) {}, wire.BaseReady, "", 60},
		{"it was retired", func(s *shop) { delete(s.releases, "v1") }, wire.BaseReady, "", 110},
		{"the line is away", func(s *shop) { s.away = "v1" }, wire.BaseChecking, wire.ReasonFetch, 0},
		{"its index is another", func(s *shop) { flip(s, s.releases["v1"].Index) }, wire.BaseChecking, wire.ReasonFetch, 110},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, st *station) {
				v2 := st.shop.releases["v2"]
				v2.From, v2.Userland.From = nil, nil
				tt.spoil(st.shop)
				st.serve(wanted("v2", ""), 10*time.Minute)
				st.expect(tt.state, tt.why)
				if whole := v2.Pack.Size + v2.Userland.Pack.Size; st.shop.asked > whole*tt.most/100 {
					t.Errorf("%d bytes were fetched; want at most %d %% of %d", st.shop.asked, tt.most, whole)
				}
				if tt.state != wire.BaseReady {
					return
				}
				if got, want := st.shop.asked, v2.Fetched(st.shop.knows("v1"), st.shop.open); got != want {
					t.Errorf("%d bytes were fetched; want the %d that the fleet foretells", got, want)
				}
				if st.whole(slot.B) != "v2" {
					t.Errorf("slot b holds %q; want v2", st.whole(slot.B))
				}
			})
		})
	}
}

// A release that does not come up is reported by the one before, with what it
// lacked, and is not tried again until somebody says so.
func TestABadReleaseComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v2", "g1"), time.Minute)
		st.start(st.powerOn())
		st.Lacks([]string{"display"})
		if err := slot.WriteEnv(st.esp(), st.env().MarkFailed(slot.B, slot.ProblemDeadline)); err != nil { // the guardian
			t.Fatal(err)
		}
		boot := st.powerOn()
		if boot.Slot != slot.A || boot.Release != "v1" {
			t.Fatalf("loader starts %+v; want v1 in a", boot)
		}
		st.start(boot)
		asked := st.shop.asked
		st.serve(wanted("v2", "g1"), 48*time.Hour)
		st.expect(wire.BaseFailed, "unhealthy:display")
		if st.shop.asked != asked || st.env().Preferred != slot.A {
			t.Error("the release was tried again; want it left alone")
		}
		st.serveAgain(nil)
		st.expect(wire.BaseIdle, "")
		st.serveAgain(wanted("v2", "g2"))
		st.expect(wire.BaseReady, "")
		if got, want := st.Left(), (update.Attempt{Release: "v2", Go: "g1"}); got != want {
			t.Errorf("after other orders Left = %+v; want %+v", got, want)
		}
		st.start(st.powerOn())
		st.serve(wanted("v2", "g2"), time.Minute)
		st.expect(wire.BaseHealthy, "")
		if got := st.Left(); got != (update.Attempt{}) {
			t.Errorf("after one that succeeded Left = %+v; want none", got)
		}
	})
}

// Nobody has told the station the time, or its battery is empty and it believes it
// is 1970, with no time server to ask: updates come, prove themselves, and stay away
// when they did not.
func TestUpdatesNeedNoClock(t *testing.T) {
	for name, clock := range map[string]time.Time{"unset": {}, "1970": time.Unix(0, 0).UTC()} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, st *station) {
				st.clock = &clock
				st.start(st.powerOn())
				st.serve(wanted("v2", "g1"), time.Minute)
				st.start(st.powerOn())
				st.serve(wanted("v2", "g1"), time.Minute)
				st.expect(wire.BaseHealthy, "")
			})
		})
	}
}

// serveAgain is another life of the same start.
func (st *station) serveAgain(want *wire.Base) {
	st.t.Helper()
	st.start(st.Boot)
	st.serve(want, time.Minute)
}

func TestComingBackSaysWhy(t *testing.T) {
	tests := []struct {
		name    string
		problem slot.Problem
		want    wire.Reason
	}{
		{"a hang or a panic", slot.ProblemDeadline, wire.ReasonHang},
		{"a torn root", slot.ProblemIntegrity, wire.ReasonVerify},
		{"drivers", slot.ProblemModules, "unhealthy:modules"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, st *station) {
				st.serve(wanted("v2", ""), time.Minute)
				st.powerOn()
				if err := slot.WriteEnv(st.esp(), st.env().MarkFailed(slot.B, tt.problem)); err != nil {
					t.Fatal(err)
				}
				st.start(st.powerOn())
				st.serve(wanted("v2", ""), time.Minute)
				st.expect(wire.BaseFailed, tt.want)
			})
		})
	}
}

// What fills the disk cannot even note that: the release before does.
func TestComingBackToAFullDisk(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v2", ""), time.Minute)
		st.powerOn()
		if err := slot.WriteEnv(st.esp(), st.env().MarkFailed(slot.B, slot.ProblemDeadline)); err != nil {
			t.Fatal(err)
		}
		st.start(st.powerOn())
		st.Full = func() bool { return true }
		st.serve(wanted("v2", ""), time.Minute)
		st.expect(wire.BaseFailed, "unhealthy:disk")
	})
}

// Somebody switches off three times: the release gets one more round, then it is
// given up.
func TestImpatienceIsNoFailure(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v2", ""), time.Minute)
		for _, want := range []wire.BaseStep{wire.BaseReady, wire.BaseFailed} {
			for range slot.MaxTries {
				if boot := st.powerOn(); boot.Slot != slot.B {
					t.Fatalf("loader starts %s before the release is %s; want b", boot.Slot, want)
				}
			}
			st.start(st.powerOn())
			st.serve(wanted("v2", ""), time.Minute)
			st.expect(want, wire.ReasonExhausted)
		}
	})
}

func TestCalledOff(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v2", ""), time.Minute)
		st.serveAgain(wanted("v1", "g9"))
		st.expect(wire.BaseHealthy, "")
		if boot := st.powerOn(); boot.Slot != slot.A {
			t.Errorf("loader starts %s; want a: the fleet wants v1", boot.Slot)
		}
	})
}

// What the other slot holds is not fetched again: a kit goes back at once.
func TestBackToWhatIsThere(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		st.serve(wanted("v0", "back"), time.Minute)
		st.expect(wire.BaseReady, "")
		if st.shop.asked != 0 {
			t.Errorf("%d bytes fetched; want none", st.shop.asked)
		}
		if boot := st.powerOn(); boot.Release != "v0" || boot.Trial != 1 {
			t.Errorf("loader starts %+v; want v0 on trial", boot)
		}
	})
}

// The line is cut all the time, at any byte.
func TestTheLineIsCut(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		n := 0
		st.shop.cut = func(_ string, _ int64, b []byte) int {
			if n++; n%3 == 0 {
				return len(b)
			}
			return len(b) * (n % 7) / 9
		}
		st.serve(wanted("v2", ""), 48*time.Hour)
		st.expect(wire.BaseReady, "")
		if got := st.whole(slot.B); got != "v2" {
			t.Errorf("slot b holds %q; want v2", got)
		}
	})
}

// A server, or a stick, that gives other bytes than were signed changes nothing.
func TestOtherBytes(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(s *shop, v2 *built)
		state wire.BaseStep
		why   wire.Reason
	}{
		{"patches: chunks do", func(s *shop, v2 *built) { flip(s, v2.From[0].Frames) }, wire.BaseReady, ""},
		{"patches and chunks", func(s *shop, v2 *built) { flip(s, v2.From[0].Frames); flip(s, v2.Pack) }, wire.BaseFailed, wire.ReasonVerify},
		{"truncated patches, chunks do", func(s *shop, v2 *built) { truncate(s, v2.From[0].Frames) }, wire.BaseFetching, wire.ReasonFetch},
		{"a truncated index", func(s *shop, v2 *built) { truncate(s, v2.Index) }, wire.BaseChecking, wire.ReasonFetch},
		{"an oversized root", func(s *shop, v2 *built) { v2.Root.Size = slot.SizeRoot + slot.BlockSize }, wire.BaseFailed, wire.ReasonMetadata},
		{"another index", func(s *shop, v2 *built) { flip(s, v2.Index) }, wire.BaseChecking, wire.ReasonFetch},
		{"nothing at all", func(s *shop, v2 *built) { delete(s.blobs, v2.From[0].Frames.SHA256) }, wire.BaseFetching, wire.ReasonFetch},
		{"no such release", func(s *shop, _ *built) { delete(s.releases, "v2") }, wire.BaseFailed, wire.ReasonUnknown},
		{"for another machine", func(s *shop, v2 *built) { v2.Arch = "m68k" }, wire.BaseFailed, wire.ReasonMetadata},
		{"a format that cannot be read", func(s *shop, v2 *built) {
			v2.Formats = []release.Format{{Name: "outbox", Oldest: 2, Newest: 2, Writes: 2}}
		}, wire.BaseFailed, wire.ReasonFormats},
		{"a format that could not be read back", func(s *shop, v2 *built) { v2.Formats[0].Newest, v2.Formats[0].Writes = 2, 2 }, wire.BaseFailed, wire.ReasonFormats},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, st *station) {
				tt.spoil(st.shop, st.shop.releases["v2"])
				before := st.disk.written
				st.serve(wanted("v2", ""), 10*time.Minute)
				st.expect(tt.state, tt.why)
				if tt.state != wire.BaseReady && (st.whole(slot.B) != "v0" || st.disk.written > before+8) {
					t.Errorf("slot b holds %q after %d sectors written; want v0 untouched", st.whole(slot.B), st.disk.written-before)
				}
			})
		})
	}
}

func truncate(s *shop, p release.Part) { s.blobs[p.SHA256] = s.blobs[p.SHA256][:p.Size/2] }

func flip(s *shop, p release.Part) {
	b := bytes.Clone(s.blobs[p.SHA256])
	for i := 0; i < len(b); i += 512 {
		b[i] ^= 0x10
	}
	s.blobs[p.SHA256] = b
}

func TestWhatHoldsAnUpdateUp(t *testing.T) {
	t.Run("a full disk, until there is room", func(t *testing.T) {
		bubble(t, func(t *testing.T, st *station) {
			free := uint64(1 << 20)
			st.Free = func(string) (uint64, error) { return free, nil }
			st.serve(wanted("v2", ""), 30*time.Minute)
			st.expect(wire.BaseFailed, wire.ReasonSpace)
			st.start(st.Boot)
			st.serve(wanted("v2", ""), 3*time.Hour)
			st.expect(wire.BaseReady, "")
		})
	})
	t.Run("a line that is paid for", func(t *testing.T) {
		bubble(t, func(t *testing.T, st *station) {
			st.Metered = func() bool { return true }
			st.serve(wanted("v2", ""), 30*time.Minute)
			st.expect(wire.BaseFetching, wire.ReasonMetered)
			allowed := wanted("v2", "")
			allowed.Metered = true
			st.start(st.Boot)
			st.Metered = func() bool { return true }
			st.serve(allowed, 30*time.Minute)
			st.expect(wire.BaseReady, "")
		})
	})
	t.Run("a guest's disk", func(t *testing.T) {
		bubble(t, func(t *testing.T, st *station) {
			st.Boot.Live = true
			st.serve(wanted("v2", ""), 30*time.Minute)
			st.expect(wire.BaseFailed, wire.ReasonLive)
		})
	})
}

// A bound on speed is kept; the time is simulated.
func TestSpeedIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		slow := wanted("v2", "")
		slow.Kbps = 8 // a kilobyte a second
		st.serve(slow, 20*time.Second)
		if st.State().State != wire.BaseFetching {
			t.Errorf("after 20 s: %s; want still fetching", st.State().State)
		}
		st.start(st.Boot)
		st.serve(slow, 5*time.Minute)
		st.expect(wire.BaseReady, "")
	})
}

// In a window, when nobody is there, the station switches by itself.
func TestSwitchInAWindow(t *testing.T) {
	bubble(t, func(t *testing.T, st *station) {
		night := []wire.Window{{From: "22:00", To: "05:00"}}
		began, restarted := time.Now(), time.Duration(0)
		st.Quiet = func(w []wire.Window) bool { return len(w) == 1 && time.Since(began) > time.Hour }
		st.Restart = func(context.Context) error { restarted = time.Since(began); return nil }
		st.serve(&wire.Base{Release: "v2", Windows: night}, 65*time.Minute)
		if restarted < time.Hour {
			t.Errorf("restarted after %v; want when it was quiet, after an hour", restarted)
		}
	})
}
