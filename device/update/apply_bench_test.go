package update_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// What benchmarks of applying take their release from: a folder as "kitctl
// release build" leaves it, and the folder of parts of the release that runs.
// `make bench` makes the one and names both.
const (
	envRelease = "MALLETTE_BENCH_RELEASE"
	envRunning = "MALLETTE_BENCH_RUNNING"
)

// What the garbage collector aims at, as in the agent: always, and while a
// release is being made.
const (
	memoryAlways = 20 << 20
	memoryAtWork = 88 << 20
)

// Each of these takes a whole release, as a station does: looks, plans, brings,
// rehearses, writes the other slot and reads it back. They print the processor
// time and the peak resident memory of this process, so run one at a time.

// BenchmarkApplyPatches takes the cheapest way.
func BenchmarkApplyPatches(b *testing.B) { apply(b, "patches", func(*release.Bundle) {}) }

// BenchmarkApplyChunks has no patches.
func BenchmarkApplyChunks(b *testing.B) {
	apply(b, "chunks", func(bundle *release.Bundle) {
		for i := range bundle.From {
			bundle.From[i].Patches, bundle.From[i].Frames = release.Part{}, release.Part{}
		}
	})
}

// BenchmarkApplyFull has nothing to go by but the release itself.
func BenchmarkApplyFull(b *testing.B) {
	apply(b, "full", func(bundle *release.Bundle) { bundle.From = nil })
}

func apply(b *testing.B, way string, amend func(*release.Bundle)) {
	folder, parts := os.Getenv(envRelease), os.Getenv(envRunning)
	if folder == "" || parts == "" {
		b.Skip("make bench names the release: " + envRelease + ", " + envRunning)
	}
	debug.SetMemoryLimit(memoryAlways)
	next, running := readBase(b, folder), readRunning(b, parts)
	amend(&next.Bundle)
	m := onFiles(b, folder, parts, next, running)
	cpu, begun := spent(b), time.Now()
	take(b, m, next.Release)
	took, used := time.Since(begun).Seconds(), spent(b)-cpu
	brought := float64(m.State().Traffic) / 1e6
	fmt.Printf("\nupdate_apply_%[1]s_memory %.1[2]f MiB - -\nupdate_apply_%[1]s_cpu %.1[3]f s - -\nupdate_apply_%[1]s_took %.1[4]f s - -\nupdate_apply_%[1]s_brought %.2[5]f MB - -\n",
		way, peak(b), used, took, brought)
}

// parted is what the folder of parts says of a release that is needed here.
type parted struct {
	Release  string
	Userland *struct {
		Description json.RawMessage
	}
}

func readRunning(b *testing.B, dir string) (p parted) {
	text, err := os.ReadFile(filepath.Join(dir, "parts.json"))
	if err := errors.Join(err, json.Unmarshal(text, &p)); err != nil {
		b.Fatal(err)
	}
	return p
}

func readBase(b *testing.B, dir string) release.Base {
	text, err := os.ReadFile(filepath.Join(dir, "base.json"))
	if err != nil {
		b.Fatal(err)
	}
	base, err := release.ParseBase(text)
	if err != nil {
		b.Fatal(err)
	}
	return base
}

// onFiles is a station whose disk is files: slot a runs, slot b is empty.
func onFiles(b *testing.B, folder, parts string, next release.Base, running parted) *update.Machine {
	b.Helper()
	dir, disk := b.TempDir(), map[int]string{slot.PartitionESP: slottest.ESPFor(b, slot.SizeContainer)}
	disk[slot.A.Partition()] = filepath.Join(parts, "root.img")
	disk[slot.B.Partition()] = filepath.Join(dir, "b.img")
	_, err := os.Create(disk[slot.B.Partition()])
	if err := errors.Join(err, os.Truncate(disk[slot.B.Partition()], next.Root.Size), os.Mkdir(filepath.Join(dir, "userland"), 0o755)); err != nil {
		b.Fatal(err)
	}
	flashContainer(b, disk[slot.PartitionESP], filepath.Join(parts, "boot.iso"))
	layUserland(b, filepath.Join(dir, "userland"), parts, running)
	return &update.Machine{Boot: slot.Boot{Slot: slot.A, Release: running.Release}, Dir: filepath.Join(dir, "update"), Userlands: filepath.Join(dir, "userland"),
		Log:      slog.New(slog.DiscardHandler),
		Open:     func(n int) (update.Partition, error) { return openCold(disk[n], n == slot.A.Partition()) },
		Describe: func(context.Context, string) (release.Base, error) { return next, nil },
		Source:   func() public.Source { return public.Dir(folder) },
		Metered:  func() bool { return false }, Lines: func() []string { return nil },
		Free: func(string) (uint64, error) { return 1 << 40, nil }, Now: time.Now,
		Restart: func(context.Context) error { return nil }, Work: heavier}
}

// openCold opens a partition whose pages were dropped, as the agent does.
func openCold(name string, runs bool) (update.Partition, error) {
	mode := os.O_RDWR
	if runs {
		mode = os.O_RDONLY
	}
	f, err := os.OpenFile(name, mode, 0)
	if err != nil {
		return nil, err
	}
	return f, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

func heavier() (done func()) {
	debug.SetMemoryLimit(memoryAtWork)
	return func() { debug.SetMemoryLimit(memoryAlways) }
}

func flashContainer(b *testing.B, image, container string) {
	b.Helper()
	from, err := os.Open(container)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	to, err := slottest.Open(b, image).Open(slot.ContainerFile(slot.A))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.NewOffsetWriter(to, 0), from); err != nil {
		b.Fatal(err)
	}
}

// layUserland puts the userland of the release that runs where it would lie.
func layUserland(b *testing.B, dir, parts string, running parted) {
	b.Helper()
	if running.Userland == nil {
		return
	}
	var d struct{ SHA256 string }
	if err := json.Unmarshal(running.Userland.Description, &d); err != nil {
		b.Fatal(err)
	}
	from, err := filepath.Abs(filepath.Join(parts, "userland.squashfs"))
	err2 := os.Symlink(from, filepath.Join(dir, d.SHA256+".squashfs"))
	err3 := os.WriteFile(filepath.Join(dir, d.SHA256+".json"), running.Userland.Description, 0o644)
	if err := errors.Join(err, err2, err3); err != nil {
		b.Fatal(err)
	}
}

// take has the machine run until the release is armed.
func take(b *testing.B, m *update.Machine, name string) {
	b.Helper()
	ctx, enough := context.WithCancel(b.Context())
	defer enough()
	m.Changed = func() {
		if s := m.State(); s.State == wire.BaseReady || s.Reason != "" {
			enough()
		}
	}
	m.Start()
	m.Proven(slot.NewEnv().MarkGood(slot.A).Settle(slot.A))
	m.Want(&wire.Base{Release: name})
	if err := m.Run(ctx); !errors.Is(err, context.Canceled) {
		b.Fatal(err)
	}
	if s := m.State(); s.State != wire.BaseReady {
		b.Fatalf("State = %+v; want ready", s)
	}
}

// spent is the processor time of this process, in seconds.
func spent(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// peak is the most memory that this process ever held, in MiB.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib := 0.0
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
