package mint

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrUnknown says that there is no such issuer, batch, carnet, key or card.
var ErrUnknown = errors.New("not in the mint")

// ErrTaken says that a number or series belongs to somebody else.
var ErrTaken = errors.New("number already taken")

// ErrInvalid says that an order breaks a rule; the wrapped text names it.
var ErrInvalid = errors.New("invalid order")

// Store keeps the mint. Every method is one transaction and returns after the
// commit. Closures run inside of it: they are quick and call no method. What
// is missing gives [ErrUnknown].
type Store interface {
	MintTenants(ctx context.Context) ([]wire.Tenant, error)
	// SkipNumbers raises every counter of the mint, so that nothing made
	// after a backup is made again.
	SkipNumbers(ctx context.Context, s Skip) error
	issuerStore
	batchStore
	cardStore
	documentStore
	statementStore
}

type issuerStore interface {
	// AddIssuer numbers the issuer, finds it a series unless it has one, and
	// keeps it. It fails with [ErrTaken].
	AddIssuer(ctx context.Context, tenant wire.Tenant, i Issuer) (Issuer, error)
	Issuers(ctx context.Context, tenant wire.Tenant) ([]Issuer, error)
	Issuer(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer) (Issuer, error)
	// AddMintKey takes the next key number of an issuer; issuer 0 has the
	// tenant's keys for mediator cards.
	AddMintKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, build func(pass.KeyID) SealedKey) (SealedKey, error)
	MintKeys(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer) ([]SealedKey, error)
	RevokeMintKey(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, key pass.KeyID, on pass.Day) error
}

type batchStore interface {
	// AddBatch takes size serials and a batch number of the issuer's series.
	AddBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, size int, build func(pass.Batch, pass.Serial) (Batch, error)) (Batch, error)
	Batches(ctx context.Context, tenant wire.Tenant) ([]Batch, error)
	Batch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (Batch, error)
	// ChangeBatch keeps what change made of a batch and lets the rule look at
	// its passes again.
	ChangeBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, change func(*Batch) error) error
	// MintCarnets returns the carnets to which something happened, by number.
	MintCarnets(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) ([]Carnet, error)
	ChangeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, change func(*Carnet) error) error
	// Redeemed returns the serials with a validation that was neither
	// cancelled nor rejected, in order.
	Redeemed(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) ([]pass.Serial, error)
}

type cardStore interface {
	AddMintCard(ctx context.Context, tenant wire.Tenant, build func(pass.CardID) MediatorCard) (MediatorCard, error)
	MintCards(ctx context.Context, tenant wire.Tenant) ([]MediatorCard, error)
	RevokeMintCard(ctx context.Context, tenant wire.Tenant, card pass.CardID, at time.Time) error
	// SavePIN replaces the PIN of a structure; an empty hash removes it.
	SavePIN(ctx context.Context, tenant wire.Tenant, pin pass.PIN) error
	PINs(ctx context.Context, tenant wire.Tenant) ([]pass.PIN, error)
}

type documentStore interface {
	// StationKeys returns the public ledger keys of the stations that nobody
	// declared lost, of every incarnation, in a stable order.
	StationKeys(ctx context.Context, tenant wire.Tenant) ([]ed25519.PublicKey, error)
	MintDocuments(ctx context.Context, tenant wire.Tenant) (map[string]Document, error)
	SaveMintDocuments(ctx context.Context, tenant wire.Tenant, docs []Document) error
}

type statementStore interface {
	// SettleWaiting applies rule to passes that have an event which the rule
	// has not seen, at most limit, each with all its events. It returns how
	// many there were and the tenants for whom something changed.
	SettleWaiting(ctx context.Context, limit int, rule func(wire.Tenant, []Claim) []Outcome) (int, []wire.Tenant, error)
	// Decide keeps what a person decided about a validation that no statement
	// has paid, and lets the rule look at its pass again.
	Decide(ctx context.Context, tenant wire.Tenant, station wire.Station, at pass.Position, d Decision) error
	// CloseStatement numbers a statement of a structure and settles with it
	// every provisional validation received before a moment. It fails with
	// [ErrNothingOwed] when there is none.
	CloseStatement(ctx context.Context, tenant wire.Tenant, c Closing) (Statement, error)
	Statements(ctx context.Context, tenant wire.Tenant) ([]Statement, error)
	Statement(ctx context.Context, tenant wire.Tenant, number uint64) (Statement, error)
}

// Skip says by how much numbers jump after a restore. Serials and batches
// would be printed twice, document versions would be refused by stations that
// have seen later ones.
type Skip struct {
	Serials  uint32
	Versions uint64
	Others   uint32 // batches, cards, statements
	Keys     uint8
}
