package uplink_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// progress waits until the fleet was told a status of a job.
func (f *fleet) progress(id, status string) wire.Progress {
	f.t.Helper()
	var p wire.Progress
	f.until(id+" is "+status, func() bool {
		p = wire.Progress{}
		return f.last(wire.KindProgress, &p) && p.ID == id && p.Status == status
	})
	return p
}

func (f *fleet) order(id string, kind wire.JobKind) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.tell(wire.KindTime, &wire.Time{Now: now})
	f.tell(wire.KindJob, &wire.Job{ID: id, Kind: kind, Expires: now.Add(14 * 24 * time.Hour)})
}

func TestAReceiptIsToldBeforeWhatComesAfter(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	after := make(chan struct{})
	k.tune = func(c *uplink.Config) {
		c.Do = func(context.Context, wire.Job) (uplink.Done, error) {
			return uplink.Done{Receipt: &wire.Receipt{Text: "{}", Sig: make([]byte, 64)}, After: func() { close(after) }}, nil
		}
	}
	k.startAgent()
	f.order("w1", wire.JobWipe)
	<-after
	if p := f.progress("w1", "done"); p.Receipt == nil || p.Receipt.Text != "{}" {
		t.Errorf("progress = %+v; want its receipt", p)
	}
}

func TestAFailureHasAReason(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.tune = func(c *uplink.Config) {
		c.Do = func(context.Context, wire.Job) (uplink.Done, error) {
			return uplink.Done{After: func() { t.Error("After was called; want not after a failure") }}, &uplink.Failure{Reason: wire.ReasonDisk, Err: errors.New("no room")}
		}
	}
	k.startAgent()
	f.order("r1", wire.JobRestart)
	if p := f.progress("r1", "failed"); p.Reason != wire.ReasonDisk {
		t.Errorf("reason = %q; want %q", p.Reason, wire.ReasonDisk)
	}
}

// An order that waits is not given up when the connection is, and one that the
// power cut begins again when that is harmless.
func TestAnOrderThatWaitsOutlivesConnectionsAndCuts(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	begun, free := make(chan time.Duration, 4), make(chan struct{})
	k.tune = func(c *uplink.Config) {
		c.Do = func(ctx context.Context, _ wire.Job) (uplink.Done, error) {
			end, _ := ctx.Deadline()
			begun <- time.Until(end)
			select {
			case <-free:
				return uplink.Done{}, nil
			case <-ctx.Done():
				return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonBusy}
			}
		}
	}
	k.startAgent()
	f.order("w1", wire.JobWipe)
	if limit := <-begun; limit < 13*24*time.Hour {
		t.Errorf("time to wait = %v; want until the order expires", limit)
	}
	f.progress("w1", "accepted")
	f.cut() // the connection; the order comes again with the next
	f.until("connected again", func() bool { var s wire.State; return f.last(wire.KindState, &s) && s.Online })
	k.stopAgent()
	k.startAgent()
	f.order("w1", wire.JobWipe)
	<-begun
	close(free)
	f.progress("w1", "done")
	if len(begun) != 0 {
		t.Errorf("begun %d times more; want once in each life", len(begun))
	}
}
