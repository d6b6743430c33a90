package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

type flashCommand struct {
	Image string   `arg:"" optional:"" help:"Image à écrire (.img.zst ou .img)."`
	Disks []string `arg:"" optional:"" name:"disque" help:"Clés, cartes ou disques à écrire, tous à la fois : sdb, sdc…"`

	List       bool `help:"Liste les disques et ce qu'ils contiennent, sans rien écrire."`
	VerifyOnly bool `help:"Compare sans rien écrire : les systèmes du disque sont-ils ceux de l'image ?"`
	Wipe       bool `help:"Efface tout le disque (pas d'image à donner) avant de le donner ou de le jeter."`

	All      bool     `help:"Toutes les clés et cartes branchées."`
	Internal bool     `help:"Accepte aussi un disque interne."`
	Yes      bool     `help:"Ne pose aucune question ; demande --serial pour chaque disque nommé."`
	Serial   []string `help:"Numéro de série attendu, dans l'ordre des disques." placeholder:"NUMÉRO"`
	Sums     string   `help:"Sommes publiées ; par défaut SHA256SUMS à côté de l'image." placeholder:"FICHIER"`

	Join joinFlags `embed:""`
}

// errUnready says that not every disk is what was asked for, errDeclined that
// somebody said no, errMisused that the words of the command do not go together.
var (
	errUnready  = errors.New("a disk is not ready")
	errDeclined = errors.New("declined")
	errMisused  = errors.New("misused")
)

// Run lists, writes, checks or wipes.
func (c *flashCommand) Run(d *desk) error {
	host := flash.System()
	switch {
	case c.List:
		return listDisks(d, host)
	case c.Wipe:
		c.Disks = append([]string{c.Image}, c.Disks...)
		return c.wipe(d, host)
	case c.Image == "":
		return errMisused
	}
	image, err := c.open(d)
	if err != nil {
		return err
	}
	if c.VerifyOnly {
		return c.verify(d, host, image)
	}
	return c.write(d, host, image)
}

// open holds the image against its published sum before any question is asked.
func (c *flashCommand) open(d *desk) (*flash.Image, error) {
	sums := c.Sums
	if sums == "" {
		sums = filepath.Join(filepath.Dir(c.Image), flash.SumsName)
	}
	list, err := os.Open(sums)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &flash.Error{Kind: flash.KindSums, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("open sums: %w", err)
	}
	defer list.Close()
	sum, err := flash.Sum(list, filepath.Base(c.Image))
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(d.out, "Contrôle de l'image…")
	return flash.OpenImage(c.Image, sum)
}

func (c *flashCommand) write(d *desk, host flash.Host, image *flash.Image) error {
	disks, err := c.chosen(host, image.Size)
	if err != nil {
		return err
	}
	joins, err := c.Join.prepare(len(disks))
	if err != nil {
		return err
	}
	if err := c.confirm(d, disks); err != nil {
		return err
	}
	if err := c.Join.tokens(d, joins); err != nil {
		return err
	}
	return c.each(d, host, disks, func(devices []*flash.Device, tell func(int) func(flash.Progress)) []error {
		sticks := make([]*flash.Stick, len(devices))
		for n, v := range devices {
			sticks[n] = &flash.Stick{Target: v, Edit: flash.Own(joins[n]), Tell: tell(n)}
		}
		return flash.Write(d.ctx, image, sticks)
	}, "prête à démarrer")
}

func (c *flashCommand) wipe(d *desk, host flash.Host) error {
	disks, err := c.chosen(host, 0)
	if err != nil {
		return err
	}
	if err := c.confirm(d, disks); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "Tout ce qui est accessible va être remplacé par des zéros, puis relu. Une clé ou un SSD garde des cellules de réserve\n"+
		"que personne n'atteint par la prise ; un laboratoire qui démonte la puce peut y trouver des restes.")
	return c.each(d, host, disks, func(devices []*flash.Device, tell func(int) func(flash.Progress)) []error {
		return onEach(devices, func(n int, v *flash.Device) error { return flash.Wipe(d.ctx, v, tell(n)) })
	}, "vide")
}

func (c *flashCommand) verify(d *desk, host flash.Host, image *flash.Image) error {
	disks, err := c.chosen(host, image.Size)
	if err != nil {
		return err
	}
	return c.each(d, host, disks, func(devices []*flash.Device, tell func(int) func(flash.Progress)) []error {
		return onEach(devices, func(n int, v *flash.Device) error {
			except, err := flash.Changing(flash.View(v))
			if err != nil {
				return err
			}
			return flash.Compare(d.ctx, image, v, except, tell(n))
		})
	}, "ses deux systèmes sont ceux de l'image")
}
