package mint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrCarnet says that a carnet cannot go back to an earlier state.
var ErrCarnet = errors.New("carnet is already further on")

// CarnetState is where a carnet is between printer and last pass.
type CarnetState string

// The states of a carnet. The first three are what people say; the others
// follow from validations, dates and revocation.
const (
	Issued    CarnetState = "emis"
	Entrusted CarnetState = "confie"  // to a distributor
	Injected  CarnetState = "injecte" // handed to somebody
	Begun     CarnetState = "entame"
	UsedUp    CarnetState = "epuise"
	Expired   CarnetState = "expire"
	Revoked   CarnetState = "revoque"
)

// Carnet is a booklet of passes of a batch. Holder names a distributor, never
// a beneficiary.
type Carnet struct {
	Number  int
	State   CarnetState
	Holder  string
	Changed time.Time
	Revoked bool
	Used    int // passes validated
}

// Carnets returns the carnets from one number to another, with what became of
// them until today.
func (m *Mint) Carnets(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int) ([]Carnet, error) {
	l, err := m.load(ctx, tenant, issuer, batch)
	if err != nil {
		return nil, fmt.Errorf("list carnets: %w", err)
	}
	return l.carnetsBetween(from, to, m.today()), nil
}

// lot is a batch with what happened to it.
type lot struct {
	Batch
	carnets  map[int]Carnet
	redeemed []pass.Serial
}

func (m *Mint) load(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (lot, error) {
	b, err := m.Store.Batch(ctx, tenant, issuer, batch)
	if err != nil {
		return lot{}, err
	}
	return m.loaded(ctx, tenant, b)
}

func (m *Mint) loaded(ctx context.Context, tenant wire.Tenant, b Batch) (lot, error) {
	l := lot{Batch: b, carnets: map[int]Carnet{}}
	touched, err := m.Store.MintCarnets(ctx, tenant, b.Manifest.Issuer, b.Manifest.Batch)
	if err != nil {
		return lot{}, err
	}
	for _, c := range touched {
		l.carnets[c.Number] = c
	}
	l.redeemed, err = m.Store.Redeemed(ctx, tenant, b.Manifest.Issuer, b.Manifest.Batch)
	return l, err
}

func (l lot) carnetsBetween(from, to int, today pass.Day) []Carnet {
	used := map[int]int{}
	for _, s := range l.redeemed {
		used[l.Manifest.Carnet(s)]++
	}
	var list []Carnet
	for n := max(from, 1); n <= min(to, l.Manifest.Carnets()); n++ {
		c, ok := l.carnets[n]
		if !ok {
			c = Carnet{Number: n, State: Issued}
		}
		c.Used = used[n]
		c.State = c.now(l.Manifest, today)
		list = append(list, c)
	}
	return list
}

// now is the state as it follows from what happened.
func (c Carnet) now(m pass.Manifest, today pass.Day) CarnetState {
	switch {
	case c.Used >= m.CarnetSize:
		return UsedUp
	case c.Revoked || m.Revoked:
		return Revoked
	case today > m.ToleranceUntil:
		return Expired
	case c.Used > 0:
		return Begun
	}
	return c.State
}

// HandOver notes that a carnet was entrusted to a distributor ([Entrusted],
// who is named) or handed to somebody ([Injected], who is not). It fails with
// [ErrCarnet] when the carnet is further on, and with [ErrInvalid].
func (m *Mint) HandOver(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, to CarnetState, holder string) error {
	if to != Entrusted && to != Injected || len(holder) > 200 || (to == Entrusted) == (holder == "") {
		return fmt.Errorf("hand over carnet: %w: state or distributor", ErrInvalid)
	}
	return m.changeCarnet(ctx, tenant, issuer, batch, carnet, "hand over carnet", func(c *Carnet) error {
		if c.Revoked || c.State == Injected {
			return ErrCarnet
		}
		c.State = to
		if to == Entrusted {
			c.Holder = holder
		}
		return nil
	})
}

// RevokeCarnet makes the passes of a carnet that were not yet used worthless.
func (m *Mint) RevokeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int) error {
	return m.changeCarnet(ctx, tenant, issuer, batch, carnet, "revoke carnet", func(c *Carnet) error {
		c.Revoked = true
		return nil
	})
}

func (m *Mint) changeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, doing string, change func(*Carnet) error) error {
	b, err := m.Store.Batch(ctx, tenant, issuer, batch)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if carnet < 1 || carnet > b.Manifest.Carnets() {
		return fmt.Errorf("%s: %w", doing, ErrUnknown)
	}
	now := m.Now()
	err = m.Store.ChangeCarnet(ctx, tenant, issuer, batch, carnet, func(c *Carnet) error {
		c.Changed = now
		return change(c)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	m.Wake(tenant)
	return nil
}

// statuses is the batch's status list without version and time.
func (l lot) statuses() pass.StatusList {
	mf := l.Manifest
	list := pass.NewStatusList(mf.Issuer, mf.Batch, mf.First, mf.Last)
	for n := 1; n <= mf.Carnets(); n++ {
		if status := l.unused(n); status != pass.Valid {
			first := mf.First + pass.Serial((n-1)*mf.CarnetSize)
			for s := range pass.Serial(mf.CarnetSize) {
				list.Set(first+s, status)
			}
		}
	}
	for _, s := range l.redeemed {
		list.Set(s, pass.Redeemed)
	}
	return list
}

// unused is the status of the passes of a carnet that were not validated.
func (l lot) unused(n int) pass.Status {
	c := l.carnets[n]
	switch {
	case l.Manifest.Revoked || c.Revoked:
		return pass.Invalid
	case l.HandOver && c.State != Injected:
		return pass.Suspended
	}
	return pass.Valid
}
