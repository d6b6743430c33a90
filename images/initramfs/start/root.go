package start

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// root verifies and mounts the slot that was started.
func (s *Start) root(ctx context.Context) error {
	node := slot.PartitionNode(s.disk.Node, s.said.Slot.Partition())
	f, err := os.Open(node)
	if err != nil {
		return fail(slot.ProblemDisk, err)
	}
	err = errors.Join(s.release.Root.CheckTop(f), f.Close())
	switch {
	case errors.Is(err, slot.ErrSeal):
		return fail(slot.ProblemIntegrity, err)
	case err != nil:
		return fail(slot.ProblemDisk, err)
	}
	device, err := verified(ctx, node, s.release.Root)
	if err != nil {
		return fail(slot.ProblemRoot, err)
	}
	if err := mountWhenThere(ctx, device, rootDir, "squashfs", unix.MS_RDONLY); err != nil {
		return fail(slot.ProblemRoot, err)
	}
	s.boot.Release, s.boot.Slot, s.boot.Trial = s.release.Name, s.said.Slot, s.said.Trial
	s.boot.Kernel, s.boot.Userland = kernelRelease(), s.release.Userland
	s.log.Info("root mounted", "release", s.release.Name, "device", device)
	return nil
}

// mountWhenThere waits for a node that the kernel is about to make.
func mountWhenThere(ctx context.Context, device, dir, kind string, flags uintptr) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		err := unix.Mount(device, dir, kind, flags, "")
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.ENOENT) || !sleep(ctx, 20*time.Millisecond) {
			return fmt.Errorf("mount %s as %s: %w", device, kind, err)
		}
	}
}
