package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/wire"
)

type stickImport struct {
	Stick string `arg:"" name:"clé" help:"Dossier où la clé USB est montée." type:"existingdir"`
}

// errNothingCarried says that no station wrote to a stick.
var errNothingCarried = errors.New("no station has written to this stick")

// Run brings what stations wrote to the server. Files stay on the stick: whoever
// is in doubt imports them again, which changes nothing.
func (c *stickImport) Run(d *desk) error {
	files, err := filepath.Glob(filepath.Join(c.Stick, wire.CarryFolder, "*"+wire.CarrySuffix))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errNothingCarried
	}
	slices.Sort(files)
	refused := 0
	for _, file := range files {
		got, err := c.bring(d, file)
		if errors.Is(err, intake.ErrCarry) {
			refused++
			fmt.Fprintf(d.out, "%s : refusé, abîmé ou d'un autre territoire.\n", filepath.Base(file))
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "%s : %d enregistrements, %d comptages.\n", got.Station, got.Records, got.Counters)
	}
	if refused > 0 {
		return errCarryRefused
	}
	return nil
}

// errCarryRefused says that not everything on a stick was taken.
var errCarryRefused = errors.New("a file of the stick was refused")

func (c *stickImport) bring(d *desk, file string) (intake.Carried, error) {
	f, err := os.Open(file)
	if err != nil {
		return intake.Carried{}, err
	}
	got, err := d.admin.TakeCarry(d.ctx, d.tenant, f)
	return got, errors.Join(err, f.Close())
}
