package store

import (
	"context"
	"database/sql"
)

// Write lets tests of the group commit run closures of their own.
func (s *Store) Write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	return s.write(ctx, do)
}

// CountMeta counts the rows of the table that tests write to.
func (s *Store) CountMeta(t interface{ Fatal(...any) }) (n int) {
	if err := s.r.QueryRow(`SELECT count(*) FROM meta`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
