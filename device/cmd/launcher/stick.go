package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
)

// stick is the sticks of this station: display opens one and lets it go, where
// there is a display; elsewhere they are in their folder as somebody put them.
type stick struct {
	dir     string
	screens *screens
	one     chan struct{} // holds one use at a time: letting go is for all
}

// stickTurn is how long a page waits for another that uses the stick.
const stickTurn = 3 * time.Second

func newStick(dir string, s *screens) *stick {
	return &stick{dir: dir, screens: s, one: make(chan struct{}, 1)}
}

// stick returns nil where no stick can appear.
func (s *station) stick() kiosk.Stick {
	if s.sticks == nil {
		return nil
	}
	return s.sticks
}

// Use implements [kiosk.Stick].
func (k *stick) Use(ctx context.Context, does func(dir string) error) (err error) {
	if err := k.turn(ctx); err != nil {
		return err
	}
	defer func() { <-k.one }()
	if !k.screens.host.Present() {
		return kiosk.StickAt(k.dir).Use(ctx, does)
	}
	if err := k.screens.Stick(ctx, true); err != nil {
		return err
	}
	defer func() {
		if gone := k.screens.Stick(context.WithoutCancel(ctx), false); err == nil {
			err = gone // what was written may still wait
		}
	}()
	return does(k.dir)
}

// turn waits until nobody else uses the stick, and not for long: a book takes
// minutes, and a page does not.
func (k *stick) turn(ctx context.Context) error {
	late := time.NewTimer(stickTurn)
	defer late.Stop()
	select {
	case k.one <- struct{}{}:
		return nil
	case <-late.C:
		return kiosk.ErrStickBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}
