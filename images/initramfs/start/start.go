// Package start is what a station does between its kernel and its programs:
// load drivers, find the disk that the loader started from, arm the watchdog,
// give the disk its own identifiers, verify and mount the root, see that /perm
// can be used, leave word for the programs ([slot.Boot]) and hand over to
// gokrazy's own init.
//
// Whatever goes wrong is told on the screen in plain French and ends in a
// restart, which the loader has counted before the kernel ran. The package
// never starts a shell, never asks anything, and never writes to another disk
// than the one it was started from.
package start

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Places in the first file system.
const (
	Program    = "/init"
	ModulesDir = "/lib/modules"
	Fsck       = "/sbin/e2fsck"

	rootDir = "/root"
	permDir = "/perm"
)

// Folders returns the directories that the first file system has to have.
func Folders() []string {
	return []string{"/dev", "/lib", ModulesDir, permDir, "/proc", rootDir, "/sbin", "/sys"}
}

// Failure ends a start: what to tell and to record, and its cause.
type Failure struct {
	Why slot.Problem
	Err error
}

// Error implements error.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Why, f.Err) }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Why returns the problem of an error, the root's for any other.
func Why(err error) slot.Problem {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Why
	}
	return slot.ProblemRoot
}

func fail(why slot.Problem, err error) error {
	if err == nil {
		return nil
	}
	return &Failure{why, err}
}

// limit is how long everything before the programs may take, without a check of
// perm.
const limit = 90 * time.Second

// Start is one start of the machine.
type Start struct {
	log     *slog.Logger
	console *Console

	said    slot.Start
	release slot.Release
	boot    slot.Boot
	mods    *kmod.Modules
	disk    Disk // Node is "" until it is found
	dog     *Watchdog
}

// New returns a start that logs to the kernel and speaks on the console. The
// kernel's file systems are mounted first, so that there is something to log to.
func New() (*Start, error) {
	if err := mountKernel(); err != nil {
		return nil, err
	}
	s := &Start{log: slog.New(kernelLog()), console: NewConsole(openConsole())}
	return s, nil
}

// Run does everything up to the hand-over, and does not return when that
// succeeds. When it fails, [Start.GiveUp] comes next.
func (s *Start) Run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.read, s.memory, s.drivers, s.arm, s.find, s.identify, s.counter, s.root, s.perm, s.enter,
	} {
		ctx, cancel := context.WithTimeout(ctx, limit)
		err := step(ctx)
		cancel()
		if err != nil {
			return err
		}
		if s.dog != nil {
			s.dog.Pet()
		}
	}
	return nil
}

// note records what is told and lived with.
func (s *Start) note(p slot.Problem, err error) {
	s.boot.Problems = append(s.boot.Problems, p)
	s.log.Warn("start goes on with a problem", "problem", string(p), "err", err)
}

// GiveUp tells the failure on the screen for as long as it takes to read,
// records it at the loader, and restarts.
func (s *Start) GiveUp(err error) {
	why := Why(err)
	s.log.Error("start failed", "problem", string(why), "err", err)
	s.console.Tell(why)
	if s.disk.Node != "" && s.said.Slot.Valid() {
		if err := s.disk.Record(s.said.Slot, why); err != nil {
			s.log.Error("failure not recorded", "err", err)
		}
	}
	if s.dog != nil {
		s.dog.Pet() // a last time
	}
	time.Sleep(ReadingTime(why))
	restart()
}

// ReadingTime is how long the words of a failure stay on the screen, below the
// watchdog's patience. A machine that will never do is in no hurry.
func ReadingTime(why slot.Problem) time.Duration {
	switch why {
	case slot.ProblemMemory, slot.ProblemMachine, slot.ProblemDisk, slot.ProblemCopies:
		return 40 * time.Second
	}
	return 10 * time.Second
}
