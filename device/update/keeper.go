// Package update moves a station from one base release to the next, and back by
// itself when that is no good.
//
// [Machine] follows what the fleet wants: it looks whether there is room, brings
// what is missing (from the running slot for nothing, by patches, by chunks),
// proves that it makes the release, and only then marks the slot that does not
// run invalid, writes it, reads it back whole and arms it. The loader tries it at
// the next power-on, or in a quiet moment of a window.
//
// [Keeper] marks the slot that was started good once the start has proved healthy:
// its counter is full again, and a trial has succeeded. Until then the loader
// counts, and the guardian of the first program bounds a trial. What became of a
// release is told by the slot that runs afterwards.
//
//	checking → fetching → ready → (trial) → healthy
//	                ↘ failed ←──────┘
//
// Whether the station is healthy is somebody else's judgement (device/health), and
// who may say what is a release provisioning/release's. The running slot is never
// written; no state is lost by a power cut at any moment.
package update

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Times of a [Keeper] whose fields are zero.
const (
	defaultFor   = 15 * time.Second
	defaultEvery = 2 * time.Second
)

// Keeper marks the running slot good.
type Keeper struct {
	Boot    slot.Boot
	Missing func(context.Context) []string // what the start still lacks, nothing when it is healthy
	Log     *slog.Logger

	// GivenUp is told of the other slot when it will not be tried again, and
	// why. It may be nil.
	GivenUp func(slot.ID, slot.Problem)

	// Marked is told the loader's memory once the slot was marked good. It may be
	// nil.
	Marked func(slot.Env)

	Node  string        // of the boot partition; "": the one of Boot
	For   time.Duration // how long the start has to stay healthy; 0: 15 s
	Every time.Duration // how often it is asked; 0: 2 s
}

// Run waits until the start has been healthy for a while, marks the slot good
// and waits for the end: once a start is enough. A disk that takes no writes is
// tried again later.
func (k Keeper) Run(ctx context.Context) error {
	k = k.defaults()
	if err := k.healthy(ctx); err != nil {
		return err
	}
	for {
		err := k.mark()
		if err == nil {
			break
		}
		k.Log.Warn("slot not marked good", "err", err)
		if !sleep(ctx, 15*k.Every) {
			return ctx.Err()
		}
	}
	k.Log.Info("slot marked good", "slot", string(k.Boot.Slot), "trial", k.Boot.Trial)
	<-ctx.Done()
	return ctx.Err()
}

func (k Keeper) defaults() Keeper {
	if k.For == 0 {
		k.For = defaultFor
	}
	if k.Every == 0 {
		k.Every = defaultEvery
	}
	if k.Node == "" {
		k.Node = k.Boot.Partition(slot.PartitionESP)
	}
	return k
}

// healthy returns when nothing has been missing for long enough.
func (k Keeper) healthy(ctx context.Context) error {
	var last string
	for good := time.Duration(0); good < k.For; good += k.Every {
		if missing := k.Missing(ctx); len(missing) > 0 {
			good = -k.Every
			if now := fmt.Sprint(missing); now != last {
				k.Log.Info("start is not healthy yet", "missing", missing)
				last = now
			}
		}
		if !sleep(ctx, k.Every) {
			return ctx.Err()
		}
	}
	return nil
}

func (k Keeper) mark() (err error) {
	f, err := os.OpenFile(k.Node, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("mark slot good: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	esp, err := slot.OpenESP(f)
	if err != nil {
		return fmt.Errorf("mark slot good: %w", err)
	}
	env, _, err := slot.ReadEnv(esp)
	if errors.Is(err, slot.ErrEnv) {
		env, err = slot.NewEnv(), nil
	}
	if err != nil {
		return fmt.Errorf("mark slot good: %w", err)
	}
	env = env.MarkGood(k.Boot.Slot).Settle(k.Boot.Slot)
	if err := slot.WriteEnv(esp, env); err != nil {
		return fmt.Errorf("mark slot good: %w", err)
	}
	if k.Marked != nil {
		k.Marked(env)
	}
	if id, why := env.GivenUp(); id != slot.None && k.GivenUp != nil {
		k.GivenUp(id, why)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
