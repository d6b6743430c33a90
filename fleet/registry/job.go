package registry

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// StationJob is an order to one station.
type StationJob struct {
	Station wire.Station
	Job     wire.Job
}

// JobLine is an order to one station, and what became of it.
type JobLine struct {
	StationJob
	Label   string // of the station
	Kit     string
	Who     string // ordered it
	Created time.Time
	Status  string // of wire.Progress; "": it has not answered
	Reason  wire.Reason
	At      time.Time     // of Status
	Receipt *wire.Receipt // of a wipe
}

// Over reports whether nothing more is waited for at now.
func (l JobLine) Over(now time.Time) bool {
	waits := l.Status == "" || l.Status == "accepted" || l.Status == "running"
	return !waits || !now.Before(l.Job.Expires.Add(jobGrace))
}

// How long an order waits for a station that is not connected, and how long
// after that its answer may still come.
const (
	jobLife  = 24 * time.Hour
	wipeLife = 14 * 24 * time.Hour
	jobGrace = time.Hour
)

// kinds are what that people give; a loss is declared, not ordered.
func kinds() []wire.JobKind {
	return []wire.JobKind{wire.JobIdentify, wire.JobRefresh, wire.JobRestart, wire.JobLogs, wire.JobMove, wire.JobWipe}
}

// maxGesture is how many stations one order is for.
const maxGesture = 500

// Order tells stations to do something once and returns the job's id, the same
// for all of them. One that is not connected is told when it comes back, unless
// the order has expired by then. All are told, or none.
func (r Registry) Order(ctx context.Context, by Actor, tenant wire.Tenant, ids []wire.Station, kind wire.JobKind) (string, error) {
	if !slices.Contains(kinds(), kind) || len(ids) == 0 || len(ids) > maxGesture {
		return "", invalid("job")
	}
	job := wire.Job{ID: strings.ToLower(rand.Text()), Kind: kind, Expires: r.Now().Add(jobLife)}
	if kind == wire.JobWipe {
		job.Expires = r.Now().Add(wipeLife)
	}
	orders := make([]StationJob, 0, len(ids))
	for _, id := range ids {
		order := StationJob{id, job}
		if kind == wire.JobWipe {
			token, err := r.tokenFor(ctx, tenant, id, job.Expires)
			if err != nil {
				return "", err
			}
			order.Job.Token = token
		}
		orders = append(orders, order)
	}
	a := r.audit(by, "station.order", string(ids[0]))
	a.Detail = fmt.Sprintf("%s %d", kind, len(ids))
	if err := r.Store.AddJobs(ctx, tenant, orders, a); err != nil {
		return "", fmt.Errorf("order: %w", err)
	}
	r.pushJobs(ctx, tenant, orders)
	return job.ID, nil
}

func (r Registry) pushJobs(ctx context.Context, tenant wire.Tenant, orders []StationJob) {
	for _, o := range orders {
		if r.PushJob != nil {
			r.PushJob(ctx, tenant, o.Station, o.Job)
		}
	}
}

// tokenFor makes the token with which a station that was wiped comes back as
// itself, in its kit.
func (r Registry) tokenFor(ctx context.Context, tenant wire.Tenant, id wire.Station, expires time.Time) (string, error) {
	kit, err := r.Store.KitOf(ctx, tenant, id)
	if err != nil {
		return "", fmt.Errorf("order: %w", err)
	}
	token, err := r.Issue(ctx, tenant, kit, id, expires)
	if err != nil {
		return "", fmt.Errorf("order: %w", err)
	}
	return token, nil
}

// Move puts stations in another kit and at another usual place, all or none.
// Those that leave their structure are ordered to forget what belonged to it.
func (r Registry) Move(ctx context.Context, by Actor, tenant wire.Tenant, ids []wire.Station, kit, place string) error {
	if len(ids) == 0 || len(ids) > maxGesture {
		return invalid("stations")
	}
	a := r.audit(by, "station.move", kit)
	a.Detail = fmt.Sprintf("%s %d", place, len(ids))
	changes, left, err := r.Store.SaveMove(ctx, tenant, ids, kit, place, a)
	if err := r.pushed(ctx, tenant, changes, err); err != nil || len(left) == 0 {
		return err
	}
	_, err = r.Order(ctx, by, tenant, left, wire.JobMove)
	return err
}

// JobQuery selects orders. The zero value selects all; Limit is required.
type JobQuery struct {
	Station   wire.Station // "": any
	Job       string       // "": any
	Structure pass.Structure
	Territory string
	Limit     int
}
