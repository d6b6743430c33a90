package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/network/places"
	"github.com/mallette-kit/mallette/device/network/wpa"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const (
	startTime = 15 * time.Second // for wpa_supplicant to open its socket
	again     = 5 * time.Second  // before what has ended is started again
	poll      = time.Second      // where the kernel does not say that a socket was opened
)

// radio is the Wi-Fi adapter and the program that drives it. A machine with
// several uses the first.
type radio struct {
	log     *slog.Logger
	book    *places.Book
	changed func() // something to tell
	dir     string // of the control sockets
	driver  string
	country string
	start   func(ctx context.Context, global string) (<-chan error, error) // starts wpa_supplicant
	dialer  wpa.Dialer

	joining sync.Mutex    // one person at a time joins
	renamed chan struct{} // another adapter, or none

	mu      sync.Mutex
	name    string      // of the interface; "": none
	socket  *wpa.Socket // nil while nothing drives it
	ids     map[string]int
	heard   []wpa.Heard
	refused map[int]bool // by number: the secret was not accepted
	joined  string
	since   time.Time // when joining last began
	ears    map[chan wpa.Event]bool
}

func newRadio(k *keeper) *radio {
	r := &radio{log: k.log, book: k.book, changed: func() { k.tell() }, dir: filepath.Join(k.Run, "wpa"), driver: k.Driver,
		country: k.Country, renamed: make(chan struct{}, 1), ids: map[string]int{}, refused: map[int]bool{}, ears: map[chan wpa.Event]bool{}}
	if k.WiFiRoot != "" {
		r.start = userland{k.WiFiRoot, k.log}.start
	}
	return r
}

// use says which interface is the radio.
func (r *radio) use(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.name != name {
		r.name = name
		kick(r.renamed)
	}
}

func (r *radio) adapter() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.name
}

// run drives whatever radio there is until ctx is done. Without a program for
// it, it waits: cables work all the same.
func (r *radio) run(ctx context.Context) error {
	if r.start == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	for {
		for r.adapter() == "" {
			if !wait(ctx, time.Hour, r.renamed) {
				return ctx.Err()
			}
		}
		if err := r.serve(ctx); ctx.Err() == nil {
			r.log.Warn("wifi program ended", "err", err)
		}
		if !wait(ctx, again, nil) {
			return ctx.Err()
		}
	}
}

// serve starts the program and drives radios with it until it ends.
func (r *radio) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("start wifi: %w", err)
	}
	global := filepath.Join(r.dir, "global")
	os.Remove(global) // left by one that was killed
	ended, err := r.start(ctx, global)
	if err != nil {
		return fmt.Errorf("start wifi: %w", err)
	}
	defer func() { cancel(); <-ended }()
	socket, err := r.await(ctx, global)
	if err != nil {
		return err
	}
	defer socket.Close()
	return r.drive(ctx, socket)
}

// await dials until the program has opened its socket.
func (r *radio) await(ctx context.Context, path string) (*wpa.Socket, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var socket *wpa.Socket
	var err error
	open := watch.Until(ctx, filepath.Dir(path), watch.Nodes, poll, func() bool {
		socket, err = r.dialer.Dial(path)
		return err == nil
	})
	if !open {
		return nil, errors.Join(err, ctx.Err())
	}
	return socket, nil
}

// drive takes one adapter after the other.
func (r *radio) drive(ctx context.Context, global *wpa.Socket) error {
	for {
		name := r.adapter()
		if name == "" {
			if !wait(ctx, time.Hour, r.renamed) {
				return ctx.Err()
			}
			continue
		}
		os.Remove(filepath.Join(r.dir, name))
		if err := global.AddInterface(ctx, name, r.driver, r.dir); err != nil {
			return fmt.Errorf("drive wifi: %w", err)
		}
		if err := r.listen(ctx, name); ctx.Err() != nil || r.adapter() == name {
			return err
		}
	}
}

// listen tells the program the known places and follows what happens until
// the interface is gone.
func (r *radio) listen(ctx context.Context, name string) error {
	path := filepath.Join(r.dir, name)
	socket, err := r.await(ctx, path)
	if err != nil {
		return err
	}
	defer socket.Close()
	ears, err := r.dialer.Dial(path)
	if err != nil {
		return err
	}
	defer ears.Close()
	if err := ears.Attach(ctx); err != nil {
		return err
	}
	if err := r.teach(ctx, socket); err != nil {
		return err
	}
	defer r.lost()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return ears.Events(ctx, func(e wpa.Event) {
		r.hear(ctx, e)
		if e.Name == wpa.EventEnding {
			cancel()
		}
	})
}

// teach tells the program every place; the one joined last is preferred.
func (r *radio) teach(ctx context.Context, socket *wpa.Socket) error {
	if err := socket.SetCountry(ctx, r.country); err != nil {
		r.log.Info("radio rules not set", "err", err)
	}
	ids, all := map[string]int{}, r.book.All()
	for i, p := range all {
		id, err := socket.Add(ctx, wpa.Network{Name: p.Name, Secret: p.Secret, Priority: len(all) - i})
		if errors.Is(err, wpa.ErrForm) {
			continue // of an older release, or damaged by hand
		}
		if err != nil {
			return fmt.Errorf("teach wifi: %w", err)
		}
		ids[p.Name] = id
	}
	if len(ids) > 0 {
		if err := socket.EnableAll(ctx); err != nil {
			return fmt.Errorf("teach wifi: %w", err)
		}
	}
	r.mu.Lock()
	r.socket, r.ids, r.refused, r.since = socket, ids, map[int]bool{}, time.Now()
	r.mu.Unlock()
	r.log.Info("wifi driven", "known", len(ids))
	r.changed()
	return nil
}

func (r *radio) lost() {
	r.mu.Lock()
	r.socket, r.joined, r.heard = nil, "", nil
	r.mu.Unlock()
	r.changed()
}
