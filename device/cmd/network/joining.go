package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/places"
	"github.com/mallette-kit/mallette/device/network/wpa"
)

const (
	joinTime = 25 * time.Second // for a Wi-Fi to say yes or no
	scanTime = 12 * time.Second
	fewNoes  = 3 // scans that did not find it, before it is out of range
)

// Places implements [network.Keeper].
func (k *keeper) Places(ctx context.Context, rescan bool) ([]network.Place, error) {
	if rescan {
		if err := k.radio.rescan(ctx); err != nil {
			return nil, err
		}
	}
	return k.radio.list(), nil
}

// list is what is heard, the strongest first, then what is known and not heard.
func (r *radio) list() []network.Place {
	known := r.book.All()
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []network.Place
	for _, h := range r.heard {
		list = append(list, network.Place{Name: h.Name, Signal: h.Signal, Security: securityOf(h.Flags), Joined: h.Name == r.joined,
			Known: slices.ContainsFunc(known, func(p places.Place) bool { return p.Name == h.Name })})
	}
	for _, p := range known {
		if isHeard(r.heard, p.Name) {
			continue
		}
		security := network.Open
		if p.Secret != "" {
			security = network.Secret
		}
		list = append(list, network.Place{Name: p.Name, Security: security, Known: true, Joined: p.Name == r.joined})
	}
	return list
}

// rescan listens anew and waits for the end of it.
func (r *radio) rescan(ctx context.Context) error {
	socket, ok := r.driven()
	if !ok {
		return network.ErrNoRadio
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	ear, hush := r.ear()
	defer hush()
	if err := socket.Scan(ctx); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil // what was heard before is shown
		case e := <-ear:
			if e.Name == wpa.EventHeard || e.Name == wpa.EventDeaf {
				return nil
			}
		}
	}
}

// ear hears events until hush is called.
func (r *radio) ear() (ear chan wpa.Event, hush func()) {
	ear = make(chan wpa.Event, 64)
	r.note(func() { r.ears[ear] = true })
	return ear, func() { r.note(func() { delete(r.ears, ear) }) }
}

// Join implements [network.Keeper].
func (k *keeper) Join(ctx context.Context, name, secret string) error {
	p := places.Place{Name: name, Secret: secret}
	if known, ok := k.book.Find(name); ok && secret == "" {
		p = known
	}
	if err := k.radio.join(ctx, p); err != nil {
		return err
	}
	if err := k.book.Keep(p); err != nil {
		k.log.Error("wifi place not kept", "err", err)
		return network.ErrFull
	}
	k.log.Info("wifi joined")
	kick(k.look)
	return nil
}

// join joins a place and nothing else until it has answered; then the others
// are allowed again.
func (r *radio) join(ctx context.Context, p places.Place) error {
	r.joining.Lock()
	defer r.joining.Unlock()
	socket, ok := r.driven()
	if !ok {
		return network.ErrNoRadio
	}
	if err := r.supported(p); err != nil {
		return err
	}
	id, err := socket.Add(ctx, wpa.Network{Name: p.Name, Secret: p.Secret, Priority: 1000})
	if errors.Is(err, wpa.ErrForm) {
		return network.ErrForm
	}
	if err != nil {
		return fmt.Errorf("join wifi: %w", err)
	}
	err = r.attempt(ctx, socket, id)
	r.settle(context.WithoutCancel(ctx), socket, p.Name, id, err == nil)
	return err
}

// supported refuses what cannot be joined before anybody waits for it.
func (r *radio) supported(p places.Place) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.heard {
		place := network.Place{Name: h.Name, Security: securityOf(h.Flags)}
		if h.Name != p.Name {
			continue
		}
		if !place.Supported() {
			return network.ErrUnsupported
		}
		if place.Security == network.Secret && p.Secret == "" {
			return network.ErrForm
		}
	}
	return nil
}

// attempt waits for the Wi-Fi's answer.
func (r *radio) attempt(ctx context.Context, socket *wpa.Socket, id int) error {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	ear, hush := r.ear()
	defer hush()
	if err := socket.Select(ctx, id); err != nil {
		return fmt.Errorf("join wifi: %w", err)
	}
	for noes := 0; noes < fewNoes; {
		select {
		case <-ctx.Done():
			return network.ErrSlow
		case e := <-ear:
			switch {
			case e.Name == wpa.EventJoined && e.ID == id:
				return nil
			case e.WrongSecret() && (e.ID == id || e.ID < 0):
				return network.ErrSecret
			case e.Name == wpa.EventNotHeard:
				noes++
			}
		}
	}
	return network.ErrRange
}

// settle keeps the new number of a place that was joined, or forgets it, and
// lets the radio choose among all again.
func (r *radio) settle(ctx context.Context, socket *wpa.Socket, name string, id int, joined bool) {
	gone, stale := id, !joined
	r.note(func() {
		clear(r.refused)
		if joined {
			gone, stale = r.ids[name], hasKey(r.ids, name)
			r.ids[name] = id
		}
		r.since = time.Now()
	})
	var err error
	if stale {
		err = socket.Remove(ctx, gone)
	}
	err = errors.Join(err, socket.EnableAll(ctx))
	if !joined {
		err = errors.Join(err, socket.Reconnect(ctx))
	}
	if err != nil {
		r.log.Warn("wifi not settled", "err", err)
	}
}

func hasKey(m map[string]int, key string) bool {
	_, ok := m[key]
	return ok
}

// Forget implements [network.Keeper].
func (k *keeper) Forget(ctx context.Context, name string) error {
	if err := k.book.Forget(name); err != nil {
		return err
	}
	r := k.radio
	socket, ok := r.driven()
	var id int
	var taught bool
	r.note(func() {
		id, taught = r.ids[name], hasKey(r.ids, name)
		delete(r.ids, name)
		delete(r.refused, id)
	})
	if ok && taught {
		if err := socket.Remove(ctx, id); err != nil {
			return fmt.Errorf("forget wifi: %w", err)
		}
	}
	k.tell()
	return nil
}
