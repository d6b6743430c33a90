package mint

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// MediatorCard is a card that was issued. Label says whom or what it is for,
// in words of the operator; it is printed and never leaves the server.
type MediatorCard struct {
	Card    pass.Card
	Label   string
	Issued  time.Time
	Revoked time.Time // zero while it counts
}

// IssueCard signs a mediator card for a structure (0: any of the tenant) that
// counts from today until a day.
func (m *Mint) IssueCard(ctx context.Context, tenant wire.Tenant, structure pass.Structure, until pass.Day, label string) (pass.SignedCard, error) {
	if until < m.today() || len(label) > 200 {
		return pass.SignedCard{}, fmt.Errorf("issue card: %w: date or label", ErrInvalid)
	}
	key, err := m.signingKey(ctx, tenant, cardIssuer, until)
	if err != nil {
		return pass.SignedCard{}, fmt.Errorf("issue card: %w", err)
	}
	now := m.Now()
	c, err := m.Store.AddMintCard(ctx, tenant, func(id pass.CardID) MediatorCard {
		return MediatorCard{Label: label, Issued: now, Card: pass.Card{
			Key: key.ID, Tenant: pass.TenantTag(string(tenant)), Structure: structure, ID: id, NotBefore: pass.DayOf(now), NotAfter: until,
		}}
	})
	if err != nil {
		return pass.SignedCard{}, fmt.Errorf("issue card: %w", err)
	}
	m.Wake(tenant)
	return m.signCard(tenant, key, c.Card)
}

// SignedCard returns a card that was issued, to print it again.
func (m *Mint) SignedCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) (pass.SignedCard, error) {
	cards, err := m.Store.MintCards(ctx, tenant)
	if err != nil {
		return pass.SignedCard{}, fmt.Errorf("read card: %w", err)
	}
	for _, c := range cards {
		if c.Card.ID != id {
			continue
		}
		key, err := m.findKey(ctx, tenant, cardIssuer, c.Card.Key)
		if err != nil {
			return pass.SignedCard{}, fmt.Errorf("read card: %w", err)
		}
		return m.signCard(tenant, key, c.Card)
	}
	return pass.SignedCard{}, fmt.Errorf("read card: %w", ErrUnknown)
}

func (m *Mint) signCard(tenant wire.Tenant, key SealedKey, c pass.Card) (pass.SignedCard, error) {
	priv, err := m.private(tenant, cardIssuer, key)
	if err != nil {
		return pass.SignedCard{}, fmt.Errorf("sign card: %w", err)
	}
	return c.Sign(priv)
}

// Cards returns the cards of a tenant, in the order of their numbers.
func (m *Mint) Cards(ctx context.Context, tenant wire.Tenant) ([]MediatorCard, error) {
	return m.Store.MintCards(ctx, tenant)
}

// RevokeCard closes mediator mode to a card at every station that has been in
// touch since.
func (m *Mint) RevokeCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) error {
	if err := m.Store.RevokeMintCard(ctx, tenant, id, m.Now()); err != nil {
		return fmt.Errorf("revoke card: %w", err)
	}
	m.Wake(tenant)
	return nil
}

// RevokeCardKey declares the key of mediator cards stolen: every card it
// signed is worthless at once and has to be issued again.
func (m *Mint) RevokeCardKey(ctx context.Context, tenant wire.Tenant, key pass.KeyID) error {
	return m.RevokeKey(ctx, tenant, cardIssuer, key)
}

// A PIN is hashed so that a Raspberry Pi checks it in about half a second and
// a thief of the document tries few.
const (
	pinMemory  = 19 << 10 // KiB
	pinTime    = 2
	pinThreads = 1
	pinSalt    = 16
	pinSum     = 32
	minPIN     = 6
	maxPIN     = 32
)

// SetPIN replaces the PIN that opens mediator mode at a structure's stations
// (structure 0: at all). It has 6 to 32 digits and is not one digit repeated.
// An empty PIN removes it.
func (m *Mint) SetPIN(ctx context.Context, tenant wire.Tenant, structure pass.Structure, pin string) error {
	p := pass.PIN{Structure: structure}
	if pin != "" {
		if !goodPIN(pin) {
			return fmt.Errorf("set PIN: %w: PIN", ErrInvalid)
		}
		p.Hash = hashPIN(pin)
	}
	if err := m.Store.SavePIN(ctx, tenant, p); err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	m.Wake(tenant)
	return nil
}

func goodPIN(pin string) bool {
	return len(pin) >= minPIN && len(pin) <= maxPIN &&
		strings.Trim(pin, "0123456789") == "" && strings.Trim(pin, pin[:1]) != ""
}

func hashPIN(pin string) string {
	salt := make([]byte, pinSalt)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	sum := argon2.IDKey([]byte(pin), salt, pinTime, pinMemory, pinThreads, pinSum)
	return pass.PHC{Memory: pinMemory, Time: pinTime, Threads: pinThreads, Salt: salt, Sum: sum}.String()
}

func (m *Mint) cardsDraft(ctx context.Context, tenant wire.Tenant) (draft, error) {
	keys, err := m.Store.MintKeys(ctx, tenant, cardIssuer)
	if err != nil {
		return draft{}, err
	}
	cards, err := m.Store.MintCards(ctx, tenant)
	if err != nil {
		return draft{}, err
	}
	pins, err := m.Store.PINs(ctx, tenant)
	if err != nil {
		return draft{}, err
	}
	doc := pass.Cards{Tenant: string(tenant), Keys: public(keys), PINs: pins, Revoked: m.revoked(cards)}
	return draft{target: "tenants/" + string(tenant) + "/cards.json", encode: func(version uint64, _ time.Time) ([]byte, error) {
		doc.Version = version
		return doc.Encode()
	}}, nil
}

// revoked leaves out cards that have expired anyway, so that the list stays
// short; a year's grace is for stations that do not know the date.
func (m *Mint) revoked(cards []MediatorCard) []pass.CardID {
	var list []pass.CardID
	for _, c := range cards {
		if !c.Revoked.IsZero() && c.Card.NotAfter+366 >= m.today() {
			list = append(list, c.Card.ID)
		}
	}
	return list
}
