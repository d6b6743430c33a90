package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

const (
	ballastFile = ".ballast"
	ballastSize = 32 << 20
	looksAtRoom = time.Minute
	scarce      = 1 << 20 // bytes free, below which it is tried whether a file still fits
)

// room keeps something back for the day the disk is full.
type room struct {
	durable.Ballast
	dir    string
	plenty uint64 // bytes free, from which on the ballast is held
	log    *slog.Logger
}

// keepRoom drops the ballast when the disk takes no file any more, and holds it
// again when there is plenty. A release on trial may not touch it: should it be
// what fills the disk, the one before needs the room to say so.
func (a *agent) keepRoom(ctx context.Context) error {
	if a.boot == nil || !a.mayTouchRoom(ctx) {
		<-ctx.Done()
		return ctx.Err()
	}
	r := room{durable.Ballast{File: filepath.Join(a.Data, ballastFile), Size: ballastSize}, a.Data, update.Reserve, a.log}
	every := time.NewTicker(looksAtRoom)
	defer every.Stop()
	for {
		if r.look(ctx) {
			a.full.Store(true)
		}
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

// look reports whether the disk was full.
func (r room) look(ctx context.Context) (full bool) {
	free, err := freeBytes(r.dir)
	switch {
	case err != nil:
	case free < scarce && !health.Writable(r.dir).Met(ctx):
		r.log.Warn("disk is full")
		full, err = true, r.Drop()
	case free >= r.plenty:
		err = r.Hold()
	}
	if err != nil {
		r.log.Warn("room on the disk not kept", "err", err)
	}
	return full
}
