package start

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// next is gokrazy's init, unmodified.
const next = "/gokrazy/init"

// mountKernel mounts what the kernel shows of itself.
func mountKernel() error {
	for _, m := range []struct{ dir, kind string }{{"/dev", "devtmpfs"}, {"/proc", "proc"}, {"/sys", "sysfs"}} {
		if err := unix.Mount(m.kind, m.dir, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.dir, err)
		}
	}
	return os.WriteFile("/proc/sys/kernel/printk_devkmsg", []byte("on\n"), 0)
}

// enter hides copies of the disk, leaves word for the programs, starts the
// guardian, and becomes the root's init.
func (s *Start) enter(ctx context.Context) error {
	if hidden, err := (Finder{Sys: "/sys", Dev: "/dev"}).HideCopies(s.disk); err != nil || len(hidden) > 0 {
		s.log.Warn("copies of the image hidden", "disks", hidden, "err", err)
	}
	if err := s.report(); err != nil {
		return fail(slot.ProblemRoot, err)
	}
	if err := s.guard(ctx); err != nil {
		return fail(slot.ProblemRoot, err)
	}
	s.dog.Leave()
	return fail(slot.ProblemRoot, s.become())
}

func (s *Start) report() error {
	s.boot.Seconds = uptime().Seconds()
	text, err := s.boot.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(slot.BootPath, text, 0o644)
}

// uptime is the time since the kernel started.
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// readyWord is what the guardian writes once it holds everything it needs.
const readyWord = "ready\n"

// guard starts this program once more as the guardian, and waits until it no
// longer needs anything that is about to go away.
func (s *Start) guard(ctx context.Context) error {
	watch, err := json.Marshal(Watch{Slot: s.said.Slot, Trial: s.said.Trial > 0, Boot: slot.PartitionNode(s.disk.Name, slot.PartitionESP),
		Deadline: s.said.Deadline, Rename: s.rename()})
	if err != nil {
		return err
	}
	cmd := exec.Command(Program, "guardian", string(watch))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start guardian: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start guardian: %w", err)
	}
	heard := make(chan error, 1)
	go func() {
		b := make([]byte, len(readyWord))
		n, err := out.Read(b)
		if string(b[:n]) != readyWord {
			err = fmt.Errorf("guardian said nothing: %v", err)
		}
		heard <- err
	}()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case err := <-heard:
		return err
	case <-ctx.Done():
		return fmt.Errorf("start guardian: %w", ctx.Err())
	}
}

// rename is the disk whose boot partition still carries the image's identifier.
func (s *Start) rename() string {
	if !s.boot.FirstStart {
		return ""
	}
	return s.disk.Name
}

// become moves the kernel's file systems and the root to their places, frees
// the first file system's memory and starts the root's init.
func (s *Start) become() error {
	if !exists(rootDir + next) {
		return fmt.Errorf("the root has no %s", next)
	}
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if err := unix.Mount(dir, rootDir+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s: %w", dir, err)
		}
	}
	for _, path := range []string{"/lib", "/sbin", Program} {
		_ = os.RemoveAll(path) // memory only
	}
	s.log.Info("root entered", "seconds", s.boot.Seconds, "problems", len(s.boot.Problems))
	if err := os.Chdir(rootDir); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return syscall.Exec(next, []string{next}, environment())
}

// environment is what the kernel gave, without what only concerns this program.
func environment() (list []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GODEBUG=") {
			list = append(list, v)
		}
	}
	return list
}

// restart is the end of every failure.
func restart() {
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	select {} // the watchdog has the last word
}
