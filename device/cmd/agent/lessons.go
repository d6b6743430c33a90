package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/stock"
	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	lessonsDir  = "lessons"
	lessonsFile = "lessons.json" // of the run directory: what the launcher refused
	lessonsTime = time.Hour      // for all packs on a slow line; what came stays
	maxRefused  = 20             // lessons told one by one
)

// keepLessons brings lesson packs whenever trust data was fetched, and again when
// some are missing. Packs are large and lines slow: nothing that was signed since
// waits for them.
func (a *agent) keepLessons(ctx context.Context) error {
	return a.keepBringing(ctx, a.lessons, func(ctx context.Context) error {
		err := a.bringLessons(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("lesson packs not brought", "err", err)
		}
		return err
	})
}

// keepBringing brings at once, whenever it is asked for, and again after it failed.
func (a *agent) keepBringing(ctx context.Context, asked <-chan struct{}, bring func(context.Context) error) error {
	for {
		var again <-chan time.Time
		if err := bring(ctx); err != nil {
			again = time.After(jitter(trustRetry))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-asked:
		case <-again:
		}
	}
}

// bringLessons brings the packs that the fleet lists for this station's kit,
// from where the list came or from a stick.
func (a *agent) bringLessons(ctx context.Context) error {
	a.packs.Lock()
	defer a.packs.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lessonsTime)
	defer cancel()
	t := a.trust.Load()
	if t.Snapshot().Version == 0 {
		return nil
	}
	wanted := a.wantedPacks(t)
	client := a.client()
	defer client.CloseIdleConnections()
	s := stock.Stock{Dir: filepath.Join(a.Data, lessonsDir), Log: a.log}
	failed, err := s.Bring(ctx, public.HTTP(client, "https://"+a.server()+release.Path), wanted)
	if err == nil && len(failed) > 0 && a.Stick != "" {
		failed, err = s.Bring(ctx, public.Dir(a.Stick), wanted)
	}
	a.missing.Store(&failed)
	if ctx.Err() == nil {
		a.problems.set("lessons_missing", len(failed) > 0 || err != nil)
	}
	if link := a.link.Load(); link != nil {
		link.Kick()
	}
	for _, why := range failed {
		err = errors.Join(err, why)
	}
	return err
}

func (a *agent) wantedPacks(t *trust.Trust) []stock.Pack {
	var packs []stock.Pack
	lessons := t.Snapshot().Lessons
	for _, l := range lessons.For(a.kit()) {
		if at, err := t.Locate(l); err == nil {
			packs = append(packs, stock.Pack{Hash: l.Hash, Path: at.Path, Length: at.Length, SHA256: at.SHA256})
		}
	}
	return packs
}

// kit is the kit that the fleet last said this station belongs to.
func (a *agent) kit() string {
	d, err := a.desired()
	if err != nil {
		return ""
	}
	return d.Kit
}

// refusedLessons says which published lessons people cannot open here, and
// why, in closed names: those that could not be brought and those that the
// launcher refused. A pack put there by hand is counted without its name.
func (a *agent) refusedLessons() []string {
	var list []string
	failed := a.missing.Load()
	lessons := a.trust.Load().Snapshot().Lessons
	refused := a.refusedByLauncher()
	for _, l := range lessons.Lessons {
		why, bad := refused[l.Hash]
		if failed != nil && (*failed)[l.Hash] != nil {
			why, bad = reasonMissing((*failed)[l.Hash]), true
		}
		if bad && len(list) < maxRefused {
			list = append(list, "lesson_"+why+":"+l.ID)
		}
	}
	if slices.Contains(a.problems.list(), "books_missing") {
		list = append(list, "books_missing")
	}
	if _, ok := refused[""]; ok {
		list = append(list, "lesson_local")
	}
	return list
}

func reasonMissing(err error) string {
	switch {
	case errors.Is(err, stock.ErrFull):
		return "disk_full"
	case errors.Is(err, stock.ErrMismatch):
		return "mismatch"
	}
	return "missing"
}

// refusedByLauncher reads why the launcher shows some packs to nobody, by the
// hash that names them; "" stands for those named otherwise.
func (a *agent) refusedByLauncher() map[string]string {
	refused := map[string]string{}
	b, err := os.ReadFile(filepath.Join(a.Run, lessonsFile))
	if err != nil || len(b) > 64<<10 || json.Unmarshal(b, &refused) != nil {
		return nil
	}
	return refused
}
