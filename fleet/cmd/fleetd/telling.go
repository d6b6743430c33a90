package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// telling is the release repository, which tells stations at once that keys or
// addresses are others.
type telling struct {
	*release.Repository
	house *house
}

// tellTime bounds telling all tenants' stations.
const tellTime = time.Minute

// AdoptRequest takes a signed request.
func (t telling) AdoptRequest(request []byte) error {
	if err := t.Repository.AdoptRequest(request); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTime)
	defer cancel()
	tenants, err := t.house.store.MintTenants(ctx)
	if err != nil {
		t.house.log.Error("stations not told of new keys", "err", err)
	}
	for _, tenant := range tenants {
		t.house.published(ctx, tenant)
	}
	return nil
}
