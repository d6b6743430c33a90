package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/durable"
	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/update"
)

const (
	ballastFile = ".ballast"
	ballastSize = 32 << 20
	looksAtRoom = time.Minute
)

// keepRoom drops the ballast when the disk takes no file any more, and holds it
// again when there is plenty. A release on trial may not touch it: should it be
// what fills the disk, the one before needs the room to say so.
func (a *agent) keepRoom(ctx context.Context) error {
	if a.boot == nil || !a.mayTouchRoom(ctx) {
		<-ctx.Done()
		return ctx.Err()
	}
	every := time.NewTicker(looksAtRoom)
	defer every.Stop()
	for {
		a.makeRoom(ctx)
		select {
		case <-every.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// mayTouchRoom waits for a trial's success.
func (a *agent) mayTouchRoom(ctx context.Context) bool {
	if a.boot.Trial == 0 {
		return true
	}
	select {
	case <-a.good:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *agent) makeRoom(ctx context.Context) {
	ballast := durable.Ballast{File: filepath.Join(a.Data, ballastFile), Size: ballastSize}
	free, err := freeBytes(a.Data)
	switch {
	case !health.Writable(a.Data).Met(ctx):
		a.full.Store(true)
		a.log.Warn("disk is full or takes no file")
		err = ballast.Drop()
	case err == nil && free > update.Reserve:
		err = ballast.Hold()
	}
	if err != nil {
		a.log.Warn("room on the disk not kept", "err", err)
	}
}
