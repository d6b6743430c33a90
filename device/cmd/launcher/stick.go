package main

import (
	"context"
	"sync"

	"github.com/mallette-kit/mallette/device/kiosk"
)

// stick is the sticks of this station: display opens one and lets it go, where
// there is a display; elsewhere they are in their folder as somebody put them.
type stick struct {
	dir     string
	screens *screens
	one     sync.Mutex // one use at a time: letting go is for all
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
	k.one.Lock()
	defer k.one.Unlock()
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
