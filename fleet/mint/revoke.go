package mint

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// RevokeKey declares a signing key stolen from today. Passes it signed stay
// usable when they are in their batch's list of genuine passes, which is made
// here and published with the manifest; carnets that were not handed out are
// better revoked too, because a thief can sign the same passes again.
func (m *Mint) RevokeKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, key pass.KeyID) error {
	k, err := m.findKey(ctx, tenant, issuer, key)
	if err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	if issuer != cardIssuer {
		if err := m.listGenuine(ctx, tenant, issuer, k); err != nil {
			return fmt.Errorf("revoke key: %w", err)
		}
	}
	if err := m.Store.RevokeMintKey(ctx, tenant, issuer, key, m.today()); err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	m.Wake(tenant)
	return nil
}

// listGenuine writes the list of every batch that the key signed.
func (m *Mint) listGenuine(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, k SealedKey) error {
	priv, err := m.private(tenant, issuer, k)
	if err != nil {
		return err
	}
	batches, err := m.Store.Batches(ctx, tenant)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.Manifest.Issuer != issuer || !slices.Contains(b.Manifest.Keys, k.ID) {
			continue
		}
		list, err := genuine(ctx, b.Manifest, k.ID, priv)
		if err != nil {
			return err
		}
		err = m.Store.ChangeBatch(ctx, tenant, issuer, b.Manifest.Batch, func(b *Batch) error {
			b.Manifest.Genuine = list
			return b.check()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func genuine(ctx context.Context, mf pass.Manifest, key pass.KeyID, priv ed25519.PrivateKey) ([]string, error) {
	list := make([]string, 0, mf.Size())
	for i := range mf.Size() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := signed(mf, key, mf.First+pass.Serial(i), priv)
		if err != nil {
			return nil, err
		}
		list = append(list, s.Genuine())
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func signed(mf pass.Manifest, key pass.KeyID, serial pass.Serial, priv ed25519.PrivateKey) (pass.Signed, error) {
	return pass.Payload{Issuer: mf.Issuer, Key: key, Batch: mf.Batch, Serial: serial, NotAfter: mf.UseUntil}.Sign(priv)
}
