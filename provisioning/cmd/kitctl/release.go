package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type releaseCommands struct {
	Build   releaseBuild   `cmd:"" help:"Fait d'une image construite ce que les postes téléchargent : morceaux et correctifs."`
	Sign    releaseSign    `cmd:"" help:"Signe une version là où est la clé, même sans serveur."`
	Publish releasePublish `cmd:"" help:"Remet une version signée au serveur : les postes peuvent alors la demander."`
	Retire  releaseRetire  `cmd:"" help:"Retire une version du serveur."`
	List    releaseList    `cmd:"" help:"Liste les versions publiées."`
}

type releaseBuild struct {
	Parts string   `arg:"" name:"pièces" help:"Dossier que « make image » a laissé dans build/images/parts." type:"existingdir"`
	From  []string `help:"Pièces d'une version antérieure, d'où les postes viendront ; une par option." type:"existingdir" placeholder:"DOSSIER"`
	Out   string   `help:"Dossier à créer." required:"" short:"o" placeholder:"DOSSIER"`
	Notes string   `help:"Fichier des notes de la version, que la console montre." type:"existingfile" placeholder:"FICHIER"`
}

// Run makes chunks and patches. Nothing is signed yet.
func (c *releaseBuild) Run(d *desk) error {
	order := artefact.Order{Parts: c.Parts, From: c.From, Out: c.Out, Told: func(step string) { fmt.Fprintf(d.out, "%s…\n", step) }}
	if c.Notes != "" {
		text, err := os.ReadFile(c.Notes)
		if err != nil {
			return err
		}
		order.Notes = string(text)
	}
	b, err := artefact.Make(d.ctx, order)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s (%s) : %s en entier", b.Release, b.Arch, megabytes(b.Pack.Size))
	for _, a := range b.From {
		fmt.Fprintf(d.out, " ; correctifs depuis %s : %s", a.Of[:12], megabytes(a.Frames.Size))
	}
	fmt.Fprintln(d.out)
	return nil
}

type releaseRetire struct {
	Release string `arg:"" name:"version" help:"Nom de la version."`
	Arch    string `help:"Genre de machine." default:"amd64"`
	keyFlag
}

// Run takes a release off the list. Stations that run it go on.
func (c *releaseRetire) Run(d *desk) error {
	list, err := d.admin.BaseList(d.ctx)
	if err != nil {
		return err
	}
	known, err := release.ListBase(list)
	if err != nil {
		return err
	}
	if !slices.Contains(known[c.Arch], c.Release) {
		return errNoRelease
	}
	key, err := c.key(d)
	if err != nil {
		return err
	}
	signed, _, err := release.SignBase(list, key.PrivateKey, nil, []string{release.BaseTarget(c.Arch, c.Release)}, time.Now())
	if err != nil {
		return err
	}
	return d.admin.Adopt(d.ctx, d.tenant, admin.BaseOrder{List: signed})
}

type releaseList struct {
	Out string `help:"Fichier où garder la liste signée, pour « kitctl release sign --list »." short:"o" placeholder:"FICHIER"`
}

// Run prints what stations may be told to run.
func (c *releaseList) Run(d *desk) error {
	list, err := d.admin.BaseList(d.ctx)
	if err != nil {
		return err
	}
	if c.Out != "" {
		return os.WriteFile(c.Out, list, 0o644)
	}
	known, err := release.ListBase(list)
	if err != nil {
		return err
	}
	for _, arch := range slices.Sorted(maps.Keys(known)) {
		for _, name := range known[arch] {
			fmt.Fprintf(d.out, "%s  %s\n", arch, name)
		}
	}
	return nil
}

func megabytes(n int64) string {
	return strings.Replace(fmt.Sprintf("%.1f Mo", float64(n)/1e6), ".", ",", 1)
}
