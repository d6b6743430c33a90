package evdev_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/evdev"
	"github.com/mallette-kit/mallette/hardware/reader/readertest"
)

// keyboardKeys is the key bitmap of an ordinary USB keyboard and of a scanner.
const keyboardKeys = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"

// machine is a directory of event nodes, each a pipe, and of what the kernel
// says of them.
type machine struct {
	input, class string
	pipes        map[string]*os.File
	claims       atomic.Int32
}

func newMachine(t *testing.T) *machine {
	m := &machine{input: t.TempDir(), class: t.TempDir(), pipes: make(map[string]*os.File)}
	t.Cleanup(func() {
		for _, p := range m.pipes {
			p.Close()
		}
	})
	return m
}

func (m *machine) source() evdev.Scanners {
	return evdev.Scanners{Input: m.input, Class: m.class, Claim: func(*os.File) error { m.claims.Add(1); return nil }}
}

func (m *machine) plug(t *testing.T, node, vendor, product, name string) {
	t.Helper()
	about := map[string]string{
		"name": name, "id/vendor": vendor, "id/product": product,
		"capabilities/key": keyboardKeys, "capabilities/rel": "0",
	}
	for file, text := range about {
		path := filepath.Join(m.class, node, "device", file)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
	}
	aside := filepath.Join(m.class, node, "pipe")
	must(t, syscall.Mkfifo(aside, 0o600))
	pipe, err := os.OpenFile(aside, os.O_RDWR, 0)
	must(t, err)
	m.pipes[node] = pipe
	must(t, os.Rename(aside, filepath.Join(m.input, node)))
}

func (m *machine) unplug(t *testing.T, node string) {
	t.Helper()
	must(t, m.pipes[node].Close())
	delete(m.pipes, node)
	must(t, os.Remove(filepath.Join(m.input, node)))
	must(t, os.RemoveAll(filepath.Join(m.class, node)))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestScannersConform(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Rig {
		m, plugs := newMachine(t), 0
		node := func() string { return fmt.Sprint("event", plugs) }
		return readertest.Rig{
			Source: m.source(),
			Plug: func(t *testing.T) {
				plugs++
				m.plug(t, node(), "0c2e", "0b61", "Honeywell Scanner")
			},
			Unplug: func(t *testing.T) { m.unplug(t, node()) },
			Show: func(t *testing.T, n int) {
				_, err := m.pipes[node()].Write(typing(fmt.Sprintf("CODE-%d\n", n)))
				must(t, err)
			},
			Is: func(c reader.Capture, n int) bool { return c.Text == fmt.Sprintf("CODE-%d", n) },
		}
	})
}

func TestKeyboardIsNeverOpened(t *testing.T) {
	cases := []struct{ name, vendor, product, label string }{
		{"desk keyboard", "046d", "c31c", "Logitech USB Keyboard"},
		{"laptop keyboard", "0001", "0001", "AT Translated Set 2 keyboard"},
		{"maker shared with keyboards", "04b4", "0101", "Cypress Keyboard"},
		{"maker's number absent", "0000", "0000", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.plug(t, "event0", c.vendor, c.product, c.label)
			source := m.source()
			source.Open = func(path string) (*os.File, error) {
				if filepath.Base(path) == "event0" {
					t.Errorf("Open(%s): keyboard opened; want it left alone", c.label)
				}
				return evdev.Open(path)
			}
			m.plug(t, "event1", "05e0", "1200", "Symbol Bar Code Scanner")
			first(t, source, func() { _, _ = m.pipes["event1"].Write(typing("1\n")) })
			if got := m.claims.Load(); got != 1 {
				t.Errorf("grabbed devices = %d; want 1", got)
			}
		})
	}
}

func TestScannerOfTheTechnicianIsRead(t *testing.T) {
	for _, text := range []string{"04b4:0101", "04b4", "pocket wonder"} {
		model, err := evdev.ParseModel(text)
		must(t, err)
		m := newMachine(t)
		m.plug(t, "event0", "04b4", "0101", "POCKET WONDER 2000")
		source := m.source()
		source.Also = []evdev.Model{model}
		got := first(t, source, func() { _, _ = m.pipes["event0"].Write(typing("42\n")) })
		if got != "42" {
			t.Errorf("with %s: first code = %q; want 42", text, got)
		}
	}
}

func TestParseModelRefuses(t *testing.T) {
	for _, text := range []string{"", "kb", "0c2e:", "0c2e:zz", "0000", "0c2e:0000", "12345:1"} {
		if _, err := evdev.ParseModel(text); err == nil {
			t.Errorf("ParseModel(%q) = nil; want ErrModel", text)
		}
	}
}

func TestOpenScannersAreTold(t *testing.T) {
	m := newMachine(t)
	told := make(chan string, 8)
	s := m.source()
	s.Opened = func(name string) func() {
		told <- "opened " + name
		return func() { told <- "closed " + name }
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx, func(reader.Capture) {}) }()
	m.plug(t, "event3", "0c2e", "0b61", "Honeywell Scanner")
	m.plug(t, "event4", "046d", "c31c", "Keyboard")
	if got, want := <-told, "opened scanner 0c2e:0b61"; got != want {
		t.Errorf("told %q; want %q", got, want)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
	if got, want := <-told, "closed scanner 0c2e:0b61"; got != want {
		t.Errorf("told %q; want %q", got, want)
	}
}
