package hotplug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// shelf is a folder of modules whose kernel only writes down what it is given.
type shelf struct {
	*kmod.Modules
	mu  sync.Mutex
	got []string
}

func newShelf(t testing.TB, modules ...kmod.Module) *shelf {
	t.Helper()
	dir := t.TempDir()
	var index bytes.Buffer
	if err := kmod.WriteIndex(&index, modules, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, kmod.IndexFile), index.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	mods, err := kmod.Open(dir, kmod.WithInsert(func(path string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got = append(s.got, filepath.Base(path))
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	s.Modules = mods
	return s
}

func (s *shelf) inserted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := slices.Clone(s.got)
	slices.Sort(got)
	return got
}

func laptop() []kmod.Module {
	return []kmod.Module{
		{Name: "e1000e", Path: "kernel/e1000e.ko", Aliases: []string{"pci:v00008086d0000156F*"}, Needs: []string{"ptp"}},
		{Name: "ptp", Path: "kernel/ptp.ko"},
		{Name: "snd_hda_intel", Path: "kernel/snd-hda-intel.ko", Aliases: []string{"pci:v*d*sv*sd*bc04sc03i00*"}},
		{Name: "snd_hda_codec_realtek", Path: "kernel/snd-hda-codec-realtek.ko", Aliases: []string{"hdaudio:v10EC0295r*a01*"}},
		{Name: "pcspkr", Path: "kernel/pcspkr.ko", Aliases: []string{"platform:pcspkr"}},
	}
}

// devices makes a tree of uevent files.
func devices(t testing.TB, uevents ...string) string {
	t.Helper()
	root := t.TempDir()
	for i, text := range uevents {
		dir := filepath.Join(root, fmt.Sprintf("pci0000:00/0000:00:%02x.0", i))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "uevent"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestColdplug(t *testing.T) {
	root := devices(t,
		"DRIVER=x\nMODALIAS=pci:v00008086d0000156Fsv000017AAsd00002233bc02sc00i00\n",
		"MODALIAS=pci:v00008086d0000156Fsv000017AAsd00002233bc02sc00i00\n",
		"MODALIAS=pci:v00008086d00009D70sv000017AAsd00002233bc04sc03i00\n",
		"MODALIAS=platform:pcspkr\n", "MODALIAS=acpi:NOBODY:\n", "MODALIAS=\n", "MODALIAS=a b\n", "SUBSYSTEM=cpu\n")
	s := newShelf(t, laptop()...)
	got, err := hotplug.Coldplug(t.Context(), root, s)
	if want := (hotplug.Tally{Devices: 5, Aliases: 4, Loaded: 3}); err != nil || got != want {
		t.Errorf("Coldplug = %+v, %v; want %+v", got, err, want)
	}
	if got, want := s.inserted(), []string{"e1000e.ko", "ptp.ko", "snd-hda-intel.ko"}; !slices.Equal(got, want) {
		t.Errorf("inserted %v; want %v", got, want)
	}
}

func TestColdplugEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hotplug.Coldplug(ctx, devices(t, "MODALIAS=x:y\n"), newShelf(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Coldplug after the end = %v; want %v", err, context.Canceled)
	}
}

func TestHelper(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want error
		got  []string
	}{
		{"a codec", []string{"-q", "--", "hdaudio:v10EC0295r00100002a01"}, nil, []string{"snd-hda-codec-realtek.ko"}},
		{"by name", []string{"-q", "--", "snd-hda-codec-realtek"}, nil, []string{"snd-hda-codec-realtek.ko"}},
		{"nobody knows", []string{"-q", "--", "net-pf-99"}, kmod.ErrUnknown, nil},
		{"never loaded", []string{"-q", "--", "pcspkr"}, kmod.ErrBlocked, nil},
		{"not the kernel", []string{"-r", "ptp"}, hotplug.ErrRequest, nil},
		{"a path", []string{"-q", "--", "a b"}, hotplug.ErrRequest, nil},
	}
	for _, tt := range tests {
		s := newShelf(t, laptop()...)
		if err := hotplug.Helper(t.Context(), tt.args, s); !errors.Is(err, tt.want) || !slices.Equal(s.inserted(), tt.got) {
			t.Errorf("%s: Helper = %v, inserted %v; want %v, %v", tt.name, err, s.inserted(), tt.want, tt.got)
		}
	}
}

func TestParseEvent(t *testing.T) {
	tests := []struct {
		name, text string
		want       hotplug.Event
		ok         bool
	}{
		{"a device", "add@/devices/usb1/1-1\x00ACTION=add\x00MODALIAS=usb:v0C2Ep0B61\x00SEQNUM=7\x00", hotplug.Event{Action: "add", Path: "/devices/usb1/1-1", Alias: "usb:v0C2Ep0B61"}, true},
		{"without a driver", "remove@/devices/x\x00ACTION=remove\x00", hotplug.Event{Action: "remove", Path: "/devices/x"}, true},
		{"of udev", "libudev\x00\xfe\xed\xca\xfe", hotplug.Event{}, false},
		{"nothing", "", hotplug.Event{}, false},
		{"elsewhere", "add@etc/passwd", hotplug.Event{}, false},
	}
	for _, tt := range tests {
		if got, ok := hotplug.ParseEvent([]byte(tt.text)); got != tt.want || ok != tt.ok {
			t.Errorf("%s: ParseEvent = %+v, %v; want %+v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte("add@/devices/x\x00MODALIAS=a:b\x00"))
	f.Add([]byte("@\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := hotplug.ParseEvent(b)
		if ok && (e.Action == "" || e.Path == "" || len(e.Alias) > 512) {
			t.Errorf("ParseEvent(%q) = %+v; want an event", b, e)
		}
	})
}

// TestTheKernelSpeaks asks the running kernel to tell of a device again.
func TestTheKernelSpeaks(t *testing.T) {
	const device = "/sys/devices/virtual/mem/null/uevent"
	ears, err := hotplug.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ears.Close()
	if err := os.WriteFile(device, []byte("add"), 0o600); err != nil {
		needs.Missing(t, "needs root: the kernel is asked to speak")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		e, err := ears.Next(ctx)
		if err != nil {
			t.Fatalf("Next = %v; want the event", err)
		}
		if e.Action == "add" && e.Path == "/devices/virtual/mem/null" {
			break
		}
	}
	cancel()
	if err := ears.Listen(ctx, newShelf(t), func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen after the end = %v; want %v", err, context.Canceled)
	}
}

// TestTheKernelMissesAFile reads a log that is written while it is read.
func TestTheKernelMissesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kmsg")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := log.WriteString("6,1,2,-;Linux version 6.12\n SUBSYSTEM=x\n4,3,4,-;mallette test: firmware: failed to load mallette/test.bin (-2)\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	dir, found := t.TempDir(), false
	err = hotplug.FollowFirmware(ctx, path, func(missing []string) {
		if err := hotplug.WriteMissed(dir, missing); err != nil {
			t.Error(err)
		}
		if slices.Contains(hotplug.ReadMissed(dir), "mallette/test.bin") {
			found = true
			cancel()
		}
	})
	if !found || !errors.Is(err, context.Canceled) {
		t.Errorf("FollowFirmware = %v, found %v; want the file found", err, found)
	}
	if real := hotplug.FollowFirmware(ctx, "/dev/kmsg", func([]string) {}); os.Geteuid() == 0 && !errors.Is(real, context.Canceled) {
		t.Errorf("FollowFirmware of this machine = %v; want the end of its context", real)
	}
	if got := hotplug.ReadMissed(t.TempDir()); got != nil {
		t.Errorf("ReadMissed of an empty directory = %v; want nothing", got)
	}
}

// catalogue is as many modules, with as many aliases, as a laptop's image has.
func catalogue() []kmod.Module {
	var list []kmod.Module
	for i := range 2700 {
		m := kmod.Module{Name: fmt.Sprintf("driver%d", i), Path: fmt.Sprintf("kernel/driver%d.ko", i)}
		for j := range 10 {
			m.Aliases = append(m.Aliases, fmt.Sprintf("pci:v%08Xd%08Xsv*sd*bc*sc*i*", i, j))
		}
		list = append(list, m)
	}
	return list
}

// BenchmarkFirstPass is what a station does before its devices work: the index
// read, and 400 devices looked up.
func BenchmarkFirstPass(b *testing.B) {
	dir := b.TempDir()
	var index bytes.Buffer
	if err := kmod.WriteIndex(&index, catalogue(), nil); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, kmod.IndexFile), index.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	var uevents []string
	for i := range 400 {
		uevents = append(uevents, fmt.Sprintf("MODALIAS=pci:v%08Xd%08Xsv00001AF4sd00001100bc02sc00i00\n", 6*i, i%10))
	}
	root := devices(b, uevents...)
	for b.Loop() {
		began := time.Now()
		mods, err := kmod.Open(dir, kmod.WithInsert(func(string) error { return nil }))
		if err != nil {
			b.Fatal(err)
		}
		read := time.Now()
		if _, err := hotplug.Coldplug(b.Context(), root, mods); err != nil {
			b.Fatal(err)
		}
		report("module_index_read", read.Sub(began))
		report("devices_first_pass", time.Since(read))
	}
}

// report prints "name value unit beside ratio".
func report(name string, d time.Duration) {
	fmt.Printf("\n%s %.4g ms - -\n", name, float64(d.Microseconds())/1000)
}
