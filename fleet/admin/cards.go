package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// CardMint makes mediator cards (fleet/mint).
type CardMint interface {
	IssueCard(ctx context.Context, tenant wire.Tenant, structure pass.Structure, until pass.Day, label string) (pass.SignedCard, error)
	Cards(ctx context.Context, tenant wire.Tenant) ([]mint.MediatorCard, error)
	RevokeCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) error
	RevokeCardKey(ctx context.Context, tenant wire.Tenant, key pass.KeyID) error
	SetPIN(ctx context.Context, tenant wire.Tenant, structure pass.Structure, pin string) error
}

// CardOrder asks for a mediator card, names one, or sets a PIN.
type CardOrder struct {
	Tenant    wire.Tenant
	Structure pass.Structure // 0: any of the tenant
	Until     pass.Day
	Label     string
	ID        pass.CardID // RevokeCard
	Key       pass.KeyID  // RevokeCardKey
	PIN       string      // SetPIN
}

// IssuedCard is a card as it is printed.
type IssuedCard struct {
	ID     pass.CardID
	Digits string // of its QR code
}

func (p Parts) cards(mux *http.ServeMux) {
	on(mux, p.Log, "/card/issue", func(ctx context.Context, q CardOrder) (IssuedCard, error) {
		card, err := p.Mint.IssueCard(ctx, q.Tenant, q.Structure, q.Until, q.Label)
		if err != nil {
			return IssuedCard{}, err
		}
		return noted(ctx, p, q.Tenant, "card.issue", fmt.Sprint(uint32(card.Card.ID)), IssuedCard{card.Card.ID, card.Digits()}, nil)
	})
	on(mux, p.Log, "/card/list", func(ctx context.Context, t wire.Tenant) ([]mint.MediatorCard, error) {
		return p.Mint.Cards(ctx, t)
	})
	on(mux, p.Log, "/card/revoke", func(ctx context.Context, q CardOrder) (done, error) {
		err := p.Mint.RevokeCard(ctx, q.Tenant, q.ID)
		return noted(ctx, p, q.Tenant, "card.revoke", fmt.Sprint(uint32(q.ID)), done{}, err)
	})
	on(mux, p.Log, "/card/revoke-key", func(ctx context.Context, q CardOrder) (done, error) {
		err := p.Mint.RevokeCardKey(ctx, q.Tenant, q.Key)
		return noted(ctx, p, q.Tenant, "card-key.revoke", fmt.Sprint(q.Key), done{}, err)
	})
	on(mux, p.Log, "/card/pin", func(ctx context.Context, q CardOrder) (done, error) {
		err := p.Mint.SetPIN(ctx, q.Tenant, q.Structure, q.PIN)
		return noted(ctx, p, q.Tenant, "pin.set", fmt.Sprint(q.Structure), done{}, err)
	})
}

// IssueCard signs a mediator card.
func (c *Client) IssueCard(ctx context.Context, q CardOrder) (IssuedCard, error) {
	return call[CardOrder, IssuedCard](ctx, c, "/card/issue", q)
}

// Cards lists a tenant's cards.
func (c *Client) Cards(ctx context.Context, tenant wire.Tenant) ([]mint.MediatorCard, error) {
	return call[wire.Tenant, []mint.MediatorCard](ctx, c, "/card/list", tenant)
}

// RevokeCard closes mediator mode to a card.
func (c *Client) RevokeCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) error {
	_, err := call[CardOrder, done](ctx, c, "/card/revoke", CardOrder{Tenant: tenant, ID: id})
	return err
}

// RevokeCardKey makes every card that a stolen key signed worthless.
func (c *Client) RevokeCardKey(ctx context.Context, tenant wire.Tenant, key pass.KeyID) error {
	_, err := call[CardOrder, done](ctx, c, "/card/revoke-key", CardOrder{Tenant: tenant, Key: key})
	return err
}

// SetPIN replaces the PIN of a structure's stations; an empty one removes it.
func (c *Client) SetPIN(ctx context.Context, tenant wire.Tenant, structure pass.Structure, pin string) error {
	_, err := call[CardOrder, done](ctx, c, "/card/pin", CardOrder{Tenant: tenant, Structure: structure, PIN: pin})
	return err
}
