package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Carrier takes what stations sent home on a stick (fleet/intake).
type Carrier interface {
	Take(ctx context.Context, tenant wire.Tenant, sealed io.Reader) (intake.Carried, error)
}

// carryPath takes a file from a stick as the body of a POST.
const carryPath = "/stick/import"

const (
	carryTime = 5 * time.Minute       // for one file
	maxSealed = wire.MaxCarry + 1<<20 // with what sealing adds
)

func (p Parts) takeCarry(w http.ResponseWriter, r *http.Request) {
	tenant := wire.Tenant(r.URL.Query().Get("tenant"))
	if !tenant.Valid() {
		refuse(w, p.Log, carryPath, registry.ErrInvalid)
		return
	}
	c, end := http.NewResponseController(w), time.Now().Add(carryTime)
	_ = errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)) // not every one can
	got, err := p.Carrier.Take(r.Context(), tenant, http.MaxBytesReader(w, r.Body, maxSealed))
	if err != nil {
		refuse(w, p.Log, carryPath, err)
		return
	}
	object := fmt.Sprintf("%s %s %d", got.Station, got.Log, got.Records)
	if got, err = noted(r.Context(), p, tenant, "stick.import", object, got, err); err != nil {
		refuse(w, p.Log, carryPath, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(got)
}

// TakeCarry brings a file from a stick. It fails with [intake.ErrCarry] when it is
// none of the tenant's stations'.
func (c *Client) TakeCarry(ctx context.Context, tenant wire.Tenant, sealed io.Reader) (intake.Carried, error) {
	target := "http://admin" + carryPath + "?" + url.Values{"tenant": {string(tenant)}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, struct{ io.Reader }{sealed}) // who opened it closes it
	if err != nil {
		return intake.Carried{}, fmt.Errorf("call %s: %w", carryPath, err)
	}
	slow := http.Client{Timeout: carryTime, Transport: c.http.Transport}
	response, err := slow.Do(request)
	if err != nil {
		return intake.Carried{}, fmt.Errorf("call %s: %w", carryPath, unreachable(err))
	}
	got, err := read[intake.Carried](response)
	return got, errors.Join(err, response.Body.Close())
}
