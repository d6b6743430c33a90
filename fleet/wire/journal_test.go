package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
)

func journal(t *testing.T, text string) (lines []wire.JournalLine, err error) {
	t.Helper()
	err = wire.ReadJournal(strings.NewReader(text), func(l wire.JournalLine) bool {
		lines = append(lines, l)
		return len(lines) < 10
	})
	return lines, err
}

func TestReadJournal(t *testing.T) {
	const start, said = `{"start":{"boot":"b","release":"2","slot":"b","trial":true}}` + "\n", `{"p":"agent","l":"INFO","m":"x"}` + "\n"
	tests := []struct {
		name, text string
		lines      int
	}{
		{"empty", "", 0},
		{"two", start + said, 2},
		{"torn at the end", start + said[:10], 1},
		{"torn in the middle", said[:10] + "\n" + said, 1},
		{"zeros of a file system", strings.Repeat("\x00", 6000) + "\n" + said, 1},
		{"something else", "[]\n{}\n7\n" + said, 1},
		{"as many as wanted", strings.Repeat(said, 20), 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := journal(t, tt.text); len(got) != tt.lines || err != nil {
				t.Errorf("ReadJournal(%q) = %d lines, %v; want %d", tt.text[:min(len(tt.text), 80)], len(got), err, tt.lines)
			}
		})
	}
}

// Whoever packs zeros well must not fill the server's memory or its day.
func TestReadJournalEnds(t *testing.T) {
	_, err := journal(t, strings.Repeat("x", wire.MaxJournalText+2))
	if !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("ReadJournal(too much) = %v; want %v", err, wire.ErrMalformed)
	}
}

func TestValidJournal(t *testing.T) {
	for name, want := range map[string]bool{"abc": true, wire.TrialJournal("r3-2"): true, "": false, "trial-": false, "..": false, "a/b": false, ".a": false, "A": false} {
		if got := wire.ValidJournal(name); got != want {
			t.Errorf("ValidJournal(%q) = %v; want %v", name, got, want)
		}
	}
}

func FuzzReadJournal(f *testing.F) {
	f.Add(`{"start":{"boot":"b"}}` + "\n" + `{"p":"kernel","up":1.5,"m":"x"}` + "\n")
	f.Add("\x00\x00\n{")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := journal(t, text); err != nil {
			t.Errorf("ReadJournal = %v; want nil for anything short", err)
		}
	})
}
