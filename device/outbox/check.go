package outbox

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// openChecked opens the file and looks at all of it. A non-empty reason means
// that it opened, or failed to, in a way that calls for setting it aside.
func (o *Outbox) openChecked(ctx context.Context) (Reason, error) {
	db, err := openWriter(o.path, o.writer.Limits.Quota)
	if err != nil {
		return "", err
	}
	o.db = db
	m, err := o.prepare(ctx)
	if isDamage(err) {
		return ReasonDamaged, nil
	}
	if err != nil {
		return "", err
	}
	if o.foreignOwner(m) {
		return ReasonIdentity, nil
	}
	return "", o.adopt(ctx, m)
}

// prepare returns the head of a file that was verified whole, making the
// tables first when the file is new.
func (o *Outbox) prepare(ctx context.Context) (meta, error) {
	var version, objects int
	if err := o.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return meta{}, err
	}
	if err := o.db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&objects); err != nil {
		return meta{}, err
	}
	if version == 0 && objects == 0 {
		return o.create(ctx)
	}
	if version > 1 {
		return meta{}, fmt.Errorf("outbox of a newer release (format %d)", version)
	}
	return verify(ctx, o.db)
}

// create makes the tables, the head and the list of passes used in the logs
// that were set aside in one transaction.
func (o *Outbox) create(ctx context.Context) (meta, error) {
	used, err := usedBefore(ctx, filepath.Dir(o.path))
	if err != nil {
		return meta{}, err
	}
	m := meta{log: pass.NewLogID(), tenant: string(o.writer.Tenant), station: string(o.writer.Station), ledger: o.publicKey()}
	err = o.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
		return errors.Join(writeMeta(ctx, tx, m), carryOver(ctx, tx, used))
	})
	if err != nil {
		return meta{}, err
	}
	o.report.Fresh = true
	return m, durable.SyncDir(filepath.Dir(o.path))
}

func (o *Outbox) publicKey() []byte {
	if o.writer.LedgerKey == nil {
		return nil
	}
	return o.writer.LedgerKey.Public().(ed25519.PublicKey)
}

// foreignOwner reports whether the log was begun under another identity. A
// log without a ledger key belongs to nobody yet, and a station that has lost
// its identity goes on counting.
func (o *Outbox) foreignOwner(m meta) bool {
	if len(m.ledger) == 0 || o.writer.LedgerKey == nil {
		return false
	}
	return m.tenant != string(o.writer.Tenant) || m.station != string(o.writer.Station) || !bytes.Equal(m.ledger, o.publicKey())
}

// adopt takes the verified file into use: it enrols an ownerless log and
// refills the reserve as far as the disk allows.
func (o *Outbox) adopt(ctx context.Context, m meta) error {
	if len(m.ledger) == 0 && o.writer.LedgerKey != nil {
		m.tenant, m.station, m.ledger = string(o.writer.Tenant), string(o.writer.Station), o.publicKey()
		if err := o.transact(ctx, func(ctx context.Context, tx *sql.Tx) error { return writeMeta(ctx, tx, m) }); err != nil {
			return err
		}
	}
	o.report.Log = m.log
	if _, err := o.db.ExecContext(ctx, `DELETE FROM filler`); err != nil {
		return err
	}
	// A disk without room for the reserve still takes records while it can.
	if err := kind(o.fillReserve(ctx)); err != nil && !isFull(err) {
		return err
	}
	return os.Chmod(o.path, 0o600)
}

// verify reads everything once: SQLite's structure, every row's sum, the chain.
func verify(ctx context.Context, db *sql.DB) (meta, error) {
	var result string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&result); err != nil {
		return meta{}, err
	}
	if result != "ok" {
		return meta{}, errDamaged
	}
	m, err := readMeta(ctx, db)
	if err != nil {
		return meta{}, err
	}
	if err := verifyChain(ctx, db, m); err != nil {
		return meta{}, err
	}
	if _, err := readCounters(ctx, db, `1 = 1`); err != nil {
		return meta{}, err
	}
	rows, err := db.QueryContext(ctx, `SELECT log, seq, issuer, batch, serial, cancelled, sum FROM uses`)
	if err != nil {
		return meta{}, err
	}
	return m, scanUses(rows, func(usedPass) error { return nil })
}

// verifyChain follows the links from the oldest entry kept to the head.
func verifyChain(ctx context.Context, db *sql.DB, m meta) error {
	rows, err := db.QueryContext(ctx, `SELECT seq, line, sig, sum FROM entries ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last link
	for rows.Next() {
		if last, err = nextLink(rows, m.log, last); err != nil {
			return err
		}
	}
	if last.seq != 0 && (last.seq != m.seq || last.hash != m.head) {
		return errDamaged
	}
	return rows.Err()
}

// link is where a chain of entries stands; seq 0 is before the first one read.
type link struct {
	seq  uint64
	hash pass.Hash
}

func nextLink(rows *sql.Rows, log pass.LogID, last link) (link, error) {
	seq, entry, err := scanEntry(rows)
	if err != nil {
		return link{}, err
	}
	line, err := entry.Open()
	if err != nil || line.Seq != seq || line.Log != log {
		return link{}, errDamaged
	}
	if last.seq != 0 && (seq != last.seq+1 || line.Prev != last.hash) {
		return link{}, errDamaged
	}
	return link{seq, entry.Hash()}, nil
}

func scanEntry(rows *sql.Rows) (uint64, pass.Entry, error) {
	var seq uint64
	var e pass.Entry
	var got int64
	if err := rows.Scan(&seq, &e.Line, &e.Sig, &got); err != nil {
		return 0, pass.Entry{}, err
	}
	if got != sum(seq, e.Line, e.Sig) {
		return 0, pass.Entry{}, errDamaged
	}
	return seq, e, nil
}
