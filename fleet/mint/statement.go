package mint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrNothingOwed says that a structure has no validation to be paid.
var ErrNothingOwed = errors.New("nothing owed")

// Closing asks for a statement.
type Closing struct {
	Structure pass.Structure
	Period    string    // "2026-11", printed on the statement
	Before    time.Time // validations received before this moment
	At        time.Time
}

// Statement (bordereau) is what a structure is paid for a month. It holds sums
// and never serials; number runs on for the tenant without a gap.
type Statement struct {
	Number    uint64
	Structure pass.Structure
	Period    string
	Closed    time.Time
	Lines     []StatementLine
}

// StatementLine sums the validations of one batch.
type StatementLine struct {
	Issuer    pass.Issuer `json:"issuer"`
	Batch     pass.Batch  `json:"batch"`
	Passes    int         `json:"passes"`
	FaceValue int         `json:"face_value"` // cents
}

// Total returns the sum to be paid, in cents.
func (s Statement) Total() int {
	total := 0
	for _, l := range s.Lines {
		total += l.Passes * l.FaceValue
	}
	return total
}

// CloseMonth settles what a structure's stations validated and the fleet
// received before the end of a month: every provisional validation is paid
// with the new statement and never changes again. Conflicts are left for a
// person. It fails with [ErrInvalid] before the month is over and with
// [ErrNothingOwed].
func (m *Mint) CloseMonth(ctx context.Context, tenant wire.Tenant, structure pass.Structure, year int, month time.Month) (Statement, error) {
	now := m.Now()
	before := time.Date(year, month+1, 1, 0, 0, 0, 0, now.Location())
	if before.After(now) || structure == 0 {
		return Statement{}, fmt.Errorf("close month: %w: month is not over", ErrInvalid)
	}
	period := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	if err := m.SettleAll(ctx); err != nil {
		return Statement{}, fmt.Errorf("close month: %w", err)
	}
	s, err := m.Store.CloseStatement(ctx, tenant, Closing{Structure: structure, Period: period, Before: before, At: now})
	if err != nil {
		return Statement{}, fmt.Errorf("close month: %w", err)
	}
	m.Log.Info("month closed", "tenant", tenant, "structure", structure, "statement", s.Number)
	m.Wake(tenant)
	return s, nil
}

// Statement returns one statement.
func (m *Mint) Statement(ctx context.Context, tenant wire.Tenant, number uint64) (Statement, error) {
	return m.Store.Statement(ctx, tenant, number)
}

// Statements returns every statement of a tenant by number.
func (m *Mint) Statements(ctx context.Context, tenant wire.Tenant) ([]Statement, error) {
	return m.Store.Statements(ctx, tenant)
}
