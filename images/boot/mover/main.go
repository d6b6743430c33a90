// Command mover is the init of two small releases, each of which moves the machine
// to the other with the station's own code, for ever. Tests cut its power; it is
// never part of an image.
//
// The releases lie on the machine's second disk, /dev/vdb, a squashfs with a folder
// for each as provisioning/artefact makes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

const shop = "/shop"

func main() {
	err := run()
	fmt.Fprintln(kernelLog{}, "mover: ended:", err)
	os.Exit(1) // the kernel panics when its init ends, and the machine starts again
}

func run() error {
	go pet()
	boot, err := slot.ReadBoot(slot.BootPath)
	if err != nil {
		return err
	}
	err = errors.Join(unix.Mount("proc", "/proc", "proc", 0, ""), unix.Mount(boot.Partition(slot.PartitionPerm), "/perm", "ext4", 0, ""),
		unix.Mount("/dev/vdb", shop, "squashfs", unix.MS_RDONLY, ""))
	if err != nil {
		return err
	}
	fmt.Fprintf(kernelLog{}, "mover: %s runs from %s\n", boot.Release, boot.Slot)
	return move(context.Background(), boot, other(boot.Release))
}

// other is the release that the machine goes to from this one.
func other(name string) string {
	if name == "one" {
		return "two"
	}
	return "one"
}

// move goes on with what a power cut ended, marks this start good, brings the
// other release into the other slot and starts again.
func move(ctx context.Context, boot slot.Boot, to string) error {
	log := slog.New(slog.NewTextHandler(kernelLog{}, nil))
	ready := make(chan struct{}, 1)
	m := &update.Machine{Boot: boot, Dir: "/perm/kit/update", Userlands: "/perm/kit/userland", Log: log, Open: open(boot),
		Describe: describe, Source: func() public.Source { return public.Dir(filepath.Join(shop, to)) },
		Metered: func() bool { return false }, Lines: func() []string { return nil }, Formats: []string{"outbox/1"},
		Free: func(string) (uint64, error) { return 1 << 30, nil }, Now: time.Now, Restart: func(context.Context) error { return nil },
		Changed: func() {
			select {
			case ready <- struct{}{}:
			default:
			}
		}}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		return err
	}
	m.Start()
	m.Want(&wire.Base{Release: to, Go: attempt(m.State(), to)})
	keeper := update.Keeper{Boot: boot, Missing: func(context.Context) []string { return nil }, Log: log, Marked: m.Proven, For: time.Second, Every: time.Second / 4}
	go keeper.Run(ctx)
	go m.Run(ctx)
	for range ready {
		switch s := m.State(); {
		case s.Target == to && s.State == wire.BaseReady:
			fmt.Fprintf(kernelLog{}, "mover: %s is ready\n", to)
			return unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
		case s.Target == to && s.State == wire.BaseFailed:
			fmt.Fprintf(kernelLog{}, "mover: %s failed: %s\n", to, s.Reason)
			m.Want(&wire.Base{Release: to, Go: fmt.Sprint(time.Now().UnixNano())})
		}
	}
	return nil
}

// attempt goes on with the one that was under way.
func attempt(s wire.BaseState, to string) string {
	if s.Target == to && s.Go != "" {
		return s.Go
	}
	return fmt.Sprint(time.Now().UnixNano())
}

func describe(_ context.Context, name string) (release.Base, error) {
	text, err := os.ReadFile(filepath.Join(shop, name, artefact.FileBase))
	if err != nil {
		return release.Base{}, err
	}
	return release.ParseBase(text)
}

// open opens partitions of the machine's disk and has what they held in memory
// forgotten.
func open(boot slot.Boot) func(int) (update.Partition, error) {
	return func(n int) (update.Partition, error) {
		f, err := os.OpenFile(boot.Partition(n), os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
}

// kernelLog is where the serial line gets its words from.
type kernelLog struct{}

// Write implements [io.Writer].
func (kernelLog) Write(b []byte) (int, error) {
	f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.WriteString(f, "<5>"+string(b))
}

// pet keeps the watchdog quiet.
func pet() {
	f, err := os.OpenFile("/dev/watchdog", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	for range time.Tick(time.Second) {
		_, _ = f.Write([]byte{0})
	}
}
