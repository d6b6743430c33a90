package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// AddMintCard implements mint.Store.
func (s *Store) AddMintCard(ctx context.Context, tenant wire.Tenant, build func(pass.CardID) mint.MediatorCard) (mint.MediatorCard, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (c mint.MediatorCard, err error) {
		n, err := take(ctx, tx, tenant, countCards, 1)
		if err != nil {
			return c, err
		}
		c = build(pass.CardID(n))
		_, err = tx.ExecContext(ctx, `INSERT INTO mediator_cards (tenant, card, kid, tag, structure, not_before, not_after, label, issued_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, tenant, c.Card.ID, c.Card.Key, c.Card.Tenant, c.Card.Structure,
			uint16(c.Card.NotBefore), uint16(c.Card.NotAfter), c.Label, millis(c.Issued))
		return c, wrap(err, "add card")
	})
}

// MintCards implements mint.Store.
func (s *Store) MintCards(ctx context.Context, tenant wire.Tenant) ([]mint.MediatorCard, error) {
	cards, err := list(ctx, s.r, func(row rowScanner) (c mint.MediatorCard, err error) {
		var issued, revoked int64
		k := &c.Card
		err = row.Scan(&k.ID, &k.Key, &k.Tenant, &k.Structure, &k.NotBefore, &k.NotAfter, &c.Label, &issued, &revoked)
		c.Issued, c.Revoked = fromMillis(issued), fromMillis(revoked)
		return c, err
	}, `SELECT card, kid, tag, structure, not_before, not_after, label, issued_at, revoked_at FROM mediator_cards
		WHERE tenant = $1 ORDER BY card`, tenant)
	return cards, wrap(err, "list cards")
}

// RevokeMintCard implements mint.Store. A card revoked before keeps its time.
func (s *Store) RevokeMintCard(ctx context.Context, tenant wire.Tenant, card pass.CardID, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE mediator_cards SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
			WHERE tenant = $1 AND card = $2`, tenant, card, millis(at))
		if err != nil {
			return fmt.Errorf("revoke card: %w", err)
		}
		return changedOne(res, mint.ErrUnknown)
	})
}

// SavePIN implements mint.Store.
func (s *Store) SavePIN(ctx context.Context, tenant wire.Tenant, pin pass.PIN) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM mediator_pins WHERE tenant = $1 AND structure = $2`, tenant, pin.Structure); err != nil {
			return fmt.Errorf("remove PIN: %w", err)
		}
		if pin.Hash == "" {
			return nil
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO mediator_pins (tenant, structure, hash) VALUES ($1, $2, $3)`, tenant, pin.Structure, pin.Hash)
		return wrap(err, "save PIN")
	})
}

// PINs implements mint.Store.
func (s *Store) PINs(ctx context.Context, tenant wire.Tenant) ([]pass.PIN, error) {
	pins, err := list(ctx, s.r, func(row rowScanner) (p pass.PIN, err error) {
		err = row.Scan(&p.Structure, &p.Hash)
		return p, err
	}, `SELECT structure, hash FROM mediator_pins WHERE tenant = $1 ORDER BY structure`, tenant)
	return pins, wrap(err, "list PINs")
}

// MintDocuments implements mint.Store.
func (s *Store) MintDocuments(ctx context.Context, tenant wire.Tenant) (map[string]mint.Document, error) {
	docs, err := list(ctx, s.r, func(row rowScanner) (d mint.Document, err error) {
		var digest []byte
		var issued int64
		err = row.Scan(&d.Target, &d.Version, &digest, &issued, &d.Published)
		copy(d.Digest[:], digest)
		d.IssuedAt = fromMillis(issued)
		return d, err
	}, `SELECT target, version, digest, issued_at, published FROM mint_documents WHERE tenant = $1`, tenant)
	byTarget := make(map[string]mint.Document, len(docs))
	for _, d := range docs {
		byTarget[d.Target] = d
	}
	return byTarget, wrap(err, "list published documents")
}

// SaveMintDocuments implements mint.Store.
func (s *Store) SaveMintDocuments(ctx context.Context, tenant wire.Tenant, docs []mint.Document) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, d := range docs {
			_, err := tx.ExecContext(ctx, `INSERT INTO mint_documents (tenant, target, version, digest, issued_at, published)
				VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, target) DO UPDATE SET
				version = excluded.version, digest = excluded.digest, issued_at = excluded.issued_at, published = excluded.published`,
				tenant, d.Target, d.Version, d.Digest[:], millis(d.IssuedAt), flag(d.Published))
			if err != nil {
				return fmt.Errorf("save published documents: %w", err)
			}
		}
		return nil
	})
}
