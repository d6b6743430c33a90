package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// readUses returns what can be read of a damaged file's list: from the front
// until the damage, then from the back.
func readUses(ctx context.Context, path string) (pass.LogID, []usedPass) {
	r, err := OpenReader(path)
	if err != nil {
		return pass.LogID{}, nil
	}
	defer r.Close()
	log, _ := r.Log(ctx) // zero when unreadable: said so in the report
	found := map[pass.Position]usedPass{}
	for _, order := range []string{"ASC", "DESC"} {
		rows, err := r.db.QueryContext(ctx, `SELECT log, seq, issuer, batch, serial, cancelled, sum FROM uses ORDER BY log `+order+`, seq `+order)
		if err != nil {
			continue
		}
		if scanUses(rows, func(u usedPass) error { found[u.at] = u; return nil }) == nil {
			break
		}
	}
	uses := make([]usedPass, 0, len(found))
	for _, u := range found {
		uses = append(uses, u)
	}
	return log, uses
}

// usedBefore is what can be read of the lists of every log that was set aside.
// A new log always begins with it, so that a power cut between setting aside
// and beginning frees no pass. What one list says was cancelled, is.
func usedBefore(ctx context.Context, dir string) ([]usedPass, error) {
	files, err := Logs(dir)
	if err != nil {
		return nil, err
	}
	found := map[pass.Position]usedPass{}
	for _, f := range files {
		if !f.Aside {
			continue
		}
		_, uses := readUses(ctx, f.Path)
		for _, u := range uses {
			u.cancelled = u.cancelled || found[u.at].cancelled
			found[u.at] = u
		}
	}
	return slices.Collect(maps.Values(found)), nil
}

func carryOver(ctx context.Context, tx *sql.Tx, uses []usedPass) error {
	for _, u := range uses {
		if err := insertUse(ctx, tx, u); err != nil {
			return fmt.Errorf("carry over used passes: %w", err)
		}
	}
	return nil
}
