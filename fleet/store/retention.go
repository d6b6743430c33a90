package store

import (
	"context"
	"database/sql"
	"time"
)

// ForgetUsage drops usage of periods that were over before a time, and what
// was counted without a date and received before it.
func (s *Store) ForgetUsage(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM counters WHERE (period <> '' AND period < $1) OR (period = '' AND received_at < $2)`,
			before.UTC().Format("2006-01"), millis(before))
		return wrap(err, "forget usage")
	})
}
