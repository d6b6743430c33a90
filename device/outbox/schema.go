package outbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"hash/crc32"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"

	"github.com/mallette-kit/mallette/fleet/pass"
)

const pageSize = 4096

// Every row carries a sum, because SQLite notices damage to its own structure
// but not a flipped bit inside a value. uses.serial is NULL for a pass of
// another issuer, whose code is never written here.
const schema = `
CREATE TABLE meta (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	log BLOB NOT NULL, tenant TEXT NOT NULL, station TEXT NOT NULL, ledger BLOB NOT NULL,
	seq INTEGER NOT NULL, head BLOB NOT NULL, rev INTEGER NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE entries (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, sig BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE uses (
	log BLOB NOT NULL, seq INTEGER NOT NULL,
	issuer INTEGER, batch INTEGER, serial INTEGER, cancelled INTEGER NOT NULL, sum INTEGER NOT NULL,
	PRIMARY KEY (log, seq)) WITHOUT ROWID;
CREATE INDEX uses_pass ON uses (issuer, serial, batch);
CREATE TABLE counters (
	period TEXT NOT NULL, clock TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL,
	lesson TEXT NOT NULL, item TEXT NOT NULL, outcome TEXT NOT NULL,
	value INTEGER NOT NULL, rev INTEGER NOT NULL, sum INTEGER NOT NULL,
	PRIMARY KEY (period, clock, place, name, lesson, item, outcome)) WITHOUT ROWID;
CREATE INDEX counters_rev ON counters (rev);
CREATE TABLE acks (at INTEGER NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL);
CREATE TABLE filler (zeroes BLOB NOT NULL);
PRAGMA user_version = 1;
`

// meta is the one row that says which log this is and where it stands. Every
// transaction reads it afresh, so that memory and disk cannot disagree.
type meta struct {
	log             pass.LogID
	tenant, station string
	ledger          []byte // public key, empty before enrolment
	seq             uint64 // of the last entry
	head            pass.Hash
	rev             uint64 // last revision given to a counter
}

func (m meta) sum() int64 {
	return sum(m.log[:], m.tenant, m.station, m.ledger, m.seq, m.head[:], m.rev)
}

func readMeta(ctx context.Context, q querier) (meta, error) {
	var m meta
	var log, head []byte
	var got int64
	row := q.QueryRowContext(ctx, `SELECT log, tenant, station, ledger, seq, head, rev, sum FROM meta WHERE id = 1`)
	if err := row.Scan(&log, &m.tenant, &m.station, &m.ledger, &m.seq, &head, &m.rev, &got); err != nil {
		return meta{}, fmt.Errorf("read head: %w", err)
	}
	copy(m.log[:], log)
	copy(m.head[:], head)
	if got != m.sum() {
		return meta{}, fmt.Errorf("read head: %w", errDamaged)
	}
	return m, nil
}

func writeMeta(ctx context.Context, tx *sql.Tx, m meta) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (id, log, tenant, station, ledger, seq, head, rev, sum)
		VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, station = excluded.station,
			ledger = excluded.ledger, seq = excluded.seq, head = excluded.head, rev = excluded.rev, sum = excluded.sum`,
		m.log[:], m.tenant, m.station, nonNil(m.ledger), m.seq, m.head[:], m.rev, m.sum())
	if err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	return nil
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// querier is what reading needs of a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// sum is the row checksum. It finds damage; the ledger's signature finds intent.
func sum(parts ...any) int64 {
	h := crc32.NewIEEE()
	for _, p := range parts {
		fmt.Fprintf(h, "%q|", fmt.Sprint(p))
	}
	return int64(h.Sum32())
}

// openWriter opens path for writing, one connection, every commit synced.
func openWriter(path string, quota int64) (*sql.DB, error) {
	return openDB(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", fmt.Sprintf("page_size(%d)", pageSize), "journal_mode(wal)", "synchronous(full)",
			"temp_store(memory)", fmt.Sprintf("max_page_count(%d)", quota/pageSize)},
	})
}

// openForReading opens path without ever changing it.
func openForReading(path string) (*sql.DB, error) {
	return openDB(path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(10000)", "query_only(1)", "temp_store(memory)"},
	})
}

func openDB(path string, options url.Values) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find outbox: %w", err)
	}
	name := url.URL{Scheme: "file", Path: abs, RawQuery: options.Encode()}
	base, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := sql.OpenDB(keepWAL{base})
	db.SetMaxOpenConns(1)
	return db, nil
}

// keepWAL makes closing leave the write-ahead log and its index on the disk:
// their blocks are part of the reserved space, and readers need them.
type keepWAL struct{ driver.Connector }

func (k keepWAL) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if fc, ok := conn.(sqlite.FileControl); ok {
		if _, err := fc.FileControlPersistWAL("main", 1); err != nil {
			conn.Close()
			return nil, fmt.Errorf("keep write-ahead log: %w", err)
		}
	}
	return conn, nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, ErrInUse
	}
	return f, nil
}

func isOutboxFile(name, suffix string) bool {
	return strings.HasPrefix(name, "outbox-") && strings.HasSuffix(name, suffix)
}
