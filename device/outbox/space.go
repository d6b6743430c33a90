package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
)

// SQLite's primary result codes that matter here (sqlite.org/rescode.html).
const (
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeNotADB   = 26
	codeIORead   = codeIO | 1<<8
	codeIOShort  = codeIO | 2<<8
	codeIOFSData = codeIO | 33<<8 // IOERR_CORRUPTFS
	codeIOSHMSz  = codeIO | 19<<8 // IOERR_SHMSIZE: no room for the index of the log
)

// errDamaged says that a row does not match its sum, or the chain is broken.
var errDamaged = errors.New("outbox damaged")

func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// isDamage reports whether err means that the file's content is wrong, not
// that it could not be reached or written.
func isDamage(err error) bool {
	if err == nil {
		return false
	}
	code := sqliteCode(err)
	switch code {
	case codeIORead, codeIOShort, codeIOFSData:
		return true
	}
	return errors.Is(err, errDamaged) || errors.Is(err, sql.ErrNoRows) || code&0xff == codeCorrupt || code&0xff == codeNotADB
}

// kind makes a full disk recognisable, whoever noticed it.
func kind(err error) error {
	if err == nil || errors.Is(err, ErrFull) {
		return err
	}
	code := sqliteCode(err)
	full := code&0xff == codeFull || code == codeIOSHMSz
	if full || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// reserveSlack is how much of the reserve counting may borrow before it is
// filled again, so that not every new counter costs a growth of the file.
const reserveSlack = 64

// keepReserve makes sure that the reserved space is there, or fails with
// [ErrFull]. The reserve is free pages inside the file: no other program can
// eat them, and a record needs no block that the file does not own already.
func (o *Outbox) keepReserve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTime)
	defer cancel()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.db == nil {
		return os.ErrClosed
	}
	return kind(o.fillReserve(ctx))
}

// fillReserve writes zeroes, brings them into the file, and frees their pages.
func (o *Outbox) fillReserve(ctx context.Context) error {
	want := o.writer.Limits.Reserve / pageSize
	var free int64
	if err := o.db.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
		return fmt.Errorf("measure reserve: %w", err)
	}
	if free >= want {
		return nil
	}
	if err := growBy(ctx, o.db, o.path, want+reserveSlack-free); err != nil {
		return fmt.Errorf("reserve space: %w", err)
	}
	return nil
}

// growBy adds pages to the file. Freed pages are never written out, so the
// zeroes go through the log into the file first: only then does the file own
// its blocks. That takes the room twice, once in the log, which keeps its own.
func growBy(ctx context.Context, db *sql.DB, path string, pages int64) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &disk); err != nil {
		return err
	}
	if int64(disk.Bavail)*disk.Bsize < 2*(pages+reserveSlack)*pageSize {
		return ErrFull
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO filler (zeroes) VALUES (zeroblob($1))`, pages*(pageSize-8)); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(FULL)`)
	_, errFree := db.ExecContext(ctx, `DELETE FROM filler`)
	return errors.Join(err, errFree)
}

func isFull(err error) bool { return errors.Is(err, ErrFull) }
