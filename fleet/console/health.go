package console

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// healthDays is how far back a station's page looks.
const healthDays = 2

// health returns the last sample of each hour, newest first: what a technician
// needs to see a battery sink or a disk fill before somebody telephones.
func (c *console) health(v *visit, id wire.Station) ([]registry.Sample, error) {
	all, err := c.Fleet.Samples(v.Context(), v.tenant(), id, c.Now().Add(-healthDays*24*time.Hour))
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	return slices.CompactFunc(all, func(a, b registry.Sample) bool {
		return a.At.Truncate(time.Hour).Equal(b.At.Truncate(time.Hour))
	}), nil
}
