package journal

import (
	"regexp"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Levels as log/slog names them.
const (
	levelInfo  = "INFO"
	levelWarn  = "WARN"
	levelError = "ERROR"
)

// maxText bounds a message and its detail, so that a line as JSON is never
// longer than its readers take.
const maxText = 1000

var (
	slogForm       = regexp.MustCompile(`^time=(\S+) level=([A-Z]+)(?:[+-]\d+)? msg=("(?:[^"\\]|\\.)*"|\S+) ?(.*)$`)
	supervisorForm = regexp.MustCompile(`^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) gokrazy: (.*)$`)
	attemptForm    = regexp.MustCompile(`^attempt \d+, starting`)
	crashForm      = regexp.MustCompile(`^(panic: |fatal error: |goroutine \d+ |\[signal |created by )`)
	frameForm      = regexp.MustCompile(`^(\t/?[\w.@/~!-]+\.(go|s):\d+( \+0x[0-9a-f]+)?|[\w./*()\[\]-]+\([0-9a-fx, .{}?+]*\))$`)
)

// Parse reads what a program wrote on one line. It reports false for what is none
// of ours: the line is not kept.
func Parse(program, text string) (wire.JournalLine, bool) {
	l := wire.JournalLine{Program: program, Level: levelError}
	if m := slogForm.FindStringSubmatch(text); m != nil {
		l.At, _ = time.Parse(time.RFC3339Nano, m[1])
		l.Level, l.Message, l.Detail = m[2], unquoted(m[3]), strings.TrimPrefix(m[4], "program="+program)
		return tidy(l), true
	}
	if m := supervisorForm.FindStringSubmatch(text); m != nil {
		l.At, _ = time.Parse("2006/01/02 15:04:05", m[1])
		l.Level, l.Message = levelWarn, "supervisor: "+m[2]
		if start := attemptForm.FindString(m[2]); start != "" {
			l.Level, l.Message = levelInfo, "supervisor: "+start
		}
		return tidy(l), true
	}
	last := strings.HasPrefix(text, program+": ") // what a program says when it ends
	if last || crashForm.MatchString(text) || frameForm.MatchString(text) {
		l.Message = text
		return tidy(l), true
	}
	return l, false
}

func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
}

// tidy takes out what may be of a person, and cuts what is long.
func tidy(l wire.JournalLine) wire.JournalLine {
	l.Message, l.Detail = cut(Scrub(l.Message)), cut(strings.TrimSpace(Scrub(l.Detail)))
	return l
}

func cut(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

var (
	digitsForm  = regexp.MustCompile(`\d(?:[ .\x{a0}\x{202f}-]?\d){8,}`)
	hardForm    = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b`)
	addressForm = regexp.MustCompile(`[\w.+%-]+@[\w-]+(?:\.[\w-]+)+`)
)

// Scrub takes out what looks like a number that was scanned or dialled, a
// network card's address, or somebody's electronic address. Our programs say
// none of these; this is for the day when one does.
func Scrub(s string) string {
	s = hardForm.ReplaceAllString(s, "[card]")
	s = addressForm.ReplaceAllString(s, "[address]")
	return digitsForm.ReplaceAllString(s, "[digits]")
}
