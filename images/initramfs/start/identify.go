package start

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// identify gives a disk that was written from an image its own identifiers and
// its whole size, and mends a copy of the table that a power cut tore. A disk
// that takes no writes keeps what it has. The boot partition's identifier stays
// for now: the loader has put it on the command line, by which gokrazy's init
// finds the disk. The guardian changes it a minute later.
func (s *Start) identify(ctx context.Context) error {
	next, needed := Identity(s.disk)
	if needed {
		s.boot.FirstStart = s.disk.Table.FromImage()
		if err := s.rewrite(ctx, next); err != nil {
			s.boot.FirstStart = false
			s.note(slot.ProblemTable, err)
		}
	}
	esp, _ := s.disk.Table.Partition(slot.PartitionESP)
	s.boot.Disk = esp.GUID.String()
	return nil
}

// Identity returns the table that a disk should have during this start, and
// whether that differs from what it has.
func Identity(d Disk) (next slot.Table, needed bool) {
	next = d.Table.Grow(d.Sectors)
	needed = !d.Condition.Whole()
	if next.FromImage() {
		esp, _ := next.Partition(slot.PartitionESP)
		next, needed = next.Renew().WithESP(esp.GUID), true
	}
	return next, needed
}

func (s *Start) rewrite(ctx context.Context, next slot.Table) error {
	f, err := os.OpenFile(s.disk.Node, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("renew partition table: %w", err)
	}
	err = next.Write(f)
	if err == nil {
		err = unix.IoctlSetInt(int(f.Fd()), unix.BLKRRPART, 0)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("renew partition table: %w", err)
	}
	s.disk.Table = next
	return s.nodes(ctx)
}

// counter looks at the loader's memory: it is written anew when it cannot be
// believed, and tells when both slots have run out of tries.
func (s *Start) counter(context.Context) error {
	esp, f, err := s.disk.ESP()
	if err != nil {
		s.note(slot.ProblemCounter, err)
		return nil
	}
	defer f.Close()
	env, whole, err := slot.ReadEnv(esp)
	if !whole {
		if err != nil {
			_, env = slot.NewEnv().Choose() // of the start that this is
		}
		s.note(slot.ProblemCounter, errors.Join(err, slot.WriteEnv(esp, env)))
	}
	if env.A.Tries == 0 && env.B.Tries == 0 {
		s.note(slot.ProblemSlots, nil)
		s.console.Tell(slot.ProblemSlots)
	}
	return nil
}
