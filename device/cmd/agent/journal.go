package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// journalDir is in the data folder. A wipe takes it away.
const journalDir = "journal"

// trialPatience is for how long a start on trial waits until what was said before
// it is kept: this program may be what crashes.
const trialPatience = 2 * time.Second

// programs are those whose lines are kept.
func programs() []string {
	return []string{"agent", "display", "hotplug", "installer", "launcher", "network", "passreader"}
}

// keeper keeps the journal of an appliance from the first moment on. It knows the
// time once the agent tells it how.
type keeper struct {
	journal.Keeper
	now  atomic.Pointer[func() time.Time]
	stop context.CancelFunc
	done chan error
}

// keepJournal begins a journal. Off the appliance there is none: what programs
// say there is on the screen of whoever started them.
func keepJournal(ctx context.Context, data string, boot *slot.Boot, log *slog.Logger) *keeper {
	if boot == nil {
		return nil
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		log.Warn("start has no number", "err", err)
	}
	k := &keeper{done: make(chan error, 1)}
	start := wire.JournalStart{Boot: strings.TrimSpace(string(id)), Release: boot.Release, Slot: string(boot.Slot), Trial: boot.Trial > 0}
	k.Keeper = journal.Keeper{Journal: journal.Journal{Dir: filepath.Join(data, journalDir), Start: start, Now: k.time},
		Kernel: "/dev/kmsg", Programs: programs(), Log: log}
	k.Init()
	ctx, k.stop = context.WithCancel(ctx)
	go func() { k.done <- k.Run(ctx) }()
	if start.Trial {
		k.Ready(ctx, trialPatience)
	}
	return k
}

// time is zero while nobody knows it.
func (k *keeper) time() time.Time {
	if now := k.now.Load(); now != nil {
		return (*now)()
	}
	return time.Time{}
}

// tells says how the time is known from now on.
func (k *keeper) tells(now func() time.Time) {
	if k != nil {
		k.now.Store(&now)
	}
}

// end keeps what was said last.
func (k *keeper) end() {
	if k != nil {
		k.stop()
		<-k.done
	}
}
