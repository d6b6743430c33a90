package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// flash does to the machine's disk what a technician's tool does to a stick.
func flash(ctx context.Context, file string, join slot.Join) error {
	drive, err := boot.OpenDrive(ctx, file)
	if err != nil {
		return err
	}
	if err := errors.Join(identify(drive, join), drive.Close()); err != nil {
		return fmt.Errorf("flash: %w", err)
	}
	return nil
}

func identify(drive *boot.Drive, join slot.Join) error {
	table, _, err := slot.ReadTable(drive, uint64(drive.Size())/slot.SectorSize)
	if err != nil {
		return err
	}
	if err := table.Renew().Write(drive); err != nil {
		return err
	}
	part, ok := table.Partition(slot.PartitionESP)
	if !ok {
		return slot.ErrForeign
	}
	offset, size := part.Bytes()
	esp, err := slot.OpenESP(slot.Section(drive, offset, size))
	if err != nil {
		return err
	}
	return tell(esp, join)
}

func tell(esp *slot.ESP, join slot.Join) error {
	f, err := esp.Open(slot.FileJoin)
	if err != nil {
		return err
	}
	text, err := json.Marshal(join)
	if err != nil {
		return err
	}
	padded := make([]byte, slot.SizeJoin)
	copy(padded, text)
	if _, err := f.WriteAt(padded, 0); err != nil {
		return err
	}
	return f.Sync()
}
