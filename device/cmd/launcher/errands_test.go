package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/kiosk"
)

// done waits for the end of an errand.
func (e *errands) done(t *testing.T) kiosk.Errand {
	t.Helper()
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		if now := e.Errand(); !now.Running {
			return now
		}
		if t.Context().Err() != nil {
			t.Fatal("errand has no end")
		}
	}
}

func TestAnErrand(t *testing.T) {
	run, dir := t.TempDir(), t.TempDir()
	unsealed := errors.Join(carry.ErrNoRecipient)
	var left []error
	e := &errands{stick: kiosk.StickAt(dir), run: run, log: slog.New(slog.DiscardHandler), begin: make(chan struct{}, 1),
		leave: func(_ context.Context, at string) (carry.Load, error) {
			if at != dir {
				t.Errorf("records left in %s; want %s", at, dir)
			}
			left = append(left, unsealed)
			if len(left) == 1 {
				return carry.Load{}, unsealed // the stick tells whom to seal to
			}
			return carry.Load{Records: 2}, nil
		}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	e.Begin()
	e.Begin() // twice is once
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		if v, ok := carry.Asked(run); ok {
			if err := carry.Tell(run, carry.Found{ID: v.ID, Done: true, Copy: carry.CopyTaken}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	now := e.done(t)
	if now.Problem != nil || now.Left != nil || now.Load.Records != 2 || now.Found.Copy != carry.CopyTaken {
		t.Errorf("errand = %+v; want taken, with two records left", now)
	}
	if _, ok := carry.Asked(run); ok {
		t.Error("the agent is still asked after the end")
	}
	e.stick = kiosk.StickAt(dir + "/none")
	e.Begin()
	if now := e.done(t); !errors.Is(now.Problem, kiosk.ErrNoStick) {
		t.Errorf("errand without a stick = %+v; want %v", now, kiosk.ErrNoStick)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
}
