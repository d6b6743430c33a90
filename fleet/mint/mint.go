// Package mint makes passes and follows them to payment: issuers and their
// keys, batches and their printed carnets, status lists, mediator cards, and
// the rule that says which validation of a pass is paid.
//
// A pass is never stored. Its serial comes from its issuer's continuous
// series, its signature from the issuer's key, and both can be made again at
// any time; what is kept is the batch (a [pass.Manifest]), what people did to
// its carnets, and what stations validated. Private keys are sealed with a key
// file outside the database ([Vault]), so that a copy of the database alone
// forges nothing.
//
// [Mint.Publish] turns what is kept into the documents that stations read, and
// [Mint.Run] does so whenever something changed. [Settle] is pure and may be
// used alone.
//
// The package speaks no SQL (fleet/store does) and never logs a serial.
package mint

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Publisher puts documents where stations fetch and verify them; those with
// nil content are removed. release.Repository is one.
type Publisher interface {
	Publish(tenant wire.Tenant, targets map[string][]byte) error
}

// Mint makes passes. Store, Vault, Publisher, Now and Log are required; Now
// gives the time in the zone whose calendar the issuers use. A Mint is safe
// for concurrent use and must not be copied.
type Mint struct {
	Store     Store
	Vault     Vault
	Publisher Publisher
	Now       func() time.Time
	Log       *slog.Logger

	// Fresh is how old a status list may get before it is issued again
	// although nothing changed, so that stations can tell an old list from a
	// quiet batch. 0: 12 hours.
	Fresh time.Duration

	// Spacing is the least time between two publications by Run. 0: 20 seconds.
	Spacing time.Duration

	// Published is called after documents of a tenant changed; it may be nil.
	Published func(ctx context.Context, tenant wire.Tenant)

	publishing sync.Mutex
	wake       wakeup
}

const (
	defaultFresh = 12 * time.Hour
	statusTTL    = 24 * 60 * 60 // seconds
)

func (m *Mint) today() pass.Day { return pass.DayOf(m.Now()) }

func (m *Mint) fresh() time.Duration {
	if m.Fresh == 0 {
		return defaultFresh
	}
	return m.Fresh
}

// Restored makes the mint skip numbers. Call it once after a backup was put
// back, before anything is made or published.
func (m *Mint) Restored(ctx context.Context, s Skip) error {
	return m.Store.SkipNumbers(ctx, s)
}
