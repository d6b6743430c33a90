package kiosk

import (
	"context"
	"os"
)

// Stick is somebody's USB stick at the station. It is safe for concurrent use.
type Stick interface {
	// Use opens the stick, hands its folder to does and lets the stick go: when
	// it returns nil, the person may pull it out. It fails with [ErrNoStick],
	// [ErrStickUnread] and [ErrStickBusy], and with what does returns.
	Use(ctx context.Context, does func(dir string) error) error
}

// StickAt is a stick that somebody else opens and lets go at this folder.
type StickAt string

// Use implements [Stick].
func (s StickAt) Use(_ context.Context, does func(dir string) error) error {
	if info, err := os.Stat(string(s)); err != nil || !info.IsDir() {
		return ErrNoStick
	}
	return does(string(s))
}

// lookAt hands the folder of a stick to does when there is one that can be
// read: somebody without a stick misses nothing.
func lookAt(ctx context.Context, s Stick, does func(dir string)) {
	if s != nil {
		_ = s.Use(ctx, func(dir string) error { does(dir); return nil })
	}
}
