package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

const (
	lesson   = "souris"
	steps    = 4    // of the lesson, read in turn
	rounds   = 5    // of which the median counts
	pages    = 1500 // a round
	together = 8    // browsers
	visits   = 40   // sessions begun
)

// lessons reads pages of a lesson at a station and the same pages from
// kiwix-serve, with as many browsers and without compression.
func lessons(ctx context.Context, s *stand) (list []figure, err error) {
	h, err := s.openHouse(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	v := newVisitor(h.station.Kiosk())
	defer v.leave()
	weight, err := homeWeight(ctx, v)
	if err != nil {
		return nil, err
	}
	begun, err := firstSteps(ctx, v)
	if err != nil {
		return nil, err
	}
	read, err := besideKiwix(ctx, s, h.station, v)
	return append(append(read, begun), weight...), err
}

// firstSteps is how long a person waits from "commencer" to the first step.
func firstSteps(ctx context.Context, v *visitor) (figure, error) {
	var took []float64
	for range visits {
		if _, err := v.open(ctx, "/"); err != nil {
			return figure{}, err
		}
		began := time.Now()
		if err := begin(ctx, v); err != nil {
			return figure{}, err
		}
		took = append(took, milliseconds(time.Since(began)))
		if _, err := v.send(ctx, "/session/fin", nil); err != nil {
			return figure{}, err
		}
	}
	return plain("session_first_step_p95", percentile(took, 95), "ms"), nil
}

func begin(ctx context.Context, v *visitor) error {
	if _, err := v.send(ctx, "/session/debut", nil); err != nil {
		return err
	}
	if _, err := v.open(ctx, "/lecon/"+lesson); err != nil {
		return err
	}
	_, err := v.send(ctx, "/lecon/"+lesson+"/commencer", nil)
	return err
}

func step(n int) string { return fmt.Sprintf("/lecon/%s/etape/%d", lesson, n) }

// turning reads the steps in turn.
func turning(page func(int) string) func(int) string {
	return func(i int) string { return page(i%steps + 1) }
}

// besideKiwix packs the pages that the station shows and compares it with
// kiwix-serve as it is installed, and without the bar that it adds to a page.
func besideKiwix(ctx context.Context, s *stand, station *stage.Station, v *visitor) (list []figure, err error) {
	if _, err := v.open(ctx, "/"); err != nil {
		return nil, err
	}
	if err := begin(ctx, v); err != nil {
		return nil, err
	}
	var content []string
	for n := range steps {
		page, err := v.open(ctx, step(n+1))
		if err != nil {
			return nil, err
		}
		content = append(content, page)
	}
	pack, err := packed(ctx, s, content)
	if err != nil {
		return nil, err
	}
	installed, err := beside(ctx, "lesson", station, v, pack)
	if err != nil {
		return nil, err
	}
	bare, err := beside(ctx, "lesson_bare", station, v, pack, "--nosearchbar", "--nolibrarybutton")
	return append(installed, bare...), err
}

// beside reads the pages of the station and of kiwix-serve in turn.
func beside(ctx context.Context, name string, station *stage.Station, v *visitor, pack string, settings ...string) (list []figure, err error) {
	k, err := startKiwix(ctx, pack, kiwixStep(1), settings...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(ctx, k.Program)) }()
	theirs := newVisitor(k.base)
	defer theirs.leave()
	var runs []figure
	for range rounds {
		a, err := read(ctx, station.Launcher, v, turning(step))
		if err != nil {
			return nil, err
		}
		b, err := read(ctx, k.Program, theirs, turning(kiwixStep))
		if err != nil {
			return nil, fmt.Errorf("kiwix-serve: %w", err)
		}
		runs = append(runs,
			compared(name+"_page_cpu", a.cpu, "us/page", b.cpu),
			compared(name+"_pages", a.rate, "pages/s", b.rate),
			compared(name+"_memory", a.memory, "MB", b.memory))
	}
	return medians(runs), nil
}

// reading is what it cost a server to be read.
type reading struct{ cpu, rate, memory float64 }

func read(ctx context.Context, server *stage.Program, v *visitor, page func(int) string) (reading, error) {
	before, err := cpu(server)
	if err != nil {
		return reading{}, err
	}
	began := time.Now()
	if err := v.readMany(ctx, page); err != nil {
		return reading{}, err
	}
	took := time.Since(began)
	after, err := cpu(server)
	if err != nil {
		return reading{}, err
	}
	memory, err := resident(server)
	return reading{float64((after - before).Microseconds()) / pages, pages / took.Seconds(), memory / mega}, err
}

// readMany reads pages by their number, with several browsers at once.
func (v *visitor) readMany(ctx context.Context, page func(int) string) error {
	failed := make(chan error, together)
	var browsers sync.WaitGroup
	for b := range together {
		browsers.Go(func() {
			for i := b; i < pages; i += together {
				if err := v.fetch(ctx, page(i)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	browsers.Wait()
	close(failed)
	return <-failed
}

// fetch asks for a page and reads it; anything but the page is an error.
func (v *visitor) fetch(ctx context.Context, path string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	if v.reads != "" {
		q.Header.Set("Accept-Encoding", v.reads)
	}
	answer, err := v.client.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != path {
		return fmt.Errorf("GET %s: %s at %s", path, answer.Status, answer.Request.URL.Path)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
