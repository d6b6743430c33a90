package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func bytesIn(t testing.TB, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

// filled makes a closed outbox with 30 validations and returns its log.
func filled(t *testing.T, b bench, path string) pass.LogID {
	t.Helper()
	o, report := b.open(t, path)
	for serial := range pass.Serial(30) {
		mustAppend(t, o, validation(serial+1))
	}
	if err := o.Count(context.Background(), lessons("2026-03-12/am", "souris"), 3); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return report.Log
}

func TestDamagedFileIsSetAside(t *testing.T) {
	cases := []struct {
		name     string
		spoil    func([]byte) []byte
		readable bool // something of the old log is still read
	}{
		{"all zeroes", func(b []byte) []byte { return make([]byte, len(b)) }, false},
		{"noise", noise, false},
		{"one page of noise in the middle", spoilPage, true},
		{"cut in the middle of the entries", func(b []byte) []byte { return b[:len(b)/8] }, false},
		{"a flipped bit in a line", flipBit, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, path := newBench(t), newPath(t)
			old := filled(t, b, path)
			checkpoint(t, path)
			rewrite(t, path, c.spoil)
			o, report := b.open(t, path)
			if len(report.Aside) != 1 || !report.Fresh || report.Log == old {
				t.Fatalf("Open report = %+v; want one file aside and a fresh log", report)
			}
			if at := mustAppend(t, o, validation(1000)); at.Seq != 1 || at.Log != report.Log {
				t.Errorf("Append in the new log = %v", at)
			}
			if got := b.readable(t, report.Aside[0].Path, old); (got > 0) != c.readable {
				t.Errorf("read %d entries of the old log; want some: %t", got, c.readable)
			}
			if c.readable && report.Aside[0].Uses == 0 {
				t.Error("no used pass was carried over")
			}
		})
	}
}

func noise(b []byte) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func spoilPage(b []byte) []byte {
	at := bytes.LastIndex(b, []byte(`"seq":15,`)) / 4096 * 4096
	noise(b[at : at+4096])
	return b
}

// flipBit changes one digit of an entry, wherever the file holds a copy of it.
func flipBit(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte(`"seq":15,`), []byte(`"seq":14,`))
}

func rewrite(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readable counts what a reader gets of a damaged log. All of it must be true.
func (b bench) readable(t testing.TB, path string, log pass.LogID) int {
	t.Helper()
	r, err := outbox.OpenReader(path)
	if err != nil {
		return 0
	}
	defer r.Close()
	ctx := context.Background()
	if got, err := r.Log(ctx); err == nil && got != log {
		t.Errorf("Log of the old file = %v; want %v", got, log)
	}
	n, from := 0, uint64(1)
	for {
		first, run, err := r.Entries(ctx, from, 10)
		if err != nil || len(run) == 0 {
			return n
		}
		for i, e := range run {
			line, err := e.Open()
			if err != nil || e.Verify(b.pub) != nil || line.Seq != first+uint64(i) {
				t.Fatalf("entry %d of a damaged file is not what was written", first+uint64(i))
			}
		}
		n, from = n+len(run), first+uint64(len(run))
	}
}

// Whatever bytes flip, opening ends in a log that can be trusted, and what was
// confirmed is either in it or was set aside and said so.
func TestRandomDamage(t *testing.T) {
	b := newBench(t)
	origin := newPath(t)
	old := filled(t, b, origin)
	checkpoint(t, origin)
	seed := rand.New(rand.NewPCG(3, 4))
	for round := range 25 {
		path := newPath(t)
		copyOutbox(t, origin, path)
		rewrite(t, path, func(file []byte) []byte {
			for range 1 + seed.IntN(40) {
				file[seed.IntN(len(file))] ^= byte(1 + seed.IntN(255))
			}
			return file[:len(file)-seed.IntN(2)*seed.IntN(len(file))]
		})
		o, report, err := outbox.Open(context.Background(), path, b.Writer)
		if err != nil {
			t.Fatalf("round %d: Open = %v", round, err)
		}
		mustAppend(t, o, validation(1000))
		if got := len(b.entriesOf(t, path)); (got == 31) != (report.Log == old) {
			t.Errorf("round %d: %d entries in log %v (old %v)", round, got, report.Log, old)
		}
		if report.Log != old {
			b.readable(t, report.Aside[0].Path, old)
		}
		o.Close()
	}
}

func TestDamageWhileInUse(t *testing.T) {
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	mustAppend(t, o, validation(1))
	execSQL(t, path, `UPDATE meta SET seq = seq + 1`) // its sum no longer matches
	at := mustAppend(t, o, validation(2))
	if at.Log == report.Log || at.Seq != 1 {
		t.Errorf("Append = %v; want the first of a new log", at)
	}
	if got := o.Report(); len(got.Aside) != 1 || got.Aside[0].Reason != outbox.ReasonDamaged || got.Log != at.Log {
		t.Errorf("Report = %+v; want one damaged file aside, log %v", got, at.Log)
	}
	if _, err := o.Append(context.Background(), validation(1)); !errors.Is(err, outbox.ErrUsed) {
		t.Errorf("Append of a pass used before the damage = %v; want ErrUsed", err)
	}
}

func TestOtherIdentityBeginsANewLog(t *testing.T) {
	path := newPath(t)
	first, second := newBench(t), newBench(t)
	old := filled(t, first, path)
	o, report := second.open(t, path)
	if len(report.Aside) != 1 || report.Aside[0].Reason != outbox.ReasonIdentity || report.Aside[0].Log != old {
		t.Fatalf("Open report = %+v; want the old log aside", report)
	}
	if report.Aside[0].Uses != 30 {
		t.Errorf("carried over %d uses; want 30", report.Aside[0].Uses)
	}
	if _, found, err := o.Used(context.Background(), passRef(30)); !found || err != nil {
		t.Errorf("Used = %t, %v; want a pass used before to stay used", found, err)
	}
	if got := first.readable(t, report.Aside[0].Path, old); got != 30 {
		t.Errorf("read %d entries of the old log; want 30", got)
	}
	if got := changed(t, report.Aside[0].Path, 0); len(got) != 1 || got[0].Value != 3 {
		t.Errorf("counters of the old log = %v; want the open one", values(got))
	}
}

// A power cut between the renames of database and log must not leave a pair
// that reads as an older outbox.
func TestInterruptedSetAsideIsFinished(t *testing.T) {
	b := newBench(t)
	origin := newPath(t)
	old := filled(t, b, origin)
	parts := []string{"", "-wal"}
	for cut := range len(parts) + 1 {
		path := newPath(t)
		dir := filepath.Dir(path)
		copyOutbox(t, origin, path)
		if err := os.WriteFile(filepath.Join(dir, "outbox-0011.moving"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, part := range parts[:cut] {
			if err := os.Rename(path+part, filepath.Join(dir, "outbox-0011.aside")+part); err != nil {
				t.Fatal(err)
			}
		}
		_, report := b.open(t, path)
		if report.Log == old || !report.Fresh {
			t.Errorf("after %d renames: log = %v; want a fresh one", cut, report.Log)
		}
		if got := b.readable(t, filepath.Join(dir, "outbox-0011.aside"), old); got != 30 {
			t.Errorf("after %d renames: read %d entries aside; want 30", cut, got)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.moving")); len(left) != 0 {
			t.Errorf("after %d renames: marker left: %v", cut, left)
		}
	}
}

func TestLogs(t *testing.T) {
	path := newPath(t)
	first, second := newBench(t), newBench(t)
	filled(t, first, path)
	second.open(t, path)
	files, err := outbox.Logs(filepath.Dir(path))
	if err != nil || len(files) != 2 || files[0].Aside || !files[1].Aside || !strings.HasSuffix(files[1].Path, ".aside") {
		t.Errorf("Logs = %v, %v; want the one in use, then one aside", files, err)
	}
}
