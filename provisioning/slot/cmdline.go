package slot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Words of the kernel's command line that the loader adds.
const (
	WordDisk  = "mallette.disk"  // identifier of the boot partition that was started from
	WordSlot  = "mallette.slot"  // a or b
	WordTrial = "mallette.trial" // which try of a slot on trial, 0 when it is not on trial
)

// WordDeadline may be among a release's own words: how many seconds after its
// kernel started a slot on trial must have been marked good. Without it the
// first program has a deadline of its own.
const WordDeadline = "mallette.deadline"

// KernelArguments are the release's own words of the command line. panic makes
// every failure end in a start that the loader counts; gpt lets the kernel
// believe the second copy of a partition table when a power cut left the first
// one torn; words on a screen are large; nothing is written to the firmware's variables by a crash.
const KernelArguments = "console=ttyS0,115200 console=tty0 panic=10 oops=panic gpt loglevel=4 fbcon=font:TER16x32 " +
	"usbcore.autosuspend=-1 efi_pstore.pstore_disable=1"

// Arguments returns the words that the loader adds for a choice, as gokrazy and
// the first program expect them.
func Arguments(c Choice, disk GUID) string {
	return fmt.Sprintf("root=PARTUUID=%s/PARTNROFF=%d %s=%s %s=%s %s=%d",
		disk, c.Slot.Partition()-1, WordDisk, disk, WordSlot, c.Slot, WordTrial, c.Trial)
}

// Start is what the loader says on the command line. Words that are missing or
// wrong leave their zero value.
type Start struct {
	Disk     GUID
	Slot     ID
	Trial    int
	Deadline time.Duration
}

// ParseStart reads a kernel command line.
func ParseStart(line string) Start {
	var s Start
	for _, word := range strings.Fields(line) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case WordDisk:
			s.Disk, _ = ParseGUID(value)
		case WordSlot:
			s.Slot = validOrNone(ID(value))
		case WordTrial:
			s.Trial = number(value, MaxTries)
		case WordDeadline:
			s.Deadline = time.Duration(number(value, 3600)) * time.Second
		}
	}
	return s
}

// number reads a count that may be at most most, else 0.
func number(text string, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

func validOrNone(id ID) ID {
	if id.Valid() {
		return id
	}
	return None
}
