package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrReceipt says that a receipt is not what its station signed for that job.
var ErrReceipt = errors.New("receipt is not the station's")

// Receipt returns what a station signed before it was wiped. The key of any of
// its incarnations counts: by now it has become another.
func (s *Store) Receipt(ctx context.Context, tenant wire.Tenant, l registry.JobLine) (wire.Farewell, error) {
	keys, err := s.LedgerKeys(ctx, tenant, l.Station)
	if err != nil {
		return wire.Farewell{}, err
	}
	var f wire.Farewell
	if l.Receipt == nil || wire.Decode([]byte(l.Receipt.Text), &f) != nil {
		return f, fmt.Errorf("read receipt: %w", ErrReceipt)
	}
	key := keys[f.Incarnation]
	signed := len(key) == ed25519.PublicKeySize && ed25519.Verify(key, []byte(wire.ReceiptDomain+l.Receipt.Text), l.Receipt.Sig)
	if !signed || f.Station != l.Station || f.Job != l.Job.ID {
		return wire.Farewell{}, fmt.Errorf("read receipt: %w", ErrReceipt)
	}
	return f, nil
}
