package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// PathJournals is where a station sends journals by POST, gzipped lines of JSON,
// below its fleet's HTTPS address: followed by the id of the job that asked for
// it, or by [TrialJournal].
const PathJournals = "/journals/"

// Limits of a journal on its way.
const (
	MaxJournal     = 4 << 20  // bytes as sent
	MaxJournalText = 24 << 20 // bytes unpacked: a station's quota and some
	MaxJournalLine = 4 << 10  // bytes of one line
)

// trialPrefix begins the name of a journal that nobody ordered.
const trialPrefix = "trial-"

// TrialJournal names the journal of the start that failed, by the attempt that
// it was of ([Base.Go]).
func TrialJournal(attempt string) string { return trialPrefix + attempt }

// ValidJournal reports whether name can name a journal.
func ValidJournal(name string) bool {
	return validName(strings.TrimPrefix(name, trialPrefix)) && strings.Trim(name, ".") == name
}

// JournalLine is one thing that a program of a station said. What people type,
// scan or are called is in none: programs do not say it, and what looks like it is
// taken out before it is kept.
type JournalLine struct {
	Start   *JournalStart `json:"start,omitempty"` // alone on its line: which start the lines after it are of
	At      time.Time     `json:"at,omitzero"`     // as the station's clock had it, which may be wrong
	Up      float64       `json:"up,omitempty"`    // seconds since the kernel started
	Program string        `json:"p,omitempty"`     // "kernel" for the kernel and the first program
	Level   string        `json:"l,omitempty"`     // DEBUG, INFO, WARN or ERROR
	Message string        `json:"m,omitempty"`
	Detail  string        `json:"d,omitempty"` // key=value, as log/slog writes them
}

// JournalStart is a start of the machine.
type JournalStart struct {
	Boot    string `json:"boot"` // the kernel's random number for it
	Release string `json:"release"`
	Slot    string `json:"slot"`
	Trial   bool   `json:"trial,omitempty"`
}

// ReadJournal reads unpacked lines until the end or until each returns false.
// A line that is none is passed over: a power cut may have torn one. It fails
// with an error that wraps [ErrMalformed] past [MaxJournalText].
func ReadJournal(r io.Reader, each func(JournalLine) bool) error {
	limited := &io.LimitedReader{R: r, N: MaxJournalText + 1}
	lines := bufio.NewReaderSize(limited, MaxJournalLine)
	for {
		text, err := lines.ReadSlice('\n')
		if limited.N == 0 {
			return malformed("journal")
		}
		if err == nil {
			if l, ok := parseLine(text); ok && !each(l) {
				return nil
			}
			continue
		}
		if err == io.EOF {
			return nil
		}
		if err != bufio.ErrBufferFull {
			return fmt.Errorf("read journal: %w", err)
		}
		if err := skipLine(lines); err != nil {
			return err
		}
	}
}

// skipLine passes over what is left of a line that is too long.
func skipLine(lines *bufio.Reader) error {
	for {
		switch _, err := lines.ReadSlice('\n'); err {
		case nil, io.EOF:
			return nil
		case bufio.ErrBufferFull:
		default:
			return fmt.Errorf("read journal: %w", err)
		}
	}
}

func parseLine(text []byte) (l JournalLine, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' || json.Unmarshal(text, &l) != nil {
		return l, false
	}
	return l, l.Start != nil || l.Program != ""
}
