package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// AddJobs implements [registry.Store]. A station that is unknown or lost fails
// all of them.
func (s *Store) AddJobs(ctx context.Context, tenant wire.Tenant, orders []registry.StationJob, a registry.Audit) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, o := range orders {
			err := one(tx.ExecContext(ctx, `INSERT INTO jobs (tenant, station, job, kind, created_at, expires_at, who, token)
				SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT 1 FROM stations WHERE tenant = $1 AND station = $2 AND lost_since = 0)`,
				tenant, o.Station, o.Job.ID, o.Job.Kind, s.now().UnixMilli(), millis(o.Job.Expires), a.Who, o.Job.Token))
			if err != nil {
				return fmt.Errorf("add job: %w", err)
			}
		}
		if err := forgetJobs(ctx, tx, s.now().Add(-registry.AuditLife)); err != nil {
			return err
		}
		return addAudit(ctx, tx, tenant, a)
	})
}

// forgetJobs drops orders as old as the audit log may be, and their answers.
func forgetJobs(ctx context.Context, tx *sql.Tx, before time.Time) error {
	for _, query := range []string{`DELETE FROM progress WHERE at < $1`, `DELETE FROM jobs WHERE created_at < $1`} {
		if _, err := tx.ExecContext(ctx, query, millis(before)); err != nil {
			return fmt.Errorf("forget old jobs: %w", err)
		}
	}
	return nil
}

// NextJob implements intake's Store. An order is over when the station
// said so; "accepted" and "running" are not the end. One that the station has
// not answered comes first: another may wait for days until nobody is at work.
func (s *Store) NextJob(ctx context.Context, tenant wire.Tenant, id wire.Station, now time.Time) (wire.Job, error) {
	var job wire.Job
	var expires int64
	err := s.r.QueryRowContext(ctx, `SELECT j.job, j.kind, j.expires_at, j.token FROM jobs j
		LEFT JOIN progress p ON p.tenant = j.tenant AND p.station = j.station AND p.job = j.job
		WHERE j.tenant = $1 AND j.station = $2 AND j.expires_at > $3 AND COALESCE(p.status, 'accepted') IN ('accepted', 'running')
		ORDER BY p.status IS NOT NULL, j.created_at, j.job LIMIT 1`, tenant, id, millis(now)).Scan(&job.ID, &job.Kind, &expires, &job.Token)
	if errors.Is(err, sql.ErrNoRows) {
		return wire.Job{}, nil
	}
	if err != nil {
		return wire.Job{}, fmt.Errorf("read next job: %w", err)
	}
	job.Expires = fromMillis(expires)
	return job, nil
}

// Jobs returns the latest orders that someone limited to a structure or a
// territory may see, newest first; to one station when id is not "", of one
// gesture when job is not "". Tokens stay here.
func (s *Store) Jobs(ctx context.Context, tenant wire.Tenant, q registry.JobQuery) ([]registry.JobLine, error) {
	lines, err := list(ctx, s.r, scanJob, `SELECT j.station, j.job, j.kind, j.created_at, j.expires_at, j.who, s.label, s.kit,
		COALESCE(p.status, ''), COALESCE(p.reason, ''), COALESCE(p.at, 0), COALESCE(p.receipt, '') FROM jobs j
		JOIN stations s ON s.tenant = j.tenant AND s.station = j.station
		LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit LEFT JOIN structures o ON o.tenant = k.tenant AND o.structure = k.structure
		LEFT JOIN progress p ON p.tenant = j.tenant AND p.station = j.station AND p.job = j.job
		WHERE j.tenant = $1 AND ($2 = '' OR j.station = $2) AND ($3 = '' OR j.job = $3) AND ($4 = 0 OR k.structure = $4) AND ($5 = '' OR o.territory = $5)
		ORDER BY j.created_at DESC, j.job, s.label LIMIT $6`, tenant, q.Station, q.Job, q.Structure, q.Territory, q.Limit)
	return lines, wrap(err, "list jobs")
}

func scanJob(row rowScanner) (l registry.JobLine, err error) {
	var created, expires, at int64
	var receipt string
	err = row.Scan(&l.Station, &l.Job.ID, &l.Job.Kind, &created, &expires, &l.Who, &l.Label, &l.Kit, &l.Status, &l.Reason, &at, &receipt)
	if err != nil {
		return l, err
	}
	l.Created, l.Job.Expires, l.At = fromMillis(created), fromMillis(expires), fromMillis(at)
	l.Receipt, err = optional[wire.Receipt](receipt)
	return l, err
}

func encodeReceipt(r *wire.Receipt) (string, error) {
	if r == nil {
		return "", nil
	}
	body, err := json.Marshal(r)
	return string(body), wrap(err, "encode receipt")
}

// dropJobs ends what an earlier incarnation of a station was ordered: a machine
// that was just enrolled is not the one that was to be wiped.
func dropJobs(ctx context.Context, tx *sql.Tx, a enroll.Admission) error {
	_, err := tx.ExecContext(ctx, `UPDATE jobs SET expires_at = $3, token = '' WHERE tenant = $1 AND station = $2 AND expires_at > $3`,
		a.Station.Tenant, a.Station.ID, millis(a.At))
	return wrap(err, "end jobs of station")
}

// SaveMove implements [registry.Store].
func (s *Store) SaveMove(ctx context.Context, tenant wire.Tenant, ids []wire.Station, kit, place string, a registry.Audit) ([]registry.Change, []wire.Station, error) {
	m, err := made(ctx, s, func(ctx context.Context, tx *sql.Tx) (m move, err error) {
		to, err := structureFor(ctx, tx, tenant, kit, place)
		if err != nil {
			return m, err
		}
		for _, id := range ids {
			from, err := moveStation(ctx, tx, tenant, id, kit, place)
			if err != nil {
				return m, fmt.Errorf("move station: %w", err)
			}
			if from != to {
				m.left = append(m.left, id)
			}
		}
		if err := addAudit(ctx, tx, tenant, a); err != nil {
			return m, err
		}
		m.changes, err = composeEach(ctx, tx, tenant, ids)
		return m, err
	})
	return m.changes, m.left, err
}

// move is what a move changed, and who left a structure by it.
type move struct {
	changes []registry.Change
	left    []wire.Station
}

// moveStation returns the structure that the station was in.
func moveStation(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, kit, place string) (from pass.Structure, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(k.structure, 0) FROM stations s LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
		WHERE s.tenant = $1 AND s.station = $2 AND s.lost_since = 0`, tenant, id).Scan(&from)
	if err != nil {
		return 0, unknown(err)
	}
	return from, one(tx.ExecContext(ctx, `UPDATE stations SET kit = $3, place = $4 WHERE tenant = $1 AND station = $2`, tenant, id, kit, place))
}

// structureFor is a kit's structure; a place, if any, must be one of it.
func structureFor(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, kit, place string) (structure pass.Structure, err error) {
	err = tx.QueryRowContext(ctx, `SELECT structure FROM kits WHERE tenant = $1 AND kit = $2`, tenant, kit).Scan(&structure)
	if err != nil {
		return 0, fmt.Errorf("kit of move: %w", unknown(err))
	}
	if place == "" {
		return structure, nil
	}
	return structure, wrap(mustHave(ctx, tx, `SELECT 1 FROM places WHERE tenant = $1 AND place = $2 AND structure = $3`, tenant, place, structure), "place of move")
}

// KitOf implements [registry.Store].
func (s *Store) KitOf(ctx context.Context, tenant wire.Tenant, id wire.Station) (kit string, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT kit FROM stations WHERE tenant = $1 AND station = $2 AND lost_since = 0`, tenant, id).Scan(&kit)
	return kit, wrap(unknown(err), "read kit of station")
}
