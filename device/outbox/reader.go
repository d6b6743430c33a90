package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Reader reads an outbox, in use or set aside, beside its writer. Keep it
// open for one look only: a file that is set aside meanwhile moves away under
// it. It is safe for concurrent use.
type Reader struct {
	db    *sql.DB
	aside bool
}

// File is an outbox on the disk.
type File struct {
	Path  string
	Aside bool
}

// Logs lists the outboxes in dir: the one in use, if it exists, then those set
// aside. It opens none of them.
func Logs(dir string) ([]File, error) {
	var files []File
	current := filepath.Join(dir, FileName)
	if _, err := os.Stat(current); err == nil {
		files = append(files, File{Path: current})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list outboxes: %w", err)
	}
	for _, e := range entries {
		if isOutboxFile(e.Name(), ".aside") {
			files = append(files, File{Path: filepath.Join(dir, e.Name()), Aside: true})
		}
	}
	return files, nil
}

// OpenReader opens the outbox at path; the caller closes it. The file must
// exist. Nothing it does changes what the writer sees.
func OpenReader(path string) (*Reader, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	db, err := openForReading(path)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return &Reader{db: db, aside: isOutboxFile(filepath.Base(path), ".aside")}, nil
}

// Close ends reading.
func (r *Reader) Close() error { return r.db.Close() }

// Log returns the id of the log.
func (r *Reader) Log(ctx context.Context) (pass.LogID, error) {
	m, err := readMeta(ctx, r.db)
	if err == nil {
		return m.log, nil
	}
	if e, ok := r.anyEntry(ctx); ok && r.aside {
		return e.Log, nil
	}
	return pass.LogID{}, fmt.Errorf("read outbox: %w", err)
}

// anyEntry helps with a damaged file whose head is gone: each line names its log.
func (r *Reader) anyEntry(ctx context.Context) (pass.Line, bool) {
	rows, err := r.db.QueryContext(ctx, `SELECT seq, line, sig, sum FROM entries ORDER BY seq`)
	if err != nil {
		return pass.Line{}, false
	}
	defer rows.Close()
	for rows.Next() {
		if _, e, err := scanEntry(rows); err == nil {
			line, err := e.Open()
			return line, err == nil
		}
	}
	return pass.Line{}, false
}

// Entries returns up to max consecutive entries, the first at or after
// sequence number from, and that first number. No entry means that there is
// nothing more. In a damaged file it steps over what cannot be read.
func (r *Reader) Entries(ctx context.Context, from uint64, max int) (uint64, []pass.Entry, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT seq, line, sig, sum FROM entries WHERE seq >= $1 ORDER BY seq LIMIT $2`, from, max)
	if err == nil {
		first, run, err := readRun(rows)
		if err == nil || len(run) > 0 {
			return first, run, nil
		}
		return r.probe(ctx, from, max, err)
	}
	return r.probe(ctx, from, max, err)
}

// readRun reads rows as long as they are consecutive.
func readRun(rows *sql.Rows) (first uint64, run []pass.Entry, err error) {
	defer rows.Close()
	for rows.Next() {
		seq, e, err := scanEntry(rows)
		if err != nil {
			return first, run, err
		}
		if len(run) == 0 {
			first = seq
		}
		if seq != first+uint64(len(run)) {
			return first, run, nil
		}
		run = append(run, e)
	}
	return first, run, rows.Err()
}

// probe steps over damage one entry at a time, in a file set aside.
func (r *Reader) probe(ctx context.Context, from uint64, max int, cause error) (uint64, []pass.Entry, error) {
	if !r.aside || ctx.Err() != nil {
		return 0, nil, fmt.Errorf("read entries: %w", errors.Join(cause, ctx.Err()))
	}
	last := r.lastSeq(ctx)
	for seq := from; seq <= last && ctx.Err() == nil; seq++ {
		rows, err := r.db.QueryContext(ctx, `SELECT seq, line, sig, sum FROM entries WHERE seq >= $1 AND seq < $2 ORDER BY seq`, seq, seq+uint64(max))
		if err != nil {
			continue
		}
		if first, run, _ := readRun(rows); len(run) > 0 {
			return first, run, nil
		}
	}
	return 0, nil, ctx.Err()
}

// lastSeq is where probing ends; a head that cannot be read still bounds it.
func (r *Reader) lastSeq(ctx context.Context) uint64 {
	var last uint64
	if m, err := readMeta(ctx, r.db); err == nil {
		return m.seq
	}
	if r.db.QueryRowContext(ctx, `SELECT seq FROM entries ORDER BY seq DESC LIMIT 1`).Scan(&last) == nil {
		return min(last, 1<<20)
	}
	return 0
}

// ChangedCounters returns up to max counters of closed periods whose revision
// is above rev, in the order of revisions. In a file set aside every period is
// closed, and what is left after damage is returned.
func (r *Reader) ChangedCounters(ctx context.Context, rev uint64, max int) ([]wire.Counter, error) {
	if r.aside {
		return r.leftCounters(ctx, rev, max)
	}
	return readCounters(ctx, r.db, `rev > $1 ORDER BY rev LIMIT $2`, rev, max)
}

// leftCounters numbers counters that were open when the file was set aside
// after all others, in the order of their key: the file no longer changes. A
// counter that was opened again had a revision that nobody has any more, and
// that the fleet may have acknowledged: the head knows the highest.
func (r *Reader) leftCounters(ctx context.Context, rev uint64, most int) ([]wire.Counter, error) {
	all, err := readCounters(ctx, r.db, `1 = 1 ORDER BY rev = 0, rev, `+counterNames)
	if err != nil && len(all) == 0 {
		return nil, err
	}
	head, _ := readMeta(ctx, r.db) // zero when it is damaged
	var last uint64
	var left []wire.Counter
	for _, c := range all {
		if c.Rev == 0 {
			c.Rev = max(last, head.rev) + 1
		}
		last = c.Rev
		if c.Rev > rev && len(left) < most {
			left = append(left, c)
		}
	}
	return left, nil
}

// Pending counts what ack does not cover in this log.
func (r *Reader) Pending(ctx context.Context, ack wire.Ack) (Pending, error) {
	p, err := pending(ctx, r.db, ack)
	if err != nil {
		return Pending{}, fmt.Errorf("count pending: %w", err)
	}
	return p, nil
}

// Head returns the last sequence number and counter revision given out.
func (r *Reader) Head(ctx context.Context) (seq, rev uint64, err error) {
	m, err := readMeta(ctx, r.db)
	if err != nil {
		return 0, 0, fmt.Errorf("read outbox: %w", err)
	}
	return m.seq, m.rev, nil
}
