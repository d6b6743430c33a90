package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"

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

// keepReserve makes sure that the reserved space is whole, or fails with
// [ErrFull]. The reserve is free pages inside the file: no other program can
// eat them, and a record needs no block that the file does not own already.
func (o *Outbox) keepReserve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTime)
	defer cancel()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.db == nil {
		return errors.New("outbox is closed")
	}
	return kind(fillReserve(ctx, o.db, o.writer.Limits.Reserve))
}

// fillReserve writes zeroes, brings them into the file, and frees their pages.
func fillReserve(ctx context.Context, db *sql.DB, reserve int64) error {
	missing, err := missingPages(ctx, db, reserve)
	if err != nil || missing <= 0 {
		return err
	}
	defer db.ExecContext(ctx, `DELETE FROM filler`)
	_, err = db.ExecContext(ctx, `INSERT INTO filler (zeroes) VALUES (zeroblob($1))`, (missing+1)*pageSize)
	if err != nil {
		return fmt.Errorf("reserve space: %w", err)
	}
	// Freed pages are never written out, so the zeroes go to the file first:
	// only then does the file own its blocks.
	if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(FULL)`); err != nil {
		return fmt.Errorf("reserve space: %w", err)
	}
	return nil
}

func missingPages(ctx context.Context, db *sql.DB, reserve int64) (int64, error) {
	var free int64
	if err := db.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
		return 0, fmt.Errorf("measure reserve: %w", err)
	}
	return reserve/pageSize - free, nil
}

func isFull(err error) bool { return errors.Is(err, ErrFull) }
