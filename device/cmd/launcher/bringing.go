package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/stock"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

const (
	bringTime = 2 * time.Hour    // for a book on a slow stick
	saidFor   = 10 * time.Minute // what came of it stays on the page
)

// stationLimits are what a machine of 1 GB that shows pages meanwhile can make a
// book of; larger collections come as books made on a desk.
var stationLimits = book.Importer{Limits: zim.Limits{Entries: 200_000, Cluster: 64 << 20}, Worded: 10_000, Spare: stock.Reserve}

// bringing brings books from a stick, one at a time.
type bringing struct {
	shelf *book.Shelf
	stick kiosk.Stick // nil: none can be plugged in
	how   book.Importer
	log   *slog.Logger

	begin chan string
	mu    sync.Mutex
	now   kiosk.Bringing
	ended time.Time
	stop  context.CancelFunc // nil before it has begun
	stops bool               // somebody has said so
}

func newBringing(shelf *book.Shelf, stick kiosk.Stick, log *slog.Logger) *bringing {
	return &bringing{shelf: shelf, stick: stick, how: stationLimits, log: log, begin: make(chan string, 1)}
}

// Begin implements [kiosk.Bringer].
func (b *bringing) Begin(name string) {
	b.change(func(now *kiosk.Bringing) {
		if !now.Running && b.stick != nil {
			*now, b.stops = kiosk.Bringing{Begun: true, Running: true}, false
			b.begin <- name
		}
	})
}

// Stop implements [kiosk.Bringer].
func (b *bringing) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stops = true
	if b.stop != nil {
		b.stop()
	}
}

// Bringing implements [kiosk.Bringer].
func (b *bringing) Bringing() kiosk.Bringing {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.now.Running && time.Since(b.ended) > saidFor {
		return kiosk.Bringing{}
	}
	return b.now
}

// Offers implements [kiosk.Bringer].
func (b *bringing) Offers(dir string) []book.Offer { return b.how.Offers(dir) }

// Free implements [kiosk.Bringer].
func (b *bringing) Free() (int64, error) {
	if err := os.MkdirAll(b.shelf.Dir, 0o700); err != nil {
		return 0, err
	}
	free, err := importer.Free(b.shelf.Dir)
	return max(free-b.how.Spare, 0), err
}

func (b *bringing) change(amend func(*kiosk.Bringing)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	amend(&b.now)
}

// Run brings books until ctx is done.
func (b *bringing) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case name := <-b.begin:
			b.one(ctx, name)
		}
	}
}

func (b *bringing) one(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, bringTime)
	defer cancel()
	b.change(func(*kiosk.Bringing) {
		if b.stop = cancel; b.stops {
			cancel()
		}
	})
	giveBack() // a book that was removed leaves its room when nobody reads in it
	var r importer.Report
	err := b.stick.Use(ctx, func(dir string) (err error) {
		r, err = b.from(ctx, dir, name)
		return err
	})
	if err != nil {
		b.log.Info("book not brought", "err", plain(err))
		r = importer.Report{}
	} else {
		b.log.Info("book brought", "pages", r.Pages)
	}
	b.change(func(now *kiosk.Bringing) {
		now.Running, now.Problem, now.Title = false, err, r.Title
		b.stop, b.ended = nil, time.Now()
	})
	giveBack()
}

// from brings a file that the stick offers, and no other.
func (b *bringing) from(ctx context.Context, dir, name string) (importer.Report, error) {
	how := b.how
	how.Seen = func(done, total int64) {
		b.change(func(now *kiosk.Bringing) { now.Done, now.Total = done, total })
	}
	switch {
	case !slices.ContainsFunc(how.Offers(dir), func(o book.Offer) bool { return o.Name == name }):
		return importer.Report{}, fs.ErrNotExist
	case len(b.shelf.Books()) >= book.MaxBooks:
		return importer.Report{}, book.ErrFull
	}
	return how.Bring(ctx, filepath.Join(dir, filepath.FromSlash(name)), b.shelf.Dir)
}

// plain leaves the names of somebody's files out of a log.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
