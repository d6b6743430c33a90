package hotplug

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// FirmwareFile is the name, in the run directory, of the list of files that
// drivers miss: {"missing": […]}.
const FirmwareFile = "firmware.json"

// Missed is the content of [FirmwareFile].
type Missed struct {
	Missing []string `json:"missing"`
}

// ReadMissed returns the files that drivers miss, as far as the hotplug
// program of this station knows; none where it does not run.
func ReadMissed(runDir string) []string {
	var m Missed
	text, err := os.ReadFile(filepath.Join(runDir, FirmwareFile))
	if err != nil || json.Unmarshal(text, &m) != nil {
		return nil
	}
	return m.Missing
}

// FollowFirmware reads the kernel's log, "/dev/kmsg" on a machine, from its
// beginning, and calls changed with the files that drivers miss whenever that
// changes, until ctx is done.
func FollowFirmware(ctx context.Context, log string, changed func([]string)) error {
	f, err := os.OpenFile(log, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("read kernel log: %w", err)
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var heard board.Firmware
	buf := make([]byte, 8<<10) // more than a record
	for {
		n, err := f.Read(buf)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, unix.EPIPE):
			continue // overwritten before it was read
		case err != nil:
			return fmt.Errorf("read kernel log: %w", err)
		}
		if hearAll(&heard, string(buf[:n])) {
			changed(heard.Missing())
		}
	}
}

// hearAll takes a record; its lines after the first begin with a space and say
// nothing of firmware.
func hearAll(heard *board.Firmware, record string) (changed bool) {
	for line := range strings.Lines(record) {
		if !strings.HasPrefix(line, " ") && heard.Hear(strings.TrimSpace(line)) {
			changed = true
		}
	}
	return changed
}

// WriteMissed tells the other programs.
func WriteMissed(runDir string, missing []string) error {
	text, err := json.Marshal(Missed{missing})
	if err != nil {
		return fmt.Errorf("tell missing firmware: %w", err)
	}
	if err := durable.Swap(filepath.Join(runDir, FirmwareFile), text, 0o644); err != nil {
		return fmt.Errorf("tell missing firmware: %w", err)
	}
	return nil
}
