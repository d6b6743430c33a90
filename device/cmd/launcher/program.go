package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// errInUse says that another launcher has the data directory.
var errInUse = outbox.ErrInUse

// errNotLoopback says that the pages would be seen from elsewhere.
var errNotLoopback = errors.New("not a loopback address")

// errReborn says that the station has a new identity and must start afresh.
var errReborn = errors.New("station has a new identity")

const (
	identityDir = "identity"
	bornPoll    = 3 * time.Second  // before enrolment: somebody waits for it
	rebornPoll  = 30 * time.Second // afterwards: moved to another fleet, or re-imaged
)

// program is the launcher from its flags to its end: one life of the station
// after the other, on one listener.
type program struct {
	flags
	log *slog.Logger
}

// Run serves until ctx is done or something cannot be coped with.
func (p *program) Run(ctx context.Context) error {
	for _, dir := range []string{p.Data, p.flags.Run} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
	}
	ln, err := p.listen()
	if err != nil {
		return err
	}
	defer ln.Close()
	for {
		if err := p.live(ctx, ln); !errors.Is(err, errReborn) {
			return err
		}
		p.log.Info("station has a new identity")
	}
}

// live is one life: it ends with ctx, or when the identity changes. Pages do not
// need an identity: one that a worn disk has damaged leaves a station of no fleet.
func (p *program) live(ctx context.Context, ln net.Listener) error {
	own, err := dup(ln)
	if err != nil {
		return fmt.Errorf("share listener: %w", err)
	}
	me, err := p.identity()
	if err != nil {
		p.log.Error("identity not readable, served without", "err", err)
	}
	return p.station(ctx, me, own)
}

// identity loads who the station is; nil before enrolment.
func (p *program) identity() (*identity.Station, error) {
	me, err := identity.LoadStation(filepath.Join(p.Data, identityDir))
	if errors.Is(err, identity.ErrNotEnrolled) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load identity: %w", err)
	}
	return me, nil
}

// watchIdentity ends with [errReborn] when the station is enrolled, or is
// somebody else from now on.
func (p *program) watchIdentity(ctx context.Context, me *identity.Station) error {
	poll := bornPoll
	if me != nil {
		poll = rebornPoll
	}
	return every(ctx, poll, func() error {
		now, err := p.identity()
		if err == nil && now != nil && (me == nil || now.ID != me.ID || now.Incarnation != me.Incarnation || now.Tenant != me.Tenant) {
			return errReborn
		}
		return nil
	})
}

func (p *program) listen() (net.Listener, error) {
	if p.ListenFD >= 0 {
		return inherited(p.ListenFD)
	}
	addr, err := net.ResolveTCPAddr("tcp", p.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("listen: %w", errNotLoopback)
	}
	ln, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p.log.Info("pages served", "url", "http://"+ln.Addr().String())
	return ln, nil
}

// inherited takes over the listener that the sandbox opened in its own network
// namespace, from which this machine's loopback cannot be reached.
func inherited(fd int) (net.Listener, error) {
	f := os.NewFile(uintptr(fd), "listener")
	if f == nil {
		return nil, fmt.Errorf("inherit listener: %w", os.ErrInvalid)
	}
	defer f.Close()
	ln, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("inherit listener: %w", err)
	}
	return ln, nil
}

// dup returns a second listener on the same socket: a server closes its own
// when it ends, and the next life goes on with the other.
func dup(ln net.Listener) (net.Listener, error) {
	sock, ok := ln.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, errors.New("not a socket")
	}
	f, err := sock.File()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return net.FileListener(f)
}
