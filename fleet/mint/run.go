package mint

import (
	"context"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	defaultSpacing = 20 * time.Second
	patrol         = 10 * time.Minute // looks at everything, also for lists that got old
)

// Wake tells [Mint.Run] that a tenant's passes changed: a validation was
// believed, a carnet handed over. It returns at once.
func (m *Mint) Wake(tenant wire.Tenant) { m.wake.add(tenant) }

// Run settles validations as they come and publishes what changed: at once
// after a quiet time, then every Spacing at most, because every publication
// makes every station look. It issues status lists again before they get old,
// and returns when ctx is done.
func (m *Mint) Run(ctx context.Context) error {
	tick := time.NewTicker(patrol)
	defer tick.Stop()
	gate := newGate(m.spacing())
	defer gate.stop()
	m.wakeAll(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			m.wakeAll(ctx)
		case <-gate.open():
			gate.opened()
		case <-m.wake.ring():
			m.settle(ctx)
			gate.ask()
		}
		if gate.pass() {
			m.publishEach(ctx, m.wake.take())
		}
	}
}

func (m *Mint) spacing() time.Duration {
	if m.Spacing == 0 {
		return defaultSpacing
	}
	return m.Spacing
}

func (m *Mint) wakeAll(ctx context.Context) {
	tenants, err := m.Store.MintTenants(ctx)
	if err != nil {
		m.failed(ctx, "tenants not listed", err)
	}
	for _, t := range tenants {
		m.Wake(t)
	}
}

func (m *Mint) settle(ctx context.Context) {
	if err := m.SettleAll(ctx); err != nil {
		m.failed(ctx, "passes not settled", err)
	}
}

func (m *Mint) publishEach(ctx context.Context, tenants []wire.Tenant) {
	for _, t := range tenants {
		if err := m.Publish(ctx, t); err != nil {
			m.failed(ctx, "passes not published", err, "tenant", t)
		}
	}
}

// failed logs what the next patrol tries again; a shutdown is no failure.
func (m *Mint) failed(ctx context.Context, event string, err error, details ...any) {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	m.Log.Error(event, append(details, "err", err)...)
}
