package outbox

import (
	"context"
	"database/sql"

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

func carryOver(uses []usedPass) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		for _, u := range uses {
			if err := insertUse(ctx, tx, u); err != nil {
				return err
			}
		}
		return nil
	}
}
