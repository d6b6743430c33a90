package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is the size of the read pool: more only wait for the same cores.
const readers = 8

// connect opens path with at most n connections. One connection is the writer.
func connect(path string, set setting, n int) (*sql.DB, error) {
	query := url.Values{"_txlock": {"immediate"}}
	for _, pragma := range pragmas(set, n) {
		query.Add("_pragma", pragma)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// pragmas: with WAL and synchronous=FULL a commit that returned has been
// synced. The journal is folded back every 16 MiB, not every 4, because that
// is a second sync.
func pragmas(set setting, n int) []string {
	list := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}
	if n > 1 {
		return append(list, "query_only(1)")
	}
	list = append(list, "wal_autocheckpoint(4000)", "cache_size(-32768)")
	if set.maxPages > 0 {
		list = append(list, "max_page_count("+strconv.Itoa(set.maxPages)+")")
	}
	return list
}

// lock makes sure that one process at a time writes to dir.
func lock(dir string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "fleet.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, ErrInUse
	}
	return f.Close, nil
}
