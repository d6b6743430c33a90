package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var _ conductor.Store = (*Store)(nil)

// NextRollout implements [conductor.Store].
func (s *Store) NextRollout(ctx context.Context, tenant wire.Tenant) (id int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT COALESCE(MAX(rollout), 0) + 1 FROM rollouts WHERE tenant = $1`, tenant).Scan(&id)
	return id, wrap(err, "number rollout")
}

// AddRollout implements [conductor.Store].
func (s *Store) AddRollout(ctx context.Context, tenant wire.Tenant, r conductor.Record, step conductor.Step, a registry.Audit) error {
	plan, err := json.Marshal(r.Plan)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO rollouts (tenant, rollout, edition, title, plan, phase, why, wave, opened_at, proved_at, passed,
			stopped_at, until_at, forgiven, watched, created_at, created_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			tenant, r.ID, r.Edition, r.Title, string(plan), r.Phase, r.Why, r.Wave, millis(r.Opened), millis(r.Proved), flag(r.Passed),
			millis(r.Stopped), millis(r.Until), r.Forgiven, flag(r.Watched()), millis(r.Created), r.By)
		if err != nil {
			return fmt.Errorf("add rollout: %w", err)
		}
		for i, m := range r.Members {
			if err := addMember(ctx, tx, tenant, r.ID, i, m); err != nil {
				return err
			}
		}
		if err := addSteps(ctx, tx, tenant, r.ID, step); err != nil {
			return err
		}
		return addAudit(ctx, tx, tenant, a)
	})
}

func addMember(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id, position int, m rollout.Member) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rollout_members (tenant, rollout, station, position, kit, place, before, wave, outcome, reason, since, want, try, taken)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		tenant, id, m.Station, position, m.Kit, m.Place, m.From, m.Wave, m.Outcome, m.Reason, millis(m.Since), m.Want, m.Try, flag(m.Taken))
	return wrap(err, "add member")
}

func addSteps(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id int, steps ...conductor.Step) error {
	for _, step := range steps {
		_, err := tx.ExecContext(ctx, `INSERT INTO rollout_steps (tenant, rollout, step, at, who, what, detail)
			SELECT $1, $2, COALESCE(MAX(step), 0) + 1, $3, $4, $5, $6 FROM rollout_steps WHERE tenant = $1 AND rollout = $2`,
			tenant, id, millis(step.At), step.Who, step.What, step.Detail)
		if err != nil {
			return fmt.Errorf("add step: %w", err)
		}
	}
	return nil
}

// SaveRollout implements [conductor.Store].
func (s *Store) SaveRollout(ctx context.Context, tenant wire.Tenant, r conductor.Record, changed []rollout.Member, steps []conductor.Step, a registry.Audit) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := saveHead(ctx, tx, tenant, r); err != nil {
			return err
		}
		for _, m := range changed {
			err := one(tx.ExecContext(ctx, `UPDATE rollout_members SET outcome = $4, reason = $5, since = $6, want = $7, try = $8, taken = $9
				WHERE tenant = $1 AND rollout = $2 AND station = $3`,
				tenant, r.ID, m.Station, m.Outcome, m.Reason, millis(m.Since), m.Want, m.Try, flag(m.Taken)))
			if err != nil {
				return fmt.Errorf("save member: %w", err)
			}
		}
		if err := addSteps(ctx, tx, tenant, r.ID, steps...); err != nil || a.What == "" {
			return err
		}
		return addAudit(ctx, tx, tenant, a)
	})
}

// saveHead finds out when somebody else was quicker.
func saveHead(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, r conductor.Record) error {
	err := one(tx.ExecContext(ctx, `UPDATE rollouts SET edition = $3 + 1, phase = $4, why = $5, wave = $6, opened_at = $7, proved_at = $8, passed = $9,
		stopped_at = $10, forgiven = $11, watched = $12 WHERE tenant = $1 AND rollout = $2 AND edition = $3`,
		tenant, r.ID, r.Edition, r.Phase, r.Why, r.Wave, millis(r.Opened), millis(r.Proved), flag(r.Passed),
		millis(r.Stopped), r.Forgiven, flag(r.Watched())))
	if errors.Is(err, registry.ErrUnknown) {
		return conductor.ErrConflict
	}
	return wrap(err, "save rollout")
}

// SaveBases implements [registry.Store]: what stations are asked to run, and
// the desired states that follow, a group in one transaction each.
func (s *Store) SaveBases(ctx context.Context, tenant wire.Tenant, orders []registry.BaseOrder) ([]registry.Change, error) {
	var all []registry.Change
	for len(orders) > 0 {
		n := min(len(orders), trustGroup)
		changes, err := s.saveBases(ctx, tenant, orders[:n])
		all = append(all, changes...)
		if err != nil {
			return all, err
		}
		orders = orders[n:]
	}
	return all, nil
}

func (s *Store) saveBases(ctx context.Context, tenant wire.Tenant, orders []registry.BaseOrder) ([]registry.Change, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) ([]registry.Change, error) {
		ids := make([]wire.Station, len(orders))
		for i, o := range orders {
			ids[i] = o.Station
			body, err := encodeBase(o.Base)
			if err != nil {
				return nil, err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE stations SET base = $3 WHERE tenant = $1 AND station = $2`, tenant, o.Station, body); err != nil {
				return nil, fmt.Errorf("save base: %w", err)
			}
		}
		return composeEach(ctx, tx, tenant, ids)
	})
}

func encodeBase(b *wire.Base) (string, error) {
	if b == nil {
		return "", nil
	}
	body, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("encode base: %w", err)
	}
	return string(body), nil
}
