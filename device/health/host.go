package health

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Host is where the kernel's figures are read.
type Host struct {
	Proc string // "/proc", unless a test has a copy
	Data string // a path on the disk that is measured
	// Disk returns total and free bytes of the file system of a path; nil: the
	// kernel's.
	Disk func(path string) (total, free uint64, err error)
}

// sample reads what there is; what cannot be read stays zero.
func (h Host) sample() wire.Telemetry {
	var t wire.Telemetry
	t.UptimeSeconds = int64(h.firstNumber("uptime"))
	t.Load1 = h.firstNumber("loadavg")
	t.MemoryTotal, t.MemoryFree = h.memory()
	disk := h.Disk
	if disk == nil {
		disk = statDisk
	}
	if total, free, err := disk(h.Data); err == nil {
		t.DiskTotal, t.DiskFree = total, free
	}
	return t
}

// firstNumber reads the first field of a file of /proc.
func (h Host) firstNumber(name string) float64 {
	b, err := os.ReadFile(filepath.Join(h.Proc, name))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || !(n >= 0 && n < 1e15) { // neither NaN nor infinite
		return 0
	}
	return n
}

// memory returns MemTotal and MemAvailable, which /proc/meminfo gives in KiB.
func (h Host) memory() (total, available uint64) {
	b, err := os.ReadFile(filepath.Join(h.Proc, "meminfo"))
	if err != nil {
		return 0, 0
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		switch name, rest, _ := strings.Cut(lines.Text(), ":"); name {
		case "MemTotal":
			total = kibibytes(rest)
		case "MemAvailable":
			available = kibibytes(rest)
		}
	}
	return total, available
}

func kibibytes(text string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 50)
	if err != nil {
		return 0
	}
	return n << 10
}

func statDisk(path string) (total, free uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	return s.Blocks * uint64(s.Bsize), s.Bavail * uint64(s.Bsize), nil
}
