package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/wpa"
)

// hear follows one event, and hands it to whoever is joining.
func (r *radio) hear(ctx context.Context, e wpa.Event) {
	socket, ok := r.driven()
	if !ok {
		return
	}
	switch {
	case e.Name == wpa.EventJoined:
		r.note(func() { clear(r.refused) })
		r.refresh(ctx, socket)
	case e.Name == wpa.EventLeft:
		r.note(func() { r.joined = "" })
	case e.WrongSecret():
		r.note(func() { r.refused[e.ID] = true })
	case e.Name == wpa.EventHeard:
		r.results(ctx, socket)
	}
	r.mu.Lock()
	for ear := range r.ears {
		select {
		case ear <- e:
		default: // it has what it waited for
		}
	}
	r.mu.Unlock()
	r.changed()
}

func (r *radio) note(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// driven returns the socket of the radio in use.
func (r *radio) driven() (*wpa.Socket, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.socket, r.socket != nil
}

// refresh asks which Wi-Fi is in use.
func (r *radio) refresh(ctx context.Context, socket *wpa.Socket) {
	st, err := socket.Status(ctx)
	if err != nil {
		return
	}
	r.note(func() {
		r.joined = ""
		if st.Joined() {
			r.joined = st.Name
		}
	})
}

func (r *radio) results(ctx context.Context, socket *wpa.Socket) {
	heard, err := socket.Results(ctx)
	if err == nil {
		r.note(func() { r.heard = heard })
	}
}

// airFacts is what the state is made of.
type airFacts struct {
	name, joined            string
	running, heard, refused bool
	since                   time.Time
}

func (r *radio) facts() airFacts {
	known := r.book.All()
	r.mu.Lock()
	defer r.mu.Unlock()
	f := airFacts{name: r.name, joined: r.joined, running: r.socket != nil, refused: len(r.refused) > 0, since: r.since}
	for _, p := range known {
		f.heard = f.heard || isHeard(r.heard, p.Name)
	}
	return f
}

func isHeard(list []wpa.Heard, name string) bool {
	for _, h := range list {
		if h.Name == name {
			return true
		}
	}
	return false
}

// securityOf says what joining takes.
func securityOf(f wpa.Flags) network.Security {
	switch {
	case f.Secret:
		return network.Secret
	case f.Enterprise:
		return network.Enterprise
	case f.WEP:
		return network.Outdated
	case f.Encrypted:
		return network.Encrypted
	}
	return network.Open
}
