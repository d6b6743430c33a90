package store

import (
	"context"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const rolloutColumns = `SELECT rollout, edition, title, plan, phase, why, wave, opened_at, proved_at, passed, stopped_at, until_at, forgiven,
	created_at, created_by FROM rollouts`

func scanRollout(row rowScanner) (conductor.Record, error) {
	r := conductor.Record{Rollout: &rollout.Rollout{}}
	var plan string
	var opened, proved, stopped, until, created int64
	err := row.Scan(&r.ID, &r.Edition, &r.Title, &plan, &r.Phase, &r.Why, &r.Wave, &opened, &proved, &r.Passed, &stopped, &until, &r.Forgiven,
		&created, &r.By)
	if err != nil {
		return r, err
	}
	r.Opened, r.Proved, r.Stopped, r.Until = fromMillis(opened), fromMillis(proved), fromMillis(stopped), fromMillis(until)
	r.Created = fromMillis(created)
	return r, unmarshal(plan, &r.Plan)
}

// Rollout implements [conductor.Store].
func (s *Store) Rollout(ctx context.Context, tenant wire.Tenant, id int) (conductor.Record, error) {
	r, err := scanRollout(s.r.QueryRowContext(ctx, rolloutColumns+` WHERE tenant = $1 AND rollout = $2`, tenant, id))
	if err != nil {
		return r, fmt.Errorf("read rollout: %w", unknown(err))
	}
	r.Members, err = s.members(ctx, tenant, id)
	return r, err
}

func (s *Store) members(ctx context.Context, tenant wire.Tenant, id int) ([]rollout.Member, error) {
	members, err := list(ctx, s.r, func(row rowScanner) (m rollout.Member, err error) {
		var since int64
		err = row.Scan(&m.Station, &m.Kit, &m.Place, &m.From, &m.Wave, &m.Outcome, &m.Reason, &since, &m.Want, &m.Try, &m.Taken)
		m.Since = fromMillis(since)
		return m, err
	}, `SELECT station, kit, place, before, wave, outcome, reason, since, want, try, taken FROM rollout_members
		WHERE tenant = $1 AND rollout = $2 ORDER BY position`, tenant, id)
	return members, wrap(err, "list members")
}

// Rollouts returns a tenant's rollouts, the newest first, with their members.
func (s *Store) Rollouts(ctx context.Context, tenant wire.Tenant, offset, limit int) ([]conductor.Record, error) {
	all, err := list(ctx, s.r, scanRollout, rolloutColumns+` WHERE tenant = $1 ORDER BY rollout DESC LIMIT $2 OFFSET $3`, tenant, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("list rollouts: %w", err)
	}
	for i := range all {
		if all[i].Members, err = s.members(ctx, tenant, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// CountRollouts returns how many rollouts a tenant ever had.
func (s *Store) CountRollouts(ctx context.Context, tenant wire.Tenant) (n int, err error) {
	err = s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM rollouts WHERE tenant = $1`, tenant).Scan(&n)
	return n, wrap(err, "count rollouts")
}

// RolloutSteps returns what happened to a rollout, the latest first.
func (s *Store) RolloutSteps(ctx context.Context, tenant wire.Tenant, id int) ([]conductor.Step, error) {
	steps, err := list(ctx, s.r, func(row rowScanner) (step conductor.Step, err error) {
		var at int64
		err = row.Scan(&at, &step.Who, &step.What, &step.Detail)
		step.At = fromMillis(at)
		return step, err
	}, `SELECT at, who, what, detail FROM rollout_steps WHERE tenant = $1 AND rollout = $2 ORDER BY step DESC LIMIT 200`, tenant, id)
	return steps, wrap(err, "list steps")
}

// Watched implements [conductor.Store].
func (s *Store) Watched(ctx context.Context) ([]conductor.Ref, error) {
	refs, err := list(ctx, s.r, func(row rowScanner) (ref conductor.Ref, err error) {
		err = row.Scan(&ref.Tenant, &ref.ID)
		return ref, err
	}, `SELECT tenant, rollout FROM rollouts WHERE watched = 1 ORDER BY tenant, rollout`)
	return refs, wrap(err, "list rollouts")
}

// News implements [conductor.Store].
func (s *Store) News(ctx context.Context, tenant wire.Tenant, id int) ([]conductor.News, error) {
	news, err := list(ctx, s.r, func(row rowScanner) (n conductor.News, err error) {
		var asked, state string
		if err := row.Scan(&n.Station, &asked, &state, &n.Lost); err != nil {
			return n, err
		}
		if n.Asked, err = optional[wire.Base](asked); err != nil {
			return n, err
		}
		n.State, err = optional[wire.BaseState](state)
		return n, err
	}, `SELECT s.station, s.base, s.base_state, s.lost_since <> 0 FROM rollout_members m
		JOIN stations s ON s.tenant = m.tenant AND s.station = m.station WHERE m.tenant = $1 AND m.rollout = $2`, tenant, id)
	return news, wrap(err, "read news")
}

// optional reads a stored message that may not be there.
func optional[M any](body string) (*M, error) {
	if body == "" {
		return nil, nil
	}
	m := new(M)
	return m, unmarshal(body, m)
}

// Busy implements [conductor.Store].
func (s *Store) Busy(ctx context.Context, tenant wire.Tenant) (map[wire.Station]int, error) {
	type row struct {
		station wire.Station
		rollout int
	}
	rows, err := list(ctx, s.r, func(r rowScanner) (v row, err error) {
		err = r.Scan(&v.station, &v.rollout)
		return v, err
	}, `SELECT m.station, m.rollout FROM rollout_members m JOIN rollouts r ON r.tenant = m.tenant AND r.rollout = m.rollout
		WHERE m.tenant = $1 AND m.taken = 0 AND r.watched = 1 AND (r.phase IN ('running', 'paused', 'halted') AND m.outcome IN ('waiting', 'sent')
			OR m.outcome = 'returning')`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list busy stations: %w", err)
	}
	busy := make(map[wire.Station]int, len(rows))
	for _, r := range rows {
		busy[r.station] = r.rollout
	}
	return busy, nil
}

// Asking implements [conductor.Store].
func (s *Store) Asking(ctx context.Context, tenant wire.Tenant, before int) ([]int, error) {
	ids, err := list(ctx, s.r, func(row rowScanner) (id int, err error) {
		err = row.Scan(&id)
		return id, err
	}, `SELECT DISTINCT rollout FROM rollout_members WHERE tenant = $1 AND rollout < $2 AND want <> '' ORDER BY rollout`, tenant, before)
	return ids, wrap(err, "list older rollouts")
}
