package intake

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Beliefs is the part of the store that a [Believer] works on.
type Beliefs interface {
	Unbelieved(ctx context.Context, limit int) ([]Pending, error)
	Evidence(ctx context.Context, log Log, after uint64, limit int) ([]Evidence, error)
	Believe(ctx context.Context, b Belief) error
	LedgerKeys(ctx context.Context, tenant wire.Tenant, id wire.Station) (map[uint32]ed25519.PublicKey, error)
	LostSince(ctx context.Context, tenant wire.Tenant, id wire.Station) (time.Time, error)
	Boots(ctx context.Context, tenant wire.Tenant, id wire.Station) (map[string]wire.BootTime, error)

	LastingGaps(ctx context.Context, before time.Time) ([]Log, error)
	ForgetSamples(ctx context.Context, before time.Time) error
	// ForgetUsage drops counters of periods that were over before then.
	ForgetUsage(ctx context.Context, before time.Time) error
	// ForgetStations unties at most limit passes, settled before then, from
	// the stations that took them, and returns how many it found.
	ForgetStations(ctx context.Context, before time.Time, limit int) (int, error)
}

// Settler works out what became of the validations of passes (fleet/mint).
type Settler interface {
	// Wake says that passes of a tenant have new events, which the store
	// remembers. It returns at once.
	Wake(tenant wire.Tenant)
}

// Believer judges stored evidence and hands passes to settlement. All fields
// but GapAfter and Keep are required.
type Believer struct {
	Store   Beliefs
	Settler Settler
	Unseal  func(sealed []byte) ([]byte, error)
	MACKey  []byte // tells foreign codes apart without keeping them
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *Metrics

	GapAfter time.Duration // missing entries raise an alarm after this; default 48 h
	Keep     time.Duration // of health samples; default 90 days

	once sync.Once
	wake chan struct{}
	kept string // the day when what is old was last dropped
}

// usageMonths is how long usage is kept, as the CNIL wants it of audience
// measurement.
const usageMonths = 25

// stationMonths is how long a validation that is settled keeps the station that
// took it, as fleet/docs/field.md promises; stationBatch is how many passes one
// change unties.
const (
	stationMonths = 13
	stationBatch  = 200
)

// round is how often work that failed, gaps and old samples are looked at.
const round = time.Minute

func (b *Believer) awake() chan struct{} {
	b.once.Do(func() { b.wake = make(chan struct{}, 1) })
	return b.wake
}

// Awake says that there is new evidence.
func (b *Believer) Awake() {
	select {
	case b.awake() <- struct{}{}:
	default:
	}
}

// Run judges evidence as it comes, until ctx is done.
func (b *Believer) Run(ctx context.Context) error {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		if err := b.Work(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("evidence not judged", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b.awake():
		case <-tick.C:
			if err := b.tidy(ctx); err != nil && ctx.Err() == nil {
				b.Log.Error("evidence not looked after", "err", err)
			}
		}
	}
}

// errMissing says that the store acknowledged what it does not have.
var errMissing = errors.New("acknowledged entries are missing")

const (
	logsAtOnce    = 64
	entriesAtOnce = 256
)

// Work judges all evidence there is.
func (b *Believer) Work(ctx context.Context) error {
	for {
		pending, err := b.Store.Unbelieved(ctx, logsAtOnce)
		if err != nil || len(pending) == 0 {
			return err
		}
		var failed error
		for _, p := range pending {
			if err := b.log(ctx, p); err != nil {
				failed = errors.Join(failed, err)
			}
		}
		if failed != nil {
			return failed
		}
	}
}

// log judges the next entries of one log and stores what they say.
func (b *Believer) log(ctx context.Context, p Pending) error {
	f, err := b.facts(ctx, p.Log)
	if err != nil {
		return err
	}
	entries, err := b.Store.Evidence(ctx, p.Log, p.Believed, int(min(entriesAtOnce, p.Acked-p.Believed)))
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	if len(entries) == 0 {
		return fmt.Errorf("read evidence of station %s: %w", p.Station, errMissing)
	}
	belief := Belief{Log: p.Log, Seq: p.Believed, Hash: p.Hash}
	for _, e := range entries {
		v, err := b.judge(p.Log, belief.Hash, e, f)
		b.add(&belief, e, v, err)
		belief.Seq, belief.Hash = e.Seq, e.Entry.Hash()
	}
	if err := b.Store.Believe(ctx, belief); err != nil {
		return fmt.Errorf("believe: %w", err)
	}
	b.report(belief)
	if len(belief.Validations) > 0 {
		b.Settler.Wake(p.Tenant)
	}
	return nil
}

func (b *Believer) facts(ctx context.Context, log Log) (f facts, err error) {
	if f.keys, err = b.Store.LedgerKeys(ctx, log.Tenant, log.Station); err != nil {
		return f, fmt.Errorf("read ledger keys: %w", err)
	}
	if f.lost, err = b.Store.LostSince(ctx, log.Tenant, log.Station); err != nil {
		return f, fmt.Errorf("read loss: %w", err)
	}
	if f.boots, err = b.Store.Boots(ctx, log.Tenant, log.Station); err != nil {
		return f, fmt.Errorf("read boots: %w", err)
	}
	return f, nil
}

// add puts a verdict where it belongs. The chain goes on from what is stored,
// so that one bad entry costs itself and not the whole log.
func (b *Believer) add(to *Belief, e Evidence, v Validation, err error) {
	why, bad := errors.AsType[disbelief](err)
	switch {
	case bad:
		to.Quarantined = append(to.Quarantined, Quarantined{
			Tenant: to.Tenant, Station: to.Station, Kind: wire.KindRecords, Alarm: why.alarm,
			Log: to.ID, Seq: e.Seq, Payload: []byte(e.Entry.Line),
		})
	case v.Record.Kind == pass.PaperCount:
		to.Papers = append(to.Papers, v)
	default:
		to.Validations = append(to.Validations, v)
	}
}

func (b *Believer) report(belief Belief) {
	b.Metrics.believed.WithLabelValues("believed").Add(float64(len(belief.Validations) + len(belief.Papers)))
	for _, q := range belief.Quarantined {
		b.Metrics.believed.WithLabelValues(string(q.Alarm)).Inc()
		b.Log.Warn("record not believed", "station", q.Station, "log", q.Log, "seq", q.Seq, "alarm", q.Alarm)
	}
}

func (b *Believer) tidy(ctx context.Context) error {
	gap, keep := b.GapAfter, b.Keep
	if gap == 0 {
		gap = 48 * time.Hour
	}
	if keep == 0 {
		keep = 90 * 24 * time.Hour
	}
	gaps, err := b.Store.LastingGaps(ctx, b.Now().Add(-gap))
	if err != nil {
		return fmt.Errorf("look for gaps: %w", err)
	}
	b.Metrics.gaps.Set(float64(len(gaps)))
	if err := b.Store.ForgetSamples(ctx, b.Now().Add(-keep)); err != nil {
		return fmt.Errorf("forget samples: %w", err)
	}
	return b.forget(ctx)
}

// forget drops old usage and the stations of old validations, once a day: it
// looks at every one.
func (b *Believer) forget(ctx context.Context) error {
	now := b.Now()
	today := now.Format(time.DateOnly)
	if b.kept == today {
		return nil
	}
	if err := b.Store.ForgetUsage(ctx, now.AddDate(0, -usageMonths, 0)); err != nil {
		return fmt.Errorf("forget usage: %w", err)
	}
	if err := b.forgetStations(ctx, now.AddDate(0, -stationMonths, 0)); err != nil {
		return fmt.Errorf("forget stations of validations: %w", err)
	}
	b.kept = today
	return nil
}

// forgetStations goes by small changes, so that no station waits for it.
func (b *Believer) forgetStations(ctx context.Context, before time.Time) error {
	for {
		n, err := b.Store.ForgetStations(ctx, before, stationBatch)
		if err != nil || n < stationBatch {
			return err
		}
	}
}

// mac names a foreign code: a bare hash of a short code could be guessed.
func (b *Believer) mac(code string) string {
	h := hmac.New(sha256.New, b.MACKey)
	h.Write([]byte(code))
	return hex.EncodeToString(h.Sum(nil))
}
