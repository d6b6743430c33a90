package update_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// keep runs a keeper until it has asked often enough or its log says that the
// slot was marked, and returns the loader's memory.
func keep(t *testing.T, image string, boot slot.Boot, missing func(asked int64) []string, enough int64) slot.Env {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	k := update.Keeper{Boot: boot, Node: image, For: 3 * time.Millisecond, Every: time.Millisecond,
		Log: slog.New(ends{slog.NewTextHandler(io.Discard, nil), cancel}),
		Missing: func(context.Context) []string {
			n := asked.Add(1)
			if n > enough {
				cancel()
			}
			return missing(n)
		}}
	if err := k.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want context canceled", err)
	}
	return slottest.Env(t, image)
}

// ends calls a function when the slot was marked good.
type ends struct {
	slog.Handler
	then func()
}

func (e ends) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "slot marked good" {
		e.then()
	}
	return e.Handler.Handle(ctx, r)
}

func TestTrialSucceeds(t *testing.T) {
	image := slottest.ESP(t)
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	slottest.Change(t, image, started)
	env := keep(t, image, slot.Boot{Slot: slot.B, Trial: 1}, func(asked int64) []string {
		if asked < 5 {
			return []string{"display"}
		}
		return nil
	}, 1000)
	if env.Trial != slot.None || env.Good != slot.B || env.B.Tries != slot.MaxTries || env.Preferred != slot.B {
		t.Errorf("env = %+v; want b good, no trial, counter full", env)
	}
}

func TestUnhealthyIsNeverMarked(t *testing.T) {
	image := slottest.ESP(t)
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	slottest.Change(t, image, started)
	env := keep(t, image, slot.Boot{Slot: slot.B, Trial: 1}, func(asked int64) []string {
		if asked%3 == 0 { // healthy for a moment now and then
			return []string{"launcher"}
		}
		return nil
	}, 60)
	if env.Trial != slot.B || env.B.Tries != slot.MaxTries-1 {
		t.Errorf("env = %+v; want b still on trial, one try used", env)
	}
}

func TestOldSlotGivesUpTheNew(t *testing.T) {
	image := slottest.ESP(t)
	slottest.Change(t, image, slot.NewEnv().Arm(slot.B).MarkFailed(slot.B, slot.ProblemDeadline))
	env := keep(t, image, slot.Boot{Slot: slot.A}, func(int64) []string { return nil }, 1000)
	if id, why := env.GivenUp(); id != slot.B || why != slot.ProblemDeadline || env.Preferred != slot.A {
		t.Errorf("GivenUp = %q, %q, preferred %q; want b, deadline, a", id, why, env.Preferred)
	}
}

func TestDamagedMemoryIsWrittenAnew(t *testing.T) {
	image := slottest.ESP(t)
	esp := slottest.Open(t, image)
	for _, name := range []string{slot.FileEnv, slot.FileEnvSpare} {
		f, err := esp.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(make([]byte, slot.SizeEnv), 0); err != nil {
			t.Fatal(err)
		}
	}
	env := keep(t, image, slot.Boot{Slot: slot.B}, func(int64) []string { return nil }, 1000)
	if env.Good != slot.B {
		t.Errorf("Good = %q; want b", env.Good)
	}
}

func TestNoBootPartition(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	k := update.Keeper{Boot: slot.Boot{Slot: slot.A}, Node: filepath.Join(t.TempDir(), "gone"), For: time.Millisecond, Every: time.Millisecond,
		Log: slog.New(slog.DiscardHandler), Missing: func(context.Context) []string { return nil }}
	if err := k.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run = %v; want deadline exceeded", err)
	}
	if _, err := os.Stat(k.Node); err == nil {
		t.Error("a boot partition was made; want none")
	}
}
