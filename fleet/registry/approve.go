package registry

import (
	"context"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrNobodyWaits says that no station shows the code that was typed.
var ErrNobodyWaits = errors.New("no station shows that code")

// approvalLife is how long a station has to use what it was given.
const approvalLife = time.Hour

// Approve lets the machine that shows the code on its screen join a kit, as
// [Registry.IssueToken] does for one that is given a token. A code that nobody
// shows is [ErrNobodyWaits].
func (r Registry) Approve(ctx context.Context, by Actor, tenant wire.Tenant, kit string, claims wire.Station, code string) error {
	return r.Give(code, func() (string, error) { return r.IssueToken(ctx, by, tenant, kit, claims, approvalLife) })
}
