package evdev_test

import (
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/evdev"
)

const (
	enter, tab, kpEnter, ctrl, shift, alt = 28, 15, 96, 29, 42, 56
	us                                    = "~~1234567890-=~~qwertyuiop[]~~asdfghjkl;'`~\\zxcvbnm,./~~~\x20" // ~: no key
	usShifted                             = "``!@#$%^&*()_+``QWERTYUIOP{}``ASDFGHJKL:\"~`|ZXCVBNM<>?```\x20" // `: no key
)

// hand writes struct input_event, one key after another.
type hand struct {
	out []byte
	now time.Duration
}

func (h *hand) event(kind, code uint16, value int32) {
	b := make([]byte, 24)
	binary.NativeEndian.PutUint64(b, uint64(h.now/time.Second))
	binary.NativeEndian.PutUint64(b[8:], uint64(h.now%time.Second/time.Microsecond))
	binary.NativeEndian.PutUint16(b[16:], kind)
	binary.NativeEndian.PutUint16(b[18:], code)
	binary.NativeEndian.PutUint32(b[20:], uint32(value))
	h.out = append(h.out, b...)
}

func (h *hand) key(code uint16, value int32) {
	h.now += time.Millisecond
	h.event(1, code, value)
	h.event(0, 0, 0)
}

func (h *hand) tap(codes ...uint16) {
	for _, c := range codes {
		h.key(c, 1)
		h.key(c, 0)
	}
}

func (h *hand) types(text string) *hand {
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\n':
			h.tap(enter)
		case c != '~' && strings.IndexByte(us, c) > 0:
			h.tap(uint16(strings.IndexByte(us, c)))
		default:
			h.key(shift, 1)
			h.tap(uint16(strings.IndexByte(usShifted, c)))
			h.key(shift, 0)
		}
	}
	return h
}

// typing is a US keyboard typing text, begun an hour after start.
func typing(text string) []byte {
	h := &hand{now: time.Hour}
	return h.types(text).out
}

// first runs source until it gives a first text.
func first(t *testing.T, source evdev.Scanners, do func()) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := ""
	do()
	err := source.Run(ctx, func(c reader.Capture) {
		if got == "" {
			got = c.Text
		}
		cancel()
	})
	must(t, err)
	return got
}

func TestTypedCodes(t *testing.T) {
	ascii := ""
	for c := '!'; c <= '~'; c++ {
		ascii += string(c)
	}
	cases := []struct {
		name string
		keys func(h *hand)
		want string // the first code given
	}{
		{"every printable character", func(h *hand) { h.types(ascii + "\n") }, ascii},
		{"186 digits", func(h *hand) { h.types(strings.Repeat("0123456789", 18) + "012345\n") }, strings.Repeat("0123456789", 18) + "012345"},
		{"keypad digits", func(h *hand) { h.tap(82, 79, 80, 81, 75, 76, 77, 71, 72, 73, kpEnter) }, "0123456789"},
		{"tab ends a code", func(h *hand) { h.types("12"); h.tap(tab) }, "12"},
		{"control-J ends a code", func(h *hand) { h.types("12"); h.key(ctrl, 1); h.tap(36); h.key(ctrl, 0) }, "12"},
		{"control characters are left out", func(h *hand) {
			h.types("1")
			h.key(ctrl, 1)
			h.tap(27)
			h.key(ctrl, 0)
			h.types("2\n")
		}, "12"},
		{"Alt and keypad", func(h *hand) {
			for _, c := range [][]uint16{{82, 76, 80}, {82, 82, 77, 76}} { // 052 = 4, 0065 = A
				h.key(alt, 1)
				h.tap(c...)
				h.key(alt, 0)
			}
			h.tap(enter)
		}, "4A"},
		{"a pause begins anew", func(h *hand) { h.types("99"); h.now += time.Second; h.types("12\n") }, "12"},
		{"repeats are not typed", func(h *hand) { h.key(2, 1); h.key(2, 2); h.key(2, 2); h.key(2, 0); h.tap(enter) }, "1"},
		{"an empty line is no code", func(h *hand) { h.types("\n\n12\n") }, "12"},
		{"too long is no code", func(h *hand) { h.types(strings.Repeat("1", 513) + "\n12\n") }, "12"},
		{"the longest code", func(h *hand) { h.types(strings.Repeat("1", 512) + "\n") }, strings.Repeat("1", 512)},
		{"what the kernel dropped is no code", func(h *hand) { h.types("1"); h.event(0, 3, 0); h.types("2\n34\n") }, "34"},
		{"Alt with a letter is no code", func(h *hand) { h.key(alt, 1); h.tap(30); h.key(alt, 0); h.types("1\n12\n") }, "12"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.plug(t, "event3", "0c2e", "0b61", "")
			h := &hand{now: time.Hour}
			c.keys(h)
			go func() { _, _ = m.pipes["event3"].Write(h.out) }()
			if got := first(t, m.source(), func() {}); got != c.want {
				t.Errorf("first code = %q; want %q", got, c.want)
			}
		})
	}
}

func FuzzTypist(f *testing.F) {
	f.Add(typing("CODE-1\n"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, events []byte) {
		r, w, err := os.Pipe()
		must(t, err)
		go func() { _, _ = w.Write(events); w.Close() }()
		evdev.Follow(r, func(text string) {
			if !reader.Printable(text) {
				t.Errorf("emitted text of %d bytes is not printable", len(text))
			}
		})
		r.Close()
	})
}
