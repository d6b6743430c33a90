package store

import (
	"context"
	"database/sql"
	"fmt"
)

// hot are the statements that every message needs: they are compiled once.
// They run on the writer only.
func hot() []string {
	return []string{savepoint, release, selectLog, insertLog, insertEvidence, updateLog, upsertCounter, updateRevision}
}

func prepareAll(ctx context.Context, db *sql.DB, queries []string) (map[string]*sql.Stmt, error) {
	prepared := make(map[string]*sql.Stmt, len(queries))
	for _, q := range queries {
		st, err := db.PrepareContext(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("prepare statement: %w", err)
		}
		prepared[q] = st
	}
	return prepared, nil
}

// exec runs a hot statement in the writer's transaction.
func (s *Store) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) (sql.Result, error) {
	return tx.StmtContext(ctx, s.w.prepared[query]).ExecContext(ctx, args...)
}

// queryRow is exec for one row.
func (s *Store) queryRow(ctx context.Context, tx *sql.Tx, query string, args ...any) *sql.Row {
	return tx.StmtContext(ctx, s.w.prepared[query]).QueryRowContext(ctx, args...)
}
