package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Mint makes passes and cards (fleet/mint).
type Mint interface {
	AddIssuer(ctx context.Context, tenant wire.Tenant, i mint.Issuer) (mint.Issuer, error)
	Issuers(ctx context.Context, tenant wire.Tenant) ([]mint.Issuer, error)
	CreateBatch(ctx context.Context, tenant wire.Tenant, o mint.Order) (mint.Batch, error)
	Batch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (mint.Batch, error)
	Batches(ctx context.Context, tenant wire.Tenant) ([]mint.Batch, error)
	Carnets(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int) ([]mint.Carnet, error)
	HandOver(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, to mint.CarnetState, holder string) error
	Qualify(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, structures []pass.Qualification) error
	RevokeBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) error
	RevokeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int) error
	RevokeKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, key pass.KeyID) error
	Publish(ctx context.Context, tenant wire.Tenant) error
	CardMint
	Press
}

// Lot names a batch, and a carnet or key of it where that matters.
type Lot struct {
	Tenant wire.Tenant
	Issuer pass.Issuer
	Batch  pass.Batch
	Carnet int
	Key    pass.KeyID
	To     mint.CarnetState // HandOver
	Holder string           // HandOver

	Qualified []pass.Qualification // Qualify
}

func (p Parts) passes(mux *http.ServeMux) {
	on(mux, p.Log, "/issuer/add", func(ctx context.Context, q Of[mint.Issuer]) (mint.Issuer, error) {
		i, err := p.Mint.AddIssuer(ctx, q.Tenant, q.Value)
		return noted(ctx, p, q.Tenant, "issuer.add", fmt.Sprint(i.ID), i, err)
	})
	on(mux, p.Log, "/issuer/list", func(ctx context.Context, t wire.Tenant) ([]mint.Issuer, error) {
		return p.Mint.Issuers(ctx, t)
	})
	on(mux, p.Log, "/batch/create", func(ctx context.Context, q Of[mint.Order]) (mint.Batch, error) {
		b, err := p.Mint.CreateBatch(ctx, q.Tenant, q.Value)
		return noted(ctx, p, q.Tenant, "batch.create", fmt.Sprintf("%d/%d", b.Manifest.Issuer, b.Manifest.Batch), b, err)
	})
	on(mux, p.Log, "/batch/list", func(ctx context.Context, t wire.Tenant) ([]mint.Batch, error) {
		return p.Mint.Batches(ctx, t)
	})
	on(mux, p.Log, "/batch/carnets", func(ctx context.Context, q Lot) ([]mint.Carnet, error) {
		b, err := p.Mint.Batch(ctx, q.Tenant, q.Issuer, q.Batch)
		if err != nil {
			return nil, err
		}
		return p.Mint.Carnets(ctx, q.Tenant, q.Issuer, q.Batch, 1, b.Manifest.Carnets())
	})
	on(mux, p.Log, "/batch/handover", func(ctx context.Context, q Lot) (done, error) {
		err := p.Mint.HandOver(ctx, q.Tenant, q.Issuer, q.Batch, q.Carnet, q.To, q.Holder)
		return noted(ctx, p, q.Tenant, "carnet.hand-over", q.carnet(), done{}, err)
	})
	on(mux, p.Log, "/batch/qualify", func(ctx context.Context, q Lot) (done, error) {
		return done{}, p.Mint.Qualify(ctx, q.Tenant, q.Issuer, q.Batch, q.Qualified)
	})
	on(mux, p.Log, "/batch/revoke", p.revoke)
	on(mux, p.Log, "/publish", func(ctx context.Context, t wire.Tenant) (done, error) {
		return noted(ctx, p, t, "batch.publish", "", done{}, p.Mint.Publish(ctx, t))
	})
}

// revoke makes the narrowest thing worthless that the lot names.
func (p Parts) revoke(ctx context.Context, q Lot) (done, error) {
	switch {
	case q.Carnet != 0:
		err := p.Mint.RevokeCarnet(ctx, q.Tenant, q.Issuer, q.Batch, q.Carnet)
		return noted(ctx, p, q.Tenant, "carnet.revoke", q.carnet(), done{}, err)
	case q.Batch != 0:
		err := p.Mint.RevokeBatch(ctx, q.Tenant, q.Issuer, q.Batch)
		return noted(ctx, p, q.Tenant, "batch.revoke", fmt.Sprintf("%d/%d", q.Issuer, q.Batch), done{}, err)
	}
	err := p.Mint.RevokeKey(ctx, q.Tenant, q.Issuer, q.Key)
	return noted(ctx, p, q.Tenant, "key.revoke", fmt.Sprintf("%d/%d", q.Issuer, q.Key), done{}, err)
}

// carnet names a carnet in the audit log, as the console does.
func (q Lot) carnet() string { return fmt.Sprintf("%d/%d carnet %d", q.Issuer, q.Batch, q.Carnet) }

// AddIssuer keeps a new issuer and returns it with its number and series.
func (c *Client) AddIssuer(ctx context.Context, tenant wire.Tenant, i mint.Issuer) (mint.Issuer, error) {
	return call[Of[mint.Issuer], mint.Issuer](ctx, c, "/issuer/add", Of[mint.Issuer]{tenant, i})
}

// Issuers lists a tenant's issuers.
func (c *Client) Issuers(ctx context.Context, tenant wire.Tenant) ([]mint.Issuer, error) {
	return call[wire.Tenant, []mint.Issuer](ctx, c, "/issuer/list", tenant)
}

// CreateBatch makes a batch of passes.
func (c *Client) CreateBatch(ctx context.Context, tenant wire.Tenant, o mint.Order) (mint.Batch, error) {
	return call[Of[mint.Order], mint.Batch](ctx, c, "/batch/create", Of[mint.Order]{tenant, o})
}

// Batches lists a tenant's batches, newest last.
func (c *Client) Batches(ctx context.Context, tenant wire.Tenant) ([]mint.Batch, error) {
	return call[wire.Tenant, []mint.Batch](ctx, c, "/batch/list", tenant)
}

// Carnets lists a batch's carnets with what became of them.
func (c *Client) Carnets(ctx context.Context, q Lot) ([]mint.Carnet, error) {
	return call[Lot, []mint.Carnet](ctx, c, "/batch/carnets", q)
}

// HandOver notes that a carnet was entrusted to a distributor or handed out.
func (c *Client) HandOver(ctx context.Context, q Lot) error {
	_, err := call[Lot, done](ctx, c, "/batch/handover", q)
	return err
}

// Qualify replaces the structures that may accept a batch's passes.
func (c *Client) Qualify(ctx context.Context, q Lot) error {
	_, err := call[Lot, done](ctx, c, "/batch/qualify", q)
	return err
}

// Revoke makes a carnet, else a batch, else an issuer's key worthless.
func (c *Client) Revoke(ctx context.Context, q Lot) error {
	_, err := call[Lot, done](ctx, c, "/batch/revoke", q)
	return err
}

// Publish brings what stations read up to date now.
func (c *Client) Publish(ctx context.Context, tenant wire.Tenant) error {
	_, err := call[wire.Tenant, done](ctx, c, "/publish", tenant)
	return err
}
