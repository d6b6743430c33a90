package workshop

import "github.com/mallette-kit/mallette/fleet/pass"

// ByCard opens mediator mode with a mediator card. It fails with [ErrNotOurs],
// [ErrUnknownKey], [ErrRevoked] or [ErrCardDate].
func (d *Door) ByCard(card pass.SignedCard) error {
	if err := d.keys().check(card); err != nil {
		return err
	}
	d.open(Grant{Card: card.Card.ID})
	return nil
}

// check tells whether the card opens this station today. Without a date only
// what is certain refuses: a card that ended before the earliest day it can be.
func (k Keys) check(card pass.SignedCard) error {
	c := card.Card
	if c.Tenant != pass.TenantTag(k.Tenant) || (c.Structure != 0 && c.Structure != k.Structure) {
		return ErrNotOurs
	}
	key, ok := k.Cards.Find(c.Key)
	if !ok {
		return ErrUnknownKey
	}
	if !key.Valid(k.Today) || card.Verify(key.Public) != nil {
		return ErrNotOurs
	}
	if k.Cards.IsRevoked(c.ID) {
		return ErrRevoked
	}
	if !c.Valid(k.Today) || c.NotAfter < k.Earliest {
		return ErrCardDate
	}
	return nil
}
