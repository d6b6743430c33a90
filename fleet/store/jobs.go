package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// AddJob keeps an order for a station until it is over or expires.
func (s *Store) AddJob(ctx context.Context, tenant wire.Tenant, id wire.Station, job wire.Job) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO jobs (tenant, station, job, kind, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			tenant, id, job.ID, job.Kind, s.now().UnixMilli(), millis(job.Expires))
		return wrap(err, "add job")
	})
}

// NextJob implements intake's Store. An order is over when the station
// said so; "accepted" and "running" are not the end.
func (s *Store) NextJob(ctx context.Context, tenant wire.Tenant, id wire.Station, now time.Time) (wire.Job, error) {
	var job wire.Job
	var expires int64
	err := s.r.QueryRowContext(ctx, `SELECT j.job, j.kind, j.expires_at FROM jobs j
		LEFT JOIN progress p ON p.tenant = j.tenant AND p.station = j.station AND p.job = j.job
		WHERE j.tenant = $1 AND j.station = $2 AND j.expires_at > $3 AND COALESCE(p.status, 'accepted') IN ('accepted', 'running')
		ORDER BY j.created_at, j.job LIMIT 1`, tenant, id, millis(now)).Scan(&job.ID, &job.Kind, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return wire.Job{}, nil
	}
	if err != nil {
		return wire.Job{}, fmt.Errorf("read next job: %w", err)
	}
	job.Expires = fromMillis(expires)
	return job, nil
}
