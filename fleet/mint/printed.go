package mint

import (
	"context"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// maxPrint is the largest number of passes in one printed document.
const maxPrint = 10_000

// Printed is a pass as it goes on paper.
type Printed struct {
	Carnet int // from 1
	Place  int // in its carnet, from 1
	Signed pass.Signed
	Number pass.Number
}

// Passes makes the passes of the carnets from one number to another, always
// the same ones. It fails with [ErrInvalid] on more than 10,000 passes and on
// a revoked batch.
func (m *Mint) Passes(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int) (pass.Manifest, []Printed, error) {
	b, err := m.Store.Batch(ctx, tenant, issuer, batch)
	if err != nil {
		return pass.Manifest{}, nil, fmt.Errorf("make passes: %w", err)
	}
	mf := b.Manifest
	if from < 1 || to < from || to > mf.Carnets() || mf.Revoked || (to-from+1)*mf.CarnetSize > maxPrint {
		return mf, nil, fmt.Errorf("make passes: %w: carnets", ErrInvalid)
	}
	key, err := m.findKey(ctx, tenant, issuer, mf.Keys[0])
	if err != nil {
		return mf, nil, fmt.Errorf("make passes: %w", err)
	}
	priv, err := m.private(tenant, issuer, key)
	if err != nil {
		return mf, nil, fmt.Errorf("make passes: %w", err)
	}
	var list []Printed
	for i := (from - 1) * mf.CarnetSize; i < to*mf.CarnetSize; i++ {
		serial := mf.First + pass.Serial(i)
		s, err := signed(mf, key.ID, serial, priv)
		if err != nil {
			return mf, nil, fmt.Errorf("make passes: %w", err)
		}
		list = append(list, Printed{
			Carnet: i/mf.CarnetSize + 1, Place: i%mf.CarnetSize + 1,
			Signed: s, Number: pass.Number{Series: mf.Series, Serial: serial},
		})
	}
	return mf, list, nil
}
