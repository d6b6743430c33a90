package intake

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// ErrCarry says that a file from a stick is none that a station of this fleet
// made, or that it was damaged on its way.
var ErrCarry = errors.New("not a carry of this fleet")

// Keys knows which ledger keys a station has had (fleet/store).
type Keys interface {
	LedgerKeys(ctx context.Context, tenant wire.Tenant, id wire.Station) (map[uint32]ed25519.PublicKey, error)
}

// Carrier takes what stations without a network sent home on a stick. It goes the
// way of what comes by network: stored as evidence first, believed after.
type Carrier struct {
	Desk   *Desk
	Keys   Keys
	Unseal func(sealed io.Reader) (io.Reader, error)
}

// Carried is what a file from a stick held.
type Carried struct {
	Station  wire.Station
	Log      pass.LogID
	Records  int
	Counters int
}

// Take stores what a file holds, which changes nothing the second time. It fails
// with [ErrCarry], having stored nothing, unless a ledger key of the tenant's
// station signed the whole.
func (c Carrier) Take(ctx context.Context, tenant wire.Tenant, sealed io.Reader) (Carried, error) {
	plain, err := c.Unseal(sealed)
	if err != nil {
		return Carried{}, fmt.Errorf("take carry: %w", errors.Join(ErrCarry, err))
	}
	carry, err := wire.ReadCarry(plain)
	if err != nil {
		return Carried{}, fmt.Errorf("take carry: %w", errors.Join(ErrCarry, err))
	}
	keys, err := c.Keys.LedgerKeys(ctx, tenant, carry.Station)
	if err != nil {
		return Carried{}, fmt.Errorf("take carry: %w", err)
	}
	if carry.Tenant != tenant || !carry.Signed(keys[carry.Incarnation]) {
		return Carried{}, fmt.Errorf("take carry: %w", ErrCarry)
	}
	return c.keep(ctx, carry)
}

func (c Carrier) keep(ctx context.Context, carry *wire.Carry) (Carried, error) {
	done := Carried{Station: carry.Station, Log: carry.Log}
	peer := identity.Peer{Tenant: carry.Tenant, Station: carry.Station, Incarnation: carry.Incarnation}
	for _, m := range carry.Messages {
		kind, err := c.message(ctx, peer, m, &done)
		if alarm, ok := errors.AsType[disbelief](err); ok {
			payload, _ := wire.Encode(m) // what is too long is set aside without its text
			err = c.Desk.setAside(ctx, peer, kind, alarm, payload)
		}
		if err != nil {
			return done, fmt.Errorf("take carry: %w", err)
		}
	}
	if len(carry.Boots) == 0 {
		return done, nil
	}
	dated, err := c.Desk.Store.SaveBoots(ctx, peer.Tenant, peer.Station, c.Desk.plausible(carry.Boots))
	if err != nil {
		return done, fmt.Errorf("take carry: %w", err)
	}
	if dated {
		c.Desk.Settler.Wake(peer.Tenant)
	}
	return done, nil
}

func (c Carrier) message(ctx context.Context, peer identity.Peer, m wire.Message, done *Carried) (wire.Kind, error) {
	switch m := m.(type) {
	case *wire.Records:
		done.Records += len(m.Entries)
		return wire.KindRecords, c.Desk.keepRecords(ctx, peer, *m)
	case *wire.Counters:
		done.Counters += len(m.Counters)
		return wire.KindCounters, c.Desk.keepCounters(ctx, peer, *m)
	}
	return "", disbelief{AlarmMalformed}
}
