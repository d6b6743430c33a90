package main

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// keys is a folder of input devices: pipes that hold what a kernel would say.
type keys struct {
	t      *testing.T
	folder string
	told   chan event
}

func newKeys(t *testing.T) *keys {
	t.Helper()
	k := &keys{t: t, folder: t.TempDir(), told: make(chan event, 16)}
	w := &watcher{folder: k.folder, tell: func(e event) { k.told <- e }, open: map[string]bool{}}
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- w.run(ctx) }()
	t.Cleanup(func() { <-done })
	return k
}

// device is plugged in; what is written to it is what it says.
func (k *keys) device(name string) *os.File {
	k.t.Helper()
	path := filepath.Join(k.folder, name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		k.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { f.Close() })
	return f
}

func says(t *testing.T, f *os.File, kind, code uint16, value int32) {
	t.Helper()
	b := make([]byte, inputSize)
	binary.NativeEndian.PutUint16(b[16:], kind)
	binary.NativeEndian.PutUint16(b[18:], code)
	binary.NativeEndian.PutUint32(b[20:], uint32(value))
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

func TestButtonAndLid(t *testing.T) {
	k := newKeys(t)
	board := k.device("event0")
	const letterA, enter = 30, 28
	says(t, board, kindKey, letterA, 1)
	if e := <-k.told; !e.touched {
		t.Errorf("a key = %+v; want that somebody is there", e)
	}
	says(t, board, kindKey, enter, 1)      // somebody is still there: told now and then
	says(t, board, kindKey, keySleep, 1)   // a station does not sleep
	says(t, board, kindKey, keySuspend, 1) // likewise
	says(t, board, kindKey, keyPower, 0)   // the button let go
	says(t, board, kindKey, keyPower, 1)
	if e := <-k.told; !e.pressed {
		t.Errorf("the power button = %+v; want that it is pressed, and nothing before", e)
	}
	lid := k.device("event1") // found when it comes
	for _, shut := range []int32{1, 0} {
		says(t, lid, kindSwitch, switchLid, shut)
		if e := <-k.told; e.lid == nil || *e.lid != (shut == 1) {
			t.Errorf("the lid at %d = %+v; want that it is told", shut, e)
		}
	}
}

func TestLamp(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "sys/class/backlight/intel/bl_power")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(lampOn), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &lamp{root: root}
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"closing time", func() { l.dark(true) }, lampOff},
		{"a key", func() { l.wake() }, lampOn},
		{"the lid is shut", func() { l.lid(true) }, lampOff},
		{"a key of a shut machine", func() { l.wake() }, lampOff},
		{"opening time behind a shut lid", func() { l.dark(false) }, lampOff},
		{"the lid is opened", func() { l.lid(false) }, lampOn},
	} {
		step.do()
		if got, err := os.ReadFile(file); err != nil || string(got) != step.want {
			t.Errorf("%s: bl_power = %q, %v; want %q", step.name, got, err, step.want)
		}
	}
	if err := (&lamp{root: t.TempDir()}).light(true); !errors.Is(err, errNoLamp) {
		t.Errorf("light without a lamp = %v; want %v", err, errNoLamp)
	}
}

// TestPowerButton asks the supervisor to end everything in order; when it does
// not, there is a session again.
func TestPowerButton(t *testing.T) {
	d := newDisplay(flags{Run: t.TempDir()}, slog.New(slog.DiscardHandler))
	d.machine.supervisor = filepath.Join(t.TempDir(), "http.sock")
	ln, err := net.Listen("unix", d.machine.supervisor)
	if err != nil {
		t.Fatal(err)
	}
	asked, status := make(chan string, 1), make(chan int, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.URL.Path
		w.WriteHeader(<-status)
	})}
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	status <- http.StatusOK
	d.on(t.Context(), event{pressed: true})
	if got := <-asked; got != "POST /poweroff" {
		t.Errorf("supervisor was asked %q; want POST /poweroff", got)
	}
	status <- http.StatusInternalServerError
	d.on(t.Context(), event{pressed: true})
	<-asked
	select {
	case <-d.again.C:
	case <-time.After(10 * time.Second):
		t.Error("no session is made after a supervisor that refused")
	}
}
