package mint

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Issuer answers for passes: its name is on the paper and its keys sign them.
type Issuer struct {
	ID      pass.Issuer
	Series  uint8 // first two digits of its numbers, unique on the server
	Name    string
	Address string
}

// SealedKey is a signing key with its private half sealed by the [Vault].
type SealedKey struct {
	pass.Key
	Sealed []byte
}

// cardIssuer is the place of the tenant's card keys among the issuers' keys.
const cardIssuer pass.Issuer = 0

// AddIssuer keeps a new issuer; the store gives its number and, when it is
// zero, its series. It fails with [ErrInvalid] or [ErrTaken].
func (m *Mint) AddIssuer(ctx context.Context, tenant wire.Tenant, i Issuer) (Issuer, error) {
	if i.Name == "" || len(i.Name) > 200 || len(i.Address) > 400 || i.Series > 99 {
		return Issuer{}, fmt.Errorf("add issuer: %w: name, address or series", ErrInvalid)
	}
	i, err := m.Store.AddIssuer(ctx, tenant, i)
	if err != nil {
		return Issuer{}, fmt.Errorf("add issuer: %w", err)
	}
	m.Wake(tenant)
	return i, nil
}

// Issuers returns the issuers of a tenant.
func (m *Mint) Issuers(ctx context.Context, tenant wire.Tenant) ([]Issuer, error) {
	return m.Store.Issuers(ctx, tenant)
}

// signingKey returns a key of the issuer that signs today and verifies until a
// day; it makes one for this calendar year when there is none.
func (m *Mint) signingKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, until pass.Day) (SealedKey, error) {
	keys, err := m.Store.MintKeys(ctx, tenant, issuer)
	if err != nil {
		return SealedKey{}, fmt.Errorf("find signing key: %w", err)
	}
	today := m.today()
	for _, k := range keys {
		if k.RevokedAt == nil && today >= k.SignFrom && today <= k.SignUntil && k.VerifyUntil >= until {
			return k, nil
		}
	}
	return m.newKey(ctx, tenant, issuer, until)
}

func (m *Mint) newKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, until pass.Day) (SealedKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SealedKey{}, fmt.Errorf("make signing key: %w", err)
	}
	year, _, _ := m.today().Date()
	end := lastDay(year)
	k, err := m.Store.AddMintKey(ctx, tenant, issuer, func(id pass.KeyID) SealedKey {
		key := pass.Key{ID: id, Public: public, SignFrom: m.today(), SignUntil: end, VerifyUntil: max(until, lastDay(year+2))}
		return SealedKey{Key: key, Sealed: m.Vault.seal(keyName(tenant, issuer, id), private)}
	})
	if err != nil {
		return SealedKey{}, fmt.Errorf("make signing key: %w", err)
	}
	return k, nil
}

// private opens a key.
func (m *Mint) private(tenant wire.Tenant, issuer pass.Issuer, k SealedKey) (ed25519.PrivateKey, error) {
	priv, err := m.Vault.open(keyName(tenant, issuer, k.ID), k.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open signing key: %w", err)
	}
	return priv, nil
}

func (m *Mint) findKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, id pass.KeyID) (SealedKey, error) {
	keys, err := m.Store.MintKeys(ctx, tenant, issuer)
	if err != nil {
		return SealedKey{}, fmt.Errorf("find key: %w", err)
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return SealedKey{}, fmt.Errorf("find key: %w", ErrUnknown)
}

func keyName(tenant wire.Tenant, issuer pass.Issuer, id pass.KeyID) string {
	return fmt.Sprintf("mallette-mint-v1\x00%s\x00%d\x00%d", tenant, issuer, id)
}

func lastDay(year int) pass.Day {
	return pass.DayOf(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
}
