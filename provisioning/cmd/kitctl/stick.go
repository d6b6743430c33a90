package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/mallette-kit/mallette/provisioning/release"
)

type stickCommands struct {
	Write  stickWrite  `cmd:"" default:"withargs" help:"Copie sur une clé USB ce que les postes sans réseau prennent : pass, leçons, versions du système."`
	Import stickImport `cmd:"" help:"Apporte au serveur ce que des postes ont écrit sur une clé ; deux fois ne compte qu'une."`
}

type stickWrite struct {
	Stick      string `arg:"" name:"clé" help:"Dossier où la clé USB est montée." type:"existingdir"`
	Repository string `help:"Dossier des versions du serveur." default:"/var/lib/mallette/release" env:"MALLETTE_RELEASES" placeholder:"DOSSIER"`
}

// Run copies what stations of the tenant may take. It reads the server's folder
// and asks it nothing: the same account reads it.
func (c *stickWrite) Run(d *desk) error {
	r, err := release.Open(c.Repository)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	if err != nil {
		return err
	}
	if err := r.Export(d.tenant, c.Stick); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s : prête. Les postes y prennent pass, leçons et versions du système, signés, pendant 45 jours.\n", c.Stick)
	return nil
}
