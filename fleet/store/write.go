package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ErrUnknown says that the caller's deadline passed while its change was being
// committed: it may or may not have been stored.
var ErrUnknown = errors.New("outcome of change unknown")

const (
	savepoint = `SAVEPOINT change`
	release   = `RELEASE SAVEPOINT change`

	queueLength = 4096             // changes waiting; more callers wait to enter
	groupLength = 1024             // changes committed together
	patience    = 30 * time.Second // for a caller without a deadline
	maxLinger   = 10 * time.Millisecond
)

// change is one caller's closure on its way through the writer.
type change struct {
	do    func(context.Context, *sql.Tx) error
	taken atomic.Bool // by the writer, or by a caller who gave up waiting
	done  chan error
}

// writer owns the only connection that writes. Changes that wait together are
// run in one transaction, each in a savepoint of its own, and committed with
// one sync.
type writer struct {
	db           *sql.DB
	beforeCommit func() error
	prepared     map[string]*sql.Stmt
	metrics      *writerMetrics
	queue        chan *change
	stop         chan struct{}
	stopped      chan struct{}
	once         sync.Once

	last int           // changes in the group before
	took time.Duration // by its commit
}

func startWriter(ctx context.Context, db *sql.DB, beforeCommit func() error) (*writer, error) {
	w := &writer{
		db: db, beforeCommit: beforeCommit, metrics: newWriterMetrics(),
		queue: make(chan *change, queueLength), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	var err error
	if w.prepared, err = prepareAll(ctx, db, hot()); err != nil {
		return nil, fmt.Errorf("start writer: %w", err)
	}
	go w.run()
	return w, nil
}

func (w *writer) close() error {
	w.once.Do(func() { close(w.stop) })
	<-w.stopped
	return w.db.Close()
}

// write runs do in a transaction shared with other callers and returns after
// the commit. An error of do undoes do's own statements and nobody else's; a
// commit error is returned to every caller of the group. do runs on the
// writer's goroutine: it must be quick, must use the context and transaction
// it is given, and must not call write. When ctx ends before do has started,
// do never runs; when it ends later the error wraps [ErrUnknown].
func (s *Store) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	return s.w.submit(ctx, &change{do: do, done: make(chan error, 1)})
}

func (w *writer) submit(ctx context.Context, c *change) error {
	select {
	case <-w.stop:
		return ErrClosed
	default:
	}
	select {
	case w.queue <- c:
	case <-w.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-c.done:
		return err
	case <-w.stopped:
		return c.orClosed()
	case <-ctx.Done():
		return c.giveUp(ctx)
	}
}

// orClosed is the outcome once the writer has left.
func (c *change) orClosed() error {
	select {
	case err := <-c.done:
		return err
	default:
		return ErrClosed
	}
}

func (c *change) giveUp(ctx context.Context) error {
	if c.taken.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case <-w.stop:
			return
		case c := <-w.queue:
			w.commit(w.gather(c))
		}
	}
}

// gather takes what waits already. When the group before was much larger, its
// callers are about to come back: it waits for them, a small part of the time
// that the extra sync would take. A caller alone is never kept waiting.
func (w *writer) gather(first *change) []*change {
	group := w.drain([]*change{first})
	if len(group) >= w.last/2 {
		return group
	}
	enough := time.NewTimer(min(w.took/4, maxLinger))
	defer enough.Stop()
	for len(group) < w.last {
		select {
		case c := <-w.queue:
			group = append(group, c)
		case <-enough.C:
			return group
		case <-w.stop:
			return group
		}
	}
	return w.drain(group)
}

func (w *writer) drain(group []*change) []*change {
	for len(group) < groupLength {
		select {
		case c := <-w.queue:
			group = append(group, c)
		default:
			return group
		}
	}
	return group
}

// commit runs a group and tells each caller. The context given to closures is
// never cancelled: SQLite answers an interrupted statement by undoing the
// whole transaction, the neighbours' changes with it.
func (w *writer) commit(group []*change) {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		tell(group, fmt.Errorf("begin: %w", err))
		return
	}
	made, err := w.runAll(ctx, tx, group)
	if err != nil {
		tell(group, errors.Join(err, tx.Rollback()))
		return
	}
	tell(made, w.finish(ctx, tx, len(made)))
}

// runAll runs every change that is still wanted and returns those that did not
// fail. An error means that the transaction itself is lost.
func (w *writer) runAll(ctx context.Context, tx *sql.Tx, group []*change) (made []*change, err error) {
	save, free := tx.StmtContext(ctx, w.prepared[savepoint]), tx.StmtContext(ctx, w.prepared[release])
	for _, c := range group {
		if !c.taken.CompareAndSwap(false, true) {
			continue
		}
		if _, err := save.ExecContext(ctx); err != nil {
			return nil, fmt.Errorf("savepoint: %w", err)
		}
		if failed := c.do(ctx, tx); failed != nil {
			if _, err := tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT change`); err != nil {
				return nil, fmt.Errorf("undo: %w", errors.Join(failed, err))
			}
			c.done <- failed
		} else {
			made = append(made, c)
		}
		if _, err := free.ExecContext(ctx); err != nil {
			return nil, fmt.Errorf("release savepoint: %w", err)
		}
	}
	return made, nil
}

// finish commits and measures.
func (w *writer) finish(ctx context.Context, tx *sql.Tx, changes int) error {
	start := time.Now()
	if err := w.sync(ctx, tx); err != nil {
		w.metrics.failed.Inc()
		return fmt.Errorf("commit: %w", err)
	}
	w.last, w.took = changes, time.Since(start)
	w.metrics.group.Observe(float64(changes))
	w.metrics.commits.Observe(w.took.Seconds())
	return nil
}

func (w *writer) sync(ctx context.Context, tx *sql.Tx) error {
	if w.beforeCommit != nil {
		if err := w.beforeCommit(); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	err := tx.Commit()
	if err != nil {
		// SQLite may leave the connection inside the transaction; this fails
		// with "no transaction is active" when it does not.
		_, _ = w.db.ExecContext(ctx, `ROLLBACK`)
	}
	return err
}

// tell answers each caller; done has room for one answer, and a caller that
// already has one (its own closure's error) is not told twice.
func tell(group []*change, err error) {
	for _, c := range group {
		select {
		case c.done <- err:
		default:
		}
	}
}
