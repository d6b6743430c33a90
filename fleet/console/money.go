package console

import (
	"context"
	"io"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Mint makes batches and cards and settles months; [mint.Mint] does.
type Mint interface {
	AddIssuer(ctx context.Context, tenant wire.Tenant, i mint.Issuer) (mint.Issuer, error)
	Issuers(ctx context.Context, tenant wire.Tenant) ([]mint.Issuer, error)
	Batches(ctx context.Context, tenant wire.Tenant) ([]mint.Batch, error)
	Batch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) (mint.Batch, error)
	CreateBatch(ctx context.Context, tenant wire.Tenant, o mint.Order) (mint.Batch, error)
	RevokeBatch(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch) error
	Carnets(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int) ([]mint.Carnet, error)
	HandOver(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int, to mint.CarnetState, holder string) error
	RevokeCarnet(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, carnet int) error
	PrintPDF(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error
	PrintHTML(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error
	PrintCardPDF(ctx context.Context, tenant wire.Tenant, id pass.CardID, w io.Writer) error
	Publish(ctx context.Context, tenant wire.Tenant) error

	Cards(ctx context.Context, tenant wire.Tenant) ([]mint.MediatorCard, error)
	IssueCard(ctx context.Context, tenant wire.Tenant, structure pass.Structure, until pass.Day, label string) (pass.SignedCard, error)
	SignedCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) (pass.SignedCard, error)
	RevokeCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) error
	SetPIN(ctx context.Context, tenant wire.Tenant, structure pass.Structure, pin string) error

	Decide(ctx context.Context, tenant wire.Tenant, station wire.Station, at pass.Position, d mint.Decision) error
	Statements(ctx context.Context, tenant wire.Tenant) ([]mint.Statement, error)
	CloseMonth(ctx context.Context, tenant wire.Tenant, structure pass.Structure, year int, month time.Month) (mint.Statement, error)
}

// Ledger reads validations.
type Ledger interface {
	Lines(ctx context.Context, tenant wire.Tenant, q report.LineQuery) ([]report.Line, int, error)
	ForeignEntries(ctx context.Context, tenant wire.Tenant, q report.LineQuery) ([]report.ForeignEntry, error)
}

// Alarms lists what somebody has to look at.
type Alarms interface {
	Alarms(ctx context.Context, tenant wire.Tenant, all bool) ([]store.Alarm, error)
	Dismiss(ctx context.Context, tenant wire.Tenant, id wire.Station, kind intake.Alarm) error
}
