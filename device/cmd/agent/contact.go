package main

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// errMoved says that the fleet is tried at another address.
var errMoved = errors.New("fleet at another address")

const (
	contactEvery = 24 * time.Hour
	contactApart = time.Minute    // between two looks at other addresses
	contactAgain = 12 * time.Hour // before an address that did not do is tried again
	contactTime  = 2 * time.Minute
)

// keepContact follows what the fleet signed about where it is. The address that
// works stays until a better one has: it must show the fleet's signed lists, none
// older than those held, and then let the station in. Until that is seen nothing
// of it is kept, and a restart begins where it worked before.
func (a *agent) keepContact(ctx context.Context) error {
	var last look
	for {
		me := a.me.Load()
		if me == nil {
			return errIdentity
		}
		me = a.believe(me)
		a.keepAddress(me)
		wait := jitter(contactEvery)
		if now := a.look(me); now.due(last) {
			last = now
			if to, ok := a.better(ctx, me, now); ok {
				a.trial = to
				a.log.Info("fleet tried at another address", "address", to)
				return errMoved
			}
		} else {
			wait = contactApart
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.moves:
		case <-time.After(wait):
		}
	}
}

// look is what the choice of an address stands on.
type look struct {
	at      time.Time
	servers []string // as they were signed
	online  bool
	refused bool // no way to the fleet works where it is tried
}

func (a *agent) look(me *identity.Station) look {
	l := look{at: time.Now(), servers: a.trust.Load().Snapshot().Contact.Servers, online: a.online(), refused: a.unreached.Load()}
	if i := slices.Index(l.servers, me.Address()); l.online && i >= 0 {
		l.servers = l.servers[:i] // only what is better
	}
	return l
}

// due reports whether to look again: something is otherwise, or time has passed.
func (l look) due(last look) bool {
	return l.online != last.online || l.refused != last.refused || !slices.Equal(l.servers, last.servers) || l.at.Sub(last.at) >= contactApart
}

// believe takes the authorities that the fleet signed. A connection to come shows
// whether the server is under the next one already.
func (a *agent) believe(me *identity.Station) *identity.Station {
	told := me.Reaching(a.trial, a.trust.Load().Snapshot().Contact.Roots())
	if a.me.CompareAndSwap(me, told) && me.Next() == nil && told.Next() != nil { // a renewal meanwhile: next time
		kick(a.refresh)
	}
	return told
}

// online reports whether the fleet has let the station in where it is tried.
func (a *agent) online() bool {
	link := a.link.Load()
	return link != nil && link.Status().Online
}

// keepAddress keeps the address that was tried, once it has worked.
func (a *agent) keepAddress(me *identity.Station) {
	if a.Server != "" || me.Address() == me.Server || !a.online() {
		return
	}
	moved := me.Moved()
	if err := moved.Save(a.identityDir()); err != nil {
		a.log.Error("address of the fleet not kept", "err", err)
		return
	}
	a.trial = ""
	a.me.CompareAndSwap(me, moved)
	a.log.Info("fleet moved", "address", moved.Server)
}

// better returns the address to go on with, if it is another one: the first of the
// signed list that does, or after a trial that did not the one that is kept.
func (a *agent) better(ctx context.Context, me *identity.Station, l look) (string, bool) {
	if a.Server != "" || !l.online && !l.refused {
		return "", false // a developer's word, or too early to tell
	}
	tried := me.Address() != me.Server
	if tried && l.refused {
		a.failed[me.Address()] = time.Now()
	}
	for _, server := range l.servers {
		if server != me.Address() && a.answers(ctx, me, server) {
			return server, true
		}
	}
	return "", tried && l.refused
}

// answers reports whether the fleet is at an address: whether it shows there what
// it signed, nothing older than what is held.
func (a *agent) answers(ctx context.Context, me *identity.Station, server string) bool {
	if at, ok := a.failed[server]; ok && time.Since(at) < contactAgain {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, contactTime)
	defer cancel()
	client := a.clientOf(me.Reaching(server, a.trust.Load().Snapshot().Contact.Roots()))
	defer client.CloseIdleConnections()
	err := a.trust.Load().Refresh(ctx, release.HTTP(client, "https://"+server+release.Path), a.now())
	if err != nil {
		a.log.Info("fleet not at an address that it named", "address", server, "err", err)
		return false
	}
	return true
}

// config is the station's side of TLS. It notes when the server shows the next
// authority: it is time to take a certificate of that.
func (a *agent) config(me *identity.Station) *tls.Config {
	config := me.TLS(a.clock.Floor)
	verify := config.VerifyConnection
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if err := verify(state); err != nil {
			return err
		}
		if next := me.Next(); next != nil && identity.Shows(state.PeerCertificates, next, a.clock.Floor()) && !a.shown.Swap(true) {
			kick(a.renew)
		}
		return nil
	}
	return config
}

// succeeded reports whether the fleet works under the authority that it told the
// station to go over to.
func (a *agent) succeeded(me *identity.Station) bool { return a.shown.Load() && me.Next() != nil }
