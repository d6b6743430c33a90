package outbox

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Append writes record r to the ledger and returns its place. V, Tenant,
// Station and At are filled in here. A validation marks its pass as used, a
// cancellation frees it, in the same transaction.
//
// It returns nil only when the record is on the disk. It fails with [ErrFull],
// [ErrNoLedger], [ErrNoRecipient], [ErrUsed] or [ErrNotUsed], and then nothing
// was written.
func (o *Outbox) Append(ctx context.Context, r pass.Record) (pass.Position, error) {
	if o.writer.LedgerKey == nil {
		return pass.Position{}, fmt.Errorf("append record: %w", ErrNoLedger)
	}
	var at pass.Position
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		at, err = o.appendTo(ctx, tx, r)
		return err
	})
	if err != nil {
		return pass.Position{}, fmt.Errorf("append record: %w", err)
	}
	o.foreign.note(r, at)
	return at, nil
}

func (o *Outbox) appendTo(ctx context.Context, tx *sql.Tx, r pass.Record) (pass.Position, error) {
	m, err := readMeta(ctx, tx)
	if err != nil {
		return pass.Position{}, err
	}
	r.V, r.Tenant, r.Station = 1, m.tenant, m.station
	r.At = pass.Position{Log: m.log, Seq: m.seq + 1}
	if err := o.markUse(ctx, tx, r); err != nil {
		return pass.Position{}, err
	}
	sealed, err := o.seal(r)
	if err != nil {
		return pass.Position{}, err
	}
	entry, next, err := o.ledger(m).Next(sealed)
	if err != nil {
		return pass.Position{}, fmt.Errorf("sign entry: %w", err)
	}
	m.seq, m.head = next.Seq, next.Head
	if err := insertEntry(ctx, tx, m.seq, entry); err != nil {
		return pass.Position{}, err
	}
	return r.At, writeMeta(ctx, tx, m)
}

func (o *Outbox) ledger(m meta) pass.Ledger {
	return pass.Ledger{Tenant: m.tenant, Station: m.station, Log: m.log, Key: o.writer.LedgerKey, Seq: m.seq, Head: m.head}
}

func insertEntry(ctx context.Context, tx *sql.Tx, seq uint64, e pass.Entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO entries (seq, line, sig, sum) VALUES ($1, $2, $3, $4)`,
		seq, e.Line, e.Sig, sum(seq, e.Line, e.Sig))
	if err != nil {
		return fmt.Errorf("insert entry: %w", err)
	}
	return nil
}

// seal encrypts r so that only the fleet can read it, not even this station.
func (o *Outbox) seal(r pass.Record) ([]byte, error) {
	text, err := r.Encode()
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	var keys []string
	if o.writer.Recipients != nil {
		keys = o.writer.Recipients()
	}
	if len(keys) == 0 {
		return nil, ErrNoRecipient
	}
	recipients, err := age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return encrypt(text, recipients)
}

func encrypt(text []byte, recipients []age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal record: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("seal record: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal record: %w", err)
	}
	return sealed.Bytes(), nil
}
