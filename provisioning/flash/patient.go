package flash

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long one transfer may take. Cheap sticks tidy up for half a
// minute now and then.
const patience = 2 * time.Minute

// patient is a target that gives up: on a medium that does not answer, and when
// ctx is done. A transfer given up may still be under way, in a kernel that
// cannot be interrupted: its buffer is left to it.
type patient struct {
	Target
	ctx context.Context
}

func (p patient) within(act func() error) error {
	done := make(chan error, 1)
	go func() { done <- act() }()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case err := <-done:
		return p.kind(err)
	case <-t.C:
		return fail(KindStuck, nil)
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// kind tells a medium that went away from one that fails.
func (p patient) kind(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOMEDIUM), errors.Is(err, unix.ESTALE):
		return fail(KindPulled, err)
	case errors.Is(err, unix.EROFS), errors.Is(err, unix.EPERM):
		return fail(KindReadOnly, err)
	case p.Gone():
		return fail(KindPulled, err)
	}
	return fail(KindMedium, err)
}

func (p patient) write(b []byte, off int64) error {
	return p.within(func() error { _, err := p.WriteAt(b, off); return err })
}

func (p patient) read(b []byte, off int64) error {
	return p.within(func() error { _, err := p.ReadAt(b, off); return err })
}

func (p patient) sync() error { return p.within(p.Sync) }

func (p patient) zero(off, n int64) (bool, error) {
	var done atomic.Bool // may be said after nobody waits any more
	err := p.within(func() error {
		did, err := p.Zero(off, n)
		done.Store(did)
		return err
	})
	return done.Load() && err == nil, err
}
