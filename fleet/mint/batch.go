package mint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Batch is a lot of passes made together. Manifest.Version is that of the
// published document and 0 here.
type Batch struct {
	Manifest pass.Manifest
	HandOver bool // passes count only once their carnet was handed to somebody
	Created  time.Time
}

// Order asks for a batch. Services, Publics and Territories may be empty: no
// restriction. Limits that are zero take the defaults; Print that names no
// issuer takes the issuer's name and address.
type Order struct {
	Issuer         pass.Issuer
	Commanditaire  string
	FaceValue      int // cents
	Year           int
	UseUntil       pass.Day
	ToleranceUntil pass.Day
	PresentBy      pass.Day
	CarnetSize     int
	Carnets        int
	Services       []string
	Publics        []string
	Territories    []string
	Structures     []pass.Qualification
	Print          pass.Print
	Limits         pass.Limits
	HandOver       bool
	Specimen       bool
}

// YearDates sets the three dates that are usual for passes of a year: use
// until its end, tolerance until the end of January, presentation for payment
// until the end of February.
func (o *Order) YearDates(year int) {
	o.Year = year
	o.UseUntil = lastDay(year)
	o.ToleranceUntil = o.UseUntil + 31
	o.PresentBy = pass.DayOf(time.Date(year+1, 3, 0, 0, 0, 0, 0, time.UTC))
}

// CreateBatch numbers and keeps a batch; its passes exist from now on, and
// stations learn of it with the next publication. It fails with [ErrInvalid].
func (m *Mint) CreateBatch(ctx context.Context, tenant wire.Tenant, o Order) (Batch, error) {
	if err := o.check(); err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	issuer, err := m.Store.Issuer(ctx, tenant, o.Issuer)
	if err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	key, err := m.signingKey(ctx, tenant, o.Issuer, o.PresentBy)
	if err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	now := m.Now()
	b, err := m.Store.AddBatch(ctx, tenant, o.Issuer, o.size(), func(n pass.Batch, first pass.Serial) (Batch, error) {
		b := Batch{Manifest: o.manifest(issuer, key.ID, n, first), HandOver: o.HandOver, Created: now}
		return b, b.check()
	})
	if err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	m.Wake(tenant)
	return b, nil
}

func (o Order) size() int { return o.CarnetSize * o.Carnets }

func (o Order) check() error {
	switch {
	case o.CarnetSize < 1 || o.CarnetSize > 100 || o.Carnets < 1 || o.Carnets > pass.MaxPasses/o.CarnetSize:
		return fmt.Errorf("%w: number of passes", ErrInvalid)
	case o.FaceValue < 1 && !o.Specimen:
		return fmt.Errorf("%w: face value", ErrInvalid)
	case o.UseUntil > o.ToleranceUntil || o.ToleranceUntil > o.PresentBy || o.UseUntil == 0:
		return fmt.Errorf("%w: dates", ErrInvalid)
	case o.Commanditaire == "":
		return fmt.Errorf("%w: commanditaire", ErrInvalid)
	}
	return o.checkServices()
}

func (o Order) checkServices() error {
	for _, s := range o.services() {
		if _, ok := level.ServiceOf(s); !ok {
			return fmt.Errorf("%w: service", ErrInvalid)
		}
	}
	return nil
}

// services are those of the order and of its qualifications.
func (o Order) services() []string {
	all := slices.Clone(o.Services)
	for _, q := range o.Structures {
		all = append(all, q.Services...)
	}
	return all
}

func (o Order) manifest(issuer Issuer, key pass.KeyID, n pass.Batch, first pass.Serial) pass.Manifest {
	if o.Limits == (pass.Limits{}) {
		o.Limits = pass.DefaultLimits()
	}
	if o.Print.IssuerName == "" {
		o.Print.IssuerName, o.Print.IssuerAddress = issuer.Name, issuer.Address
	}
	return pass.Manifest{
		V: 1, Issuer: issuer.ID, Series: issuer.Series, Batch: n, Commanditaire: o.Commanditaire,
		FaceValue: o.FaceValue, Year: o.Year, UseUntil: o.UseUntil, ToleranceUntil: o.ToleranceUntil, PresentBy: o.PresentBy,
		CarnetSize: o.CarnetSize, First: first, Last: first + pass.Serial(o.size()) - 1,
		Services: o.Services, Publics: o.Publics, Territories: o.Territories, Structures: o.Structures,
		Keys: []pass.KeyID{key}, Print: o.Print, Limits: o.Limits, Specimen: o.Specimen,
	}
}

// check reports whether the manifest could be published.
func (b Batch) check() error {
	mf := b.Manifest
	mf.Version = 1
	if err := mf.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// Batches returns every batch of a tenant, newest last.
func (m *Mint) Batches(ctx context.Context, tenant wire.Tenant) ([]Batch, error) {
	return m.Store.Batches(ctx, tenant)
}

// Batch returns one batch.
func (m *Mint) Batch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (Batch, error) {
	return m.Store.Batch(ctx, tenant, issuer, batch)
}

// Qualify replaces the structures that may accept a batch's passes.
func (m *Mint) Qualify(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, structures []pass.Qualification) error {
	if err := (Order{Structures: structures}).checkServices(); err != nil {
		return fmt.Errorf("qualify structures: %w", err)
	}
	return m.change(ctx, tenant, issuer, batch, "qualify structures", func(b *Batch) { b.Manifest.Structures = structures })
}

// RevokeBatch makes every pass of a batch that was not yet used worthless.
func (m *Mint) RevokeBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) error {
	return m.change(ctx, tenant, issuer, batch, "revoke batch", func(b *Batch) { b.Manifest.Revoked = true })
}

func (m *Mint) change(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, doing string, change func(*Batch)) error {
	err := m.Store.ChangeBatch(ctx, tenant, issuer, batch, func(b *Batch) error {
		change(b)
		return b.check()
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	m.Wake(tenant)
	return nil
}
