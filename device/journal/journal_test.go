package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// station is a disk on which the machine starts again and again.
type station struct {
	t   *testing.T
	dir string
	now time.Time
}

func (s *station) starts(start wire.JournalStart) *journal.Journal {
	return &journal.Journal{Dir: s.dir, Start: start, Now: func() time.Time { return s.now }}
}

func (s *station) read(want func(wire.JournalStart) bool) (messages []string) {
	s.t.Helper()
	var b bytes.Buffer
	_, err := journal.WriteTo(&b, s.dir, journal.Quota, want)
	must(s.t, err)
	must(s.t, wire.ReadJournal(&b, func(l wire.JournalLine) bool {
		if l.Start == nil {
			messages = append(messages, l.Message)
		}
		return true
	}))
	return messages
}

func all(wire.JournalStart) bool { return true }

func said(message string) wire.JournalLine {
	return wire.JournalLine{Program: "agent", Level: "INFO", Message: message}
}

// What a start left is found after it, whichever way it ended.
func TestAStartThatEndedBadly(t *testing.T) {
	s := &station{t, t.TempDir(), time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)}
	good := s.starts(wire.JournalStart{Boot: "b1", Release: "1", Slot: "a"})
	must(t, good.Write(said("one")))
	must(t, good.Close())
	bad := s.starts(wire.JournalStart{Boot: "b2", Release: "2", Slot: "b", Trial: true})
	must(t, bad.Write(said("two"), said("three")))
	must(t, bad.Sync()) // and the power goes
	back := s.starts(wire.JournalStart{Boot: "b3", Release: "1", Slot: "a"})
	must(t, back.Write(said("four")))
	start, ok := journal.LastTrial(s.dir, "2")
	if !ok || start.Boot != "b2" {
		t.Fatalf("LastTrial = %+v, %v; want b2", start, ok)
	}
	if got := strings.Join(s.read(func(at wire.JournalStart) bool { return at == start }), " "); got != "two three" {
		t.Errorf("journal of the trial = %q; want two three", got)
	}
	if got := strings.Join(s.read(all), " "); got != "one two three four" {
		t.Errorf("journal = %q; want everything in order", got)
	}
	if _, ok := journal.LastTrial(s.dir, "1"); ok {
		t.Error("LastTrial(never on trial) = true; want false")
	}
}

// A cut may tear the last line at any byte: the others are there.
func TestCutAtAnyByte(t *testing.T) {
	s := &station{t, t.TempDir(), time.Time{}}
	j := s.starts(wire.JournalStart{Boot: "b1", Release: "1", Slot: "a"})
	must(t, j.Write(said("one"), said("two")))
	must(t, j.Close())
	names, err := filepath.Glob(filepath.Join(s.dir, "*.jsonl"))
	must(t, err)
	whole, err := os.ReadFile(names[0])
	must(t, err)
	head := bytes.IndexByte(whole, '\n') + 1
	for n := head; n < len(whole); n++ {
		must(t, os.WriteFile(names[0], whole[:n], 0o600))
		next := s.starts(wire.JournalStart{Boot: "b2", Release: "1", Slot: "a"})
		must(t, next.Write(said("after")))
		must(t, next.Close())
		got := s.read(all)
		if len(got) < 1 || got[len(got)-1] != "after" {
			t.Fatalf("cut at %d: journal = %q; want what was whole, then after", n, got)
		}
		must(t, os.Remove(filepath.Join(s.dir, "00000002-0.jsonl")))
	}
}

func TestQuotaAndLife(t *testing.T) {
	s := &station{t, t.TempDir(), time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)}
	j := s.starts(wire.JournalStart{Boot: "b", Release: "1", Slot: "a"})
	long := said(strings.Repeat("x", 3900))
	for range 18 << 20 / 3900 {
		must(t, j.Write(long))
	}
	var size int64
	entries, err := os.ReadDir(s.dir)
	must(t, err)
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		size += info.Size()
	}
	if size > journal.Quota || size < journal.Quota/2 {
		t.Errorf("after 18 MiB the journal has %d bytes; want at most %d, and not little", size, journal.Quota)
	}
	s.now = s.now.Add(journal.Life)
	must(t, j.Write(said("much later")))
	must(t, j.Close())
	if got := s.read(all); len(got) != 1 || got[0] != "much later" {
		t.Errorf("after a week the journal has %d lines; want one", len(got))
	}
}

// A station that nobody tells the time keeps its journal by size alone; what was
// kept then is as old as what came after.
func TestLifeWithoutAClock(t *testing.T) {
	s := &station{t, t.TempDir(), time.Time{}}
	j := s.starts(wire.JournalStart{Boot: "b", Release: "1", Slot: "a"})
	must(t, j.Write(said("when?")))
	s.now = time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	must(t, j.Write(said("eight")))
	if got := strings.Join(s.read(all), " "); got != "when? eight" {
		t.Fatalf("journal = %q; want when? eight", got)
	}
	s.now = s.now.Add(journal.Life + time.Minute)
	must(t, j.Write(said("next week")))
	must(t, j.Close())
	if got := strings.Join(s.read(all), " "); got != "next week" {
		t.Errorf("journal a week later = %q; want next week", got)
	}
}

// A line of a slow link takes the newest.
func TestTheNewestWhenThereIsLittleRoom(t *testing.T) {
	s := &station{t, t.TempDir(), time.Time{}}
	for _, name := range []string{"old", "new"} {
		j := s.starts(wire.JournalStart{Boot: name, Release: "1", Slot: "a"})
		must(t, j.Write(said(name)))
		must(t, j.Close())
	}
	var b bytes.Buffer
	some, err := journal.WriteTo(&b, s.dir, 10, all)
	if !some || err != nil || !strings.Contains(b.String(), "new") || strings.Contains(b.String(), "old") {
		t.Errorf("WriteTo(10 bytes) = %v, %v: %s; want the newest file alone", some, err, b.String())
	}
	if some, err := journal.WriteTo(&b, t.TempDir(), 10, all); some || err != nil {
		t.Errorf("WriteTo(nothing kept) = %v, %v; want false, nil", some, err)
	}
}
