package stage

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Opened is what Open made.
type Opened struct {
	Seeded
	Password string       // one-time password of the console
	Station  wire.Station // the mediator's own
}

// Open makes and starts a seeded fleet server called name, starts the station
// and lets it join, and waits until the server knows it. What was started
// before a failure is left to the caller to stop.
func Open(ctx context.Context, f *Fleet, s *Station, name string) (o Opened, err error) {
	if o.Password, err = f.Init(ctx, Tenant, name); err != nil {
		return o, err
	}
	if err = f.Start(ctx); err != nil {
		return o, err
	}
	if o.Seeded, err = Seed(ctx, f.Admin(), time.Now()); err != nil {
		return o, err
	}
	token, err := f.Admin().IssueToken(ctx, DemoToken())
	if err != nil {
		return o, err
	}
	if err = s.Enrol(token); err != nil {
		return o, err
	}
	if err = s.Start(ctx); err != nil {
		return o, err
	}
	o.Station, err = Settle(ctx, f.Admin())
	return o, err
}
