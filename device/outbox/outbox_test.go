package outbox_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	tenant  = wire.Tenant("nancy")
	station = wire.Station("sabcdefghij234567")
)

// bench is one station's identity and the fleet's sealing key.
type bench struct {
	fleet *age.X25519Identity
	pub   ed25519.PublicKey
	outbox.Writer
}

func newBench(t testing.TB) bench {
	t.Helper()
	fleet, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return bench{fleet, pub, outbox.Writer{
		Tenant: tenant, Station: station, LedgerKey: key,
		Recipients: func() []string { return []string{fleet.Recipient().String()} },
		Limits:     outbox.Limits{Quota: 8 << 20, Reserve: 64 << 10},
	}}
}

func (b bench) open(t testing.TB, path string) (*outbox.Outbox, outbox.Report) {
	t.Helper()
	o, report, err := outbox.Open(context.Background(), path, b.Writer)
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	t.Cleanup(func() { o.Close() })
	return o, report
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), outbox.FileName) }

func passRef(serial pass.Serial) pass.Ref {
	return pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 3, Serial: serial, Key: 1}
}

func validation(serial pass.Serial) pass.Record {
	ref := passRef(serial)
	return recordOf(ref)
}

func recordOf(ref pass.Ref) pass.Record {
	return pass.Record{
		Kind: pass.Validation, Pass: &ref, Stamp: pass.Stamp{Clock: pass.ClockUnset, Boot: "b1", Mono: 1},
		Structure: 1, SIRET: "12345678901234", Place: "mediatheque", Service: "KS-01", Posture: pass.PostureWith, PaperKept: true,
	}
}

func cancellation(at pass.Position) pass.Record {
	return pass.Record{Kind: pass.Cancellation, Cancels: &at, Stamp: pass.Stamp{Clock: pass.ClockUnset, Boot: "b1", Mono: 2}, Structure: 1}
}

func mustAppend(t testing.TB, o *outbox.Outbox, r pass.Record) pass.Position {
	t.Helper()
	at, err := o.Append(context.Background(), r)
	if err != nil {
		t.Fatalf("Append = %v", err)
	}
	return at
}

// entriesOf reads a whole log through a [outbox.Reader] and verifies each link.
func (b bench) entriesOf(t testing.TB, path string) []pass.Entry {
	t.Helper()
	r, err := outbox.OpenReader(path)
	if err != nil {
		t.Fatalf("OpenReader = %v", err)
	}
	defer r.Close()
	var all []pass.Entry
	for {
		first, run, err := r.Entries(context.Background(), uint64(len(all))+1, 7)
		if err != nil {
			t.Fatalf("Entries = %v", err)
		}
		if len(run) == 0 {
			break
		}
		if first != uint64(len(all))+1 {
			t.Fatalf("Entries first = %d; want %d", first, len(all)+1)
		}
		all = append(all, run...)
	}
	b.checkChain(t, all)
	return all
}

func (b bench) checkChain(t testing.TB, all []pass.Entry) {
	t.Helper()
	var prev pass.Hash
	for i, e := range all {
		line, err := e.Open()
		if err != nil || e.Verify(b.pub) != nil {
			t.Fatalf("entry %d: open %v, verify %v", i+1, err, e.Verify(b.pub))
		}
		if line.Seq != uint64(i+1) || line.Prev != prev {
			t.Fatalf("entry %d: seq %d, chain holds %t", i+1, line.Seq, line.Prev == prev)
		}
		prev = e.Hash()
	}
}

func (b bench) unseal(t testing.TB, e pass.Entry) pass.Record {
	t.Helper()
	line, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(strings.NewReader(string(line.Sealed)), b.fleet)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pass.ParseRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAppendIsSealedChainedAndRead(t *testing.T) {
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	if !report.Fresh || report.Log == (pass.LogID{}) {
		t.Fatalf("Open report = %+v; want a fresh log", report)
	}
	for serial := range pass.Serial(9) {
		at := mustAppend(t, o, validation(serial+1))
		if want := (pass.Position{Log: report.Log, Seq: uint64(serial) + 1}); at != want {
			t.Errorf("Append = %v; want %v", at, want)
		}
	}
	all := b.entriesOf(t, path)
	if len(all) != 9 {
		t.Fatalf("read %d entries; want 9", len(all))
	}
	got := b.unseal(t, all[4])
	if got.Pass.Serial != 5 || got.At.Seq != 5 || got.Station != string(station) || got.Tenant != string(tenant) {
		t.Errorf("unsealed record names seq %d of %s/%s", got.At.Seq, got.Tenant, got.Station)
	}
}

func TestUsedPasses(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, _ := b.open(t, path)
	at := mustAppend(t, o, validation(1))
	if _, err := o.Append(ctx, validation(1)); !errors.Is(err, outbox.ErrUsed) {
		t.Errorf("second Append = %v; want ErrUsed", err)
	}
	mustAppend(t, o, cancellation(at))
	if _, err := o.Append(ctx, cancellation(at)); !errors.Is(err, outbox.ErrNotUsed) {
		t.Errorf("second cancellation = %v; want ErrNotUsed", err)
	}
	o.Close()
	o, _ = b.open(t, path)
	use, found, err := o.Used(ctx, passRef(1))
	if err != nil || !found || !use.Cancelled || use.At != at {
		t.Errorf("Used after cancellation = %+v, %t, %v; want cancelled at %v", use, found, err, at)
	}
	again := mustAppend(t, o, validation(1))
	use, _, _ = o.Used(ctx, passRef(1))
	if use != (outbox.Use{At: again}) {
		t.Errorf("Used = %+v; want the standing use %v", use, again)
	}
	if _, found, _ := o.Used(ctx, passRef(2)); found {
		t.Error("Used of a new pass = true; want false")
	}
	if got := len(b.entriesOf(t, path)); got != 3 {
		t.Errorf("ledger has %d entries; want 3", got)
	}
}

func TestForeignPassLivesInMemoryOnly(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, _ := b.open(t, path)
	ref := pass.Ref{Assurance: pass.ForeignRead, Foreign: "FOREIGN-CODE-1"}
	at := mustAppend(t, o, recordOf(ref))
	if _, err := o.Append(ctx, recordOf(ref)); !errors.Is(err, outbox.ErrUsed) {
		t.Errorf("second Append = %v; want ErrUsed", err)
	}
	if _, err := o.ClosePeriods(ctx); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := o.Used(ctx, ref); found {
		t.Error("foreign code is known after the day; want forgotten")
	}
	mustAppend(t, o, cancellation(at))
	if _, err := o.Append(ctx, cancellation(at)); !errors.Is(err, outbox.ErrNotUsed) {
		t.Errorf("second cancellation = %v; want ErrNotUsed", err)
	}
	o.Close()
	if bytesIn(t, filepath.Dir(path), "FOREIGN-CODE-1") {
		t.Error("a foreign code is readable on the disk")
	}
}

func TestNeverEnrolledStationOnlyCounts(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	w := outbox.Writer{Limits: b.Limits}
	o, report, err := outbox.Open(ctx, path, w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Append(ctx, validation(1)); !errors.Is(err, outbox.ErrNoLedger) {
		t.Errorf("Append = %v; want ErrNoLedger", err)
	}
	if err := o.Count(ctx, lessons("2026-03-12/am", "souris"), 2); err != nil {
		t.Fatal(err)
	}
	o.Close()

	o, enrolled := b.open(t, path)
	if enrolled.Log != report.Log || len(enrolled.Aside) != 0 {
		t.Errorf("enrolment changed log %v to %v, aside %v", report.Log, enrolled.Log, enrolled.Aside)
	}
	if at := mustAppend(t, o, validation(1)); at.Seq != 1 {
		t.Errorf("first record has seq %d; want 1", at.Seq)
	}
}

func TestWithoutRecipientNothingIsWritten(t *testing.T) {
	b, path := newBench(t), newPath(t)
	b.Recipients = nil
	o, _ := b.open(t, path)
	if _, err := o.Append(context.Background(), validation(1)); !errors.Is(err, outbox.ErrNoRecipient) {
		t.Errorf("Append = %v; want ErrNoRecipient", err)
	}
	if _, found, _ := o.Used(context.Background(), passRef(1)); found {
		t.Error("a refused record marked its pass")
	}
}

func TestOneWriter(t *testing.T) {
	b, path := newBench(t), newPath(t)
	b.open(t, path)
	if _, _, err := outbox.Open(context.Background(), path, b.Writer); !errors.Is(err, outbox.ErrInUse) {
		t.Errorf("second Open = %v; want ErrInUse", err)
	}
}

func TestPruneKeeps45DaysAfterTheAck(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	for serial := range pass.Serial(6) {
		mustAppend(t, o, validation(serial+1))
	}
	day := func(n int) time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	ack := func(seq uint64) wire.Ack {
		return wire.Ack{Epoch: "e", Logs: []wire.LogAck{{Log: report.Log, Seq: seq}}}
	}
	steps := []struct {
		name string
		ack  uint64
		at   time.Time
		want uint64 // first entry left
	}{
		{"nothing acknowledged", 0, day(0), 1},
		{"four acknowledged", 4, day(1), 1},
		{"44 days later", 4, day(45), 1},
		{"the fleet was restored", 2, day(46), 1},
		{"and has caught up", 6, day(47), 1},
		{"only what it kept was stored long enough", 6, day(91), 3},
		{"all", 6, day(93), 0},
	}
	for _, s := range steps {
		if err := o.Prune(ctx, ack(s.ack), s.at); err != nil {
			t.Fatalf("%s: Prune = %v", s.name, err)
		}
		if got := firstEntry(t, path); got != s.want {
			t.Errorf("%s: first entry left = %d; want %d", s.name, got, s.want)
		}
	}
	if at := mustAppend(t, o, validation(7)); at.Seq != 7 {
		t.Errorf("Append after pruning = %d; want 7", at.Seq)
	}
	o.Close()
	_, reopened := b.open(t, path)
	if reopened.Log != report.Log {
		t.Errorf("a pruned log was set aside: %+v", reopened)
	}
}

func firstEntry(t testing.TB, path string) uint64 {
	t.Helper()
	r, err := outbox.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, _, err := r.Entries(context.Background(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func TestPending(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	mustAppend(t, o, validation(1))
	mustAppend(t, o, validation(2))
	o.Count(ctx, lessons("2026-03-12/am", "souris"), 1)
	o.ClosePeriods(ctx)
	o.Count(ctx, lessons("2026-03-12/pm", "souris"), 1)
	ack := wire.Ack{Epoch: "e", Logs: []wire.LogAck{{Log: report.Log, Seq: 1}}}
	got, err := o.Pending(ctx, ack)
	if want := (outbox.Pending{Records: 1, Counters: 1, Open: 1}); err != nil || got != want {
		t.Errorf("Pending = %+v, %v; want %+v", got, err, want)
	}
}
