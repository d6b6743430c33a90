package journal_test

import (
	"testing"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text             string
		level, message, detail string // level "": not kept
	}{
		{"a line of log/slog", `time=2027-03-01T08:00:00.5Z level=WARN msg="trust not refreshed" program=agent err="no route"`, "WARN", "trust not refreshed", `err="no route"`},
		{"a word", `time=2027-03-01T08:00:00Z level=INFO msg=started program=agent`, "INFO", "started", ""},
		{"a quotation", `time=2027-03-01T08:00:00Z level=INFO msg="a \"b\" c" n=1`, "INFO", `a "b" c`, "n=1"},
		{"what was scanned", `time=2027-03-01T08:00:00Z level=INFO msg=x code="1234 5678 9012 34"`, "INFO", "x", `code="[digits]"`},
		{"a card's address", `time=2027-03-01T08:00:00Z level=INFO msg=x mac=aa:bb:cc:dd:ee:0f to=jeanne@example.org`, "INFO", "x", `mac=[card] to=[address]`},
		{"the supervisor starts it", `2027/03/01 08:00:00 gokrazy: attempt 3, starting ["/user/agent" "--secret=x"]`, "INFO", "supervisor: attempt 3, starting", ""},
		{"the supervisor saw it end", `2027/03/01 08:00:00 gokrazy: exit status 2`, "WARN", "supervisor: exit status 2", ""},
		{"a crash", "panic: runtime error: index out of range [3] with length 2", "ERROR", "panic: runtime error: index out of range [3] with length 2", ""},
		{"its goroutine", "goroutine 1 [running]:", "ERROR", "goroutine 1 [running]:", ""},
		{"its frame", "main.(*agent).run(0xc0000123, {0x1, 0x2})", "ERROR", "main.(*agent).run(0xc0000123, {0x1, 0x2})", ""},
		{"its file", "\tgithub.com/mallette-kit/mallette/device/cmd/agent/agent.go:12 +0x1d", "ERROR", "\tgithub.com/mallette-kit/mallette/device/cmd/agent/agent.go:12 +0x1d", ""},
		{"its last word", "agent: open outbox: no space left on device", "ERROR", "agent: open outbox: no space left on device", ""},
		{"a browser", "[123:456:ERROR:url.cc(12)] https://example.org/?q=secret", "", "", ""},
		{"another program's last word", "launcher: x", "", "", ""},
		{"nothing", "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, ok := journal.Parse("agent", tt.text)
			if ok != (tt.level != "") || ok && (l.Level != tt.level || l.Message != tt.message || l.Detail != tt.detail) {
				t.Errorf("Parse(%q) = %+v, %v; want %s %q %q", tt.text, l, ok, tt.level, tt.message, tt.detail)
			}
		})
	}
}

func TestParseKernel(t *testing.T) {
	tests := []struct {
		name, text, level, message string // level "": not kept
	}{
		{"a warning", "4,339,5140900,-;ata1: slow to respond\n SUBSYSTEM=x\n", "WARN", "ata1: slow to respond"},
		{"an error", "3,339,5140900,-;EXT4-fs error", "ERROR", "EXT4-fs error"},
		{"the guardian", "6,340,5140900,-;mallette: trial given up slot=b", "INFO", "trial given up slot=b"},
		{"something plugged in", "6,341,5140900,-;usb 1-1: Product: Jeanne's phone", "", ""},
		{"no record", "hello", "", ""},
		{"no numbers", "a,b,c,-;x", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, ok := journal.ParseKernel(tt.text)
			if ok != (tt.level != "") || ok && (l.Level != tt.level || l.Message != tt.message || l.Up != 5.1409) {
				t.Errorf("ParseKernel(%q) = %+v, %v; want %s %q at 5.1409", tt.text, l, ok, tt.level, tt.message)
			}
		})
	}
}

// FuzzParse holds that a line which is kept is short, and text.
func FuzzParse(f *testing.F) {
	f.Add("agent", `time=2027-03-01T08:00:00Z level=INFO msg="a \" b" program=agent n=1`)
	f.Add("kernel", "4,1,2,-;x")
	f.Add("agent", "panic: x")
	f.Fuzz(func(t *testing.T, program, text string) {
		for _, parse := range []func() (wire.JournalLine, bool){
			func() (wire.JournalLine, bool) { return journal.Parse(program, text) },
			func() (wire.JournalLine, bool) { return journal.ParseKernel(text) },
		} {
			l, ok := parse()
			if ok && (len(l.Message)+len(l.Detail) > wire.MaxJournalLine/2 || !utf8.ValidString(l.Message+l.Detail)) {
				t.Errorf("Parse(%q) = %+v; want something short", text, l)
			}
		}
	})
}
