package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// monthIdle is what a station costs on the line that is on all month and at which
// nothing happens.
const monthIdle = "station_month_idle"

// What happens in a month of thirty days: a sample every quarter of an hour, a
// sign of life after each four minutes of silence in between, a line that breaks
// once a day, and a look at the fleet's lists after that and every 18 hours, the
// mean of 12 to 24.
const (
	monthSamples  = 30 * 24 * 4
	monthSigns    = 3 * monthSamples
	monthConnects = 30
	monthLooks    = monthConnects + 30*24/18
)

// What a look costs beside its handshake and what it says: two exchanges and an
// end, each a packet and its answer, with the header and the seal of each.
const lookOverhead = 6 * (52 + 22)

// traffic is what a month costs in which nothing happens.
func traffic(ctx context.Context, s *stand) ([]figure, error) { return s.idleMonth(ctx) }

// idleMonth counts each thing on a real connection, headers of packets included,
// and multiplies. It measures once.
func (s *stand) idleMonth(ctx context.Context) ([]figure, error) {
	if s.month != nil {
		return slices.Clone(s.month), nil
	}
	list, err := benchmark{"./device/uplink", "^BenchmarkMonth$", 1}.run(ctx, s)
	if err != nil {
		return list, err
	}
	check, err := idleCheck(ctx)
	if err != nil {
		return list, err
	}
	look := value(list, "station_handshake") + check + lookOverhead
	bytes := monthSamples*value(list, "station_sample") + monthSigns*value(list, "station_sign_of_life") +
		monthConnects*value(list, "station_connect") + monthLooks*look
	s.month = append([]figure{plain(monthIdle, bytes/mega, "MB"), plain("idle_check", check, "bytes")}, list...)
	return slices.Clone(s.month), nil // whoever prints figures takes them away
}

// withUpdate is what the month costs in which a station also takes an update by
// patches, of that many megabytes with its indexes.
func (s *stand) withUpdate(ctx context.Context, update float64) ([]figure, error) {
	month, err := s.idleMonth(ctx)
	if err != nil {
		return nil, err
	}
	return []figure{plain("station_month_with_update", value(month, monthIdle)+update, "MB")}, nil
}

var checked = regexp.MustCompile(`idle check (\d+)`)

// idleCheck is the bytes of asking whether there is anything new when there is
// not, requests and headers included, as its test counts them.
func idleCheck(ctx context.Context) (float64, error) {
	said, err := exec.CommandContext(ctx, "go", "test", "-count", "1", "-v", "-run", "^TestIdleCheckIsSmall$", "./provisioning/release").CombinedOutput()
	found := checked.FindSubmatch(said)
	if err != nil || found == nil {
		return 0, fmt.Errorf("idle check: %w\n%s", orMissing(err), said)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
