package start

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// TrialTime is by when a trial must have been marked good, since its kernel
// started, unless its release asks for another time (slot.WordDeadline).
//
// A bad release has to be gone within 120 s: with the way back of about 30 s
// (firmware and loader 10 s, kernel to home page 20 s), 90 s are left. A good one
// needs, on a slow disk: first program 10 s, programs 10 s, browser and its page
// 25 s, the 15 s for which it has to stay healthy: 60 s, and half of that to
// spare. Emulated machines are ten times slower: their release asks for more.
const TrialTime = 90 * time.Second

// Times since the kernel started.
const (
	displayTime = time.Minute // by when a graphics card must have shown up
	renameTime  = time.Minute // after the switch: gokrazy's init has found the disk long since
	lookEvery   = 2 * time.Second
)

// Watch is what a guardian is told.
type Watch struct {
	Slot     slot.ID       `json:"slot"`
	Trial    bool          `json:"trial"`
	Boot     string        `json:"boot"`     // boot partition below /dev, "sda1"
	Deadline time.Duration `json:"deadline"` // 0: TrialTime
	Rename   string        `json:"rename"`   // disk below /dev whose boot partition has the image's identifier, or ""
}

// Guardian outlives the switch to the root. gokrazy pets the watchdog and
// restarts programs for ever, so nobody else would notice that a release on
// trial never becomes healthy: the guardian gives it up at its deadline. It also
// says so when no browser can ever draw on this machine, and ends the first start
// of a disk by giving its boot partition an identifier of its own. It does nothing
// else, and ends when there is nothing left to watch.
//
// Its own root is the first file system, which is empty by then: it reaches the
// kernel's /dev through Dev, opened before.
type Guardian struct {
	Watch
	Dev     *os.Root
	Log     *slog.Logger
	Console *Console
	Uptime  func() time.Duration
	Restart func() // does not return on a station
}

// Guard is the guardian's program: it opens what it needs, says so on ready, and
// watches.
func Guard(ctx context.Context, told string, ready *os.File) error {
	var w Watch
	if err := json.Unmarshal([]byte(told), &w); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	dev, err := os.OpenRoot("/dev")
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	defer dev.Close()
	g := Guardian{Watch: w, Dev: dev, Log: slog.New(kernelLog()), Console: NewConsole(openConsole()), Uptime: uptime, Restart: restart}
	if _, err := ready.WriteString(readyWord); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	return errors.Join(ready.Close(), g.Run(ctx))
}

// Run watches until the trial was marked good and a graphics card was seen.
func (g Guardian) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	seen, began := false, g.Uptime()
	for g.Trial || !seen || g.Rename != "" {
		seen = seen || g.display()
		if g.Rename != "" && g.Uptime() > began+renameTime {
			g.rename()
			g.Rename = ""
		}
		g.Trial = g.Trial && !g.trial(began)
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.Log.Info("guardian has nothing left to watch")
	return nil
}

// trial reports whether the trial is over. At its deadline it ends with a
// restart.
func (g Guardian) trial(began time.Duration) bool {
	env, err := g.env()
	if err == nil && env.Trial != g.Slot {
		g.Log.Info("trial has succeeded", "slot", string(g.Slot))
		return true
	}
	if g.Uptime() < g.deadline(began) {
		return false
	}
	g.Log.Error("trial given up", "slot", string(g.Slot), "err", err)
	if err := g.record(); err != nil {
		g.Log.Error("failure not recorded", "err", err)
	}
	g.Console.Tell(slot.ProblemDeadline)
	g.Restart()
	return true
}

// deadline is when a trial is given up. A check of perm after a power cut may have
// taken minutes, for which no release is to blame: most of the time is left to the
// programs in any case.
func (g Guardian) deadline(began time.Duration) time.Duration {
	most := g.Deadline
	if most == 0 {
		most = TrialTime
	}
	return max(most, began+most/3*2)
}

func (g Guardian) env() (slot.Env, error) {
	f, err := g.Dev.Open(g.Boot)
	if err != nil {
		return slot.Env{}, err
	}
	defer f.Close()
	esp, err := slot.OpenESP(f)
	if err != nil {
		return slot.Env{}, err
	}
	env, _, err := slot.ReadEnv(esp)
	return env, err
}

func (g Guardian) record() error {
	f, err := g.Dev.OpenFile(g.Boot, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	esp, err := slot.OpenESP(f)
	if err != nil {
		return err
	}
	env, _, err := slot.ReadEnv(esp)
	if err != nil {
		return err
	}
	return slot.WriteEnv(esp, env.MarkFailed(g.Slot, slot.ProblemDeadline))
}

// display reports whether the question of a graphics card is settled: one is
// there, or it was told that there is none.
func (g Guardian) display() bool {
	if card(g.Dev) {
		return true
	}
	if g.Uptime() < displayTime {
		return false
	}
	g.Log.Error("no graphics card that a browser can draw on")
	g.Console.Tell(slot.ProblemDisplay)
	if err := g.add(slot.ProblemDisplay); err != nil {
		g.Log.Warn("problem not passed on", "err", err)
	}
	return true
}

// card reports whether the kernel drives a graphics card.
func card(dev *os.Root) bool {
	list, err := fs.ReadDir(dev.FS(), "dri")
	return err == nil && slices.ContainsFunc(list, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), "card") })
}

// rename gives the boot partition its own identifier. When that fails, or the
// power does before, the next start is a first one again.
func (g Guardian) rename() {
	if err := Rename(g.Dev, g.Rename); err != nil {
		g.Log.Warn("boot partition keeps the image's identifier", "err", err)
		return
	}
	g.Log.Info("boot partition has its own identifier")
}

// Rename writes the partition table of a disk below dev with a random identifier
// for the boot partition.
func Rename(dev *os.Root, disk string) error {
	f, err := dev.OpenFile(disk, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("rename boot partition: %w", err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("rename boot partition: %w", err)
	}
	table, _, err := slot.ReadTable(f, uint64(size/slot.SectorSize))
	if err != nil {
		return fmt.Errorf("rename boot partition: %w", err)
	}
	return table.WithESP(slot.NewGUID()).Write(f)
}

// add puts a problem into what the programs read about this start.
func (g Guardian) add(p slot.Problem) error {
	name := strings.TrimPrefix(slot.BootPath, "/dev/")
	text, err := g.Dev.ReadFile(name)
	if err != nil {
		return err
	}
	boot, err := slot.ParseBoot(text)
	if err != nil {
		return err
	}
	boot.Problems = append(boot.Problems, p)
	if text, err = boot.Encode(); err != nil {
		return err
	}
	if err := g.Dev.WriteFile(name+".new", text, 0o644); err != nil {
		return err
	}
	return g.Dev.Rename(name+".new", name)
}
