package start

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// leastMemory is what a browser and a page need, in bytes, as the kernel counts
// it: a machine sold with 1 GB has some 980 MB.
const leastMemory = 850 << 20

// read learns what the loader and the release say.
func (s *Start) read(context.Context) error {
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return fail(slot.ProblemRoot, err)
	}
	s.said = slot.ParseStart(string(line))
	s.log.Info("first program started", "slot", string(s.said.Slot), "trial", s.said.Trial)
	if !s.said.Slot.Valid() {
		return fail(slot.ProblemRelease, errors.New("the loader names no slot"))
	}
	text, err := os.ReadFile(slot.FileRelease)
	if err == nil {
		s.release, err = slot.ParseRelease(text)
	}
	if err == nil && s.release.Arch != runtime.GOARCH {
		return fail(slot.ProblemMachine, fmt.Errorf("release for %s", s.release.Arch))
	}
	return fail(slot.ProblemRelease, err)
}

func (s *Start) memory(context.Context) error {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil // a kernel that does not tell has some
	}
	if total := MemTotal(text); total > 0 && total < leastMemory {
		return fail(slot.ProblemMemory, fmt.Errorf("%d MiB", total>>20))
	}
	return nil
}

// MemTotal reads the memory of a machine, in bytes, from /proc/meminfo; 0 when
// it is not told.
func MemTotal(meminfo []byte) uint64 {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 50)
		if name == "MemTotal" && err == nil {
			return n << 10
		}
	}
	return 0
}

// secureBoot is the firmware's variable that says whether it verified the
// loader: four bytes of attributes, then 1.
const secureBoot = "/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

// firmware learns how the machine was started. Variables are mounted read-only
// and for this moment only: a live station never writes one.
func (s *Start) firmware() {
	if _, err := os.Stat("/sys/firmware/efi"); err != nil {
		return
	}
	s.boot.UEFI = true
	const dir = "/sys/firmware/efi/efivars"
	if err := unix.Mount("efivarfs", dir, "efivarfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return
	}
	value, err := os.ReadFile(dir + secureBoot)
	s.boot.SecureBoot = err == nil && len(value) == 5 && value[4] == 1
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		s.log.Warn("firmware's variables stay mounted read-only", "err", err)
	}
}

// kernelRelease is uname -r.
func kernelRelease() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
