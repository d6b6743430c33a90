package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ledger is the outbox as the desk sees it.
type ledger struct {
	box *outbox.Outbox
	ack func() wire.Ack
}

// Use implements [redeem.Ledger].
func (l ledger) Use(ctx context.Context, ref pass.Ref) (redeem.Use, error) {
	use, _, err := l.box.Used(ctx, ref)
	return redeem.Use(use), err
}

// Append implements [redeem.Ledger].
func (l ledger) Append(ctx context.Context, r pass.Record) (pass.Position, error) {
	at, err := l.box.Append(ctx, r)
	switch {
	case errors.Is(err, outbox.ErrFull):
		return at, fmt.Errorf("%w: %w", redeem.ErrFull, err)
	case errors.Is(err, outbox.ErrUsed):
		return at, fmt.Errorf("%w: %w", redeem.ErrUsed, err)
	}
	return at, err
}

// Pending implements [redeem.Ledger].
func (l ledger) Pending(ctx context.Context) (map[redeem.Lot]int, error) {
	lots, err := l.box.Unsent(ctx, l.ack())
	if err != nil {
		return nil, err
	}
	out := make(map[redeem.Lot]int, len(lots))
	for lot, n := range lots {
		out[redeem.Lot(lot)] = n
	}
	return out, nil
}
