package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type releaseCommands struct {
	Build   releaseBuild   `cmd:"" help:"Fait d'une image construite ce que les postes téléchargent : morceaux et correctifs."`
	Publish releasePublish `cmd:"" help:"Signe une version et la remet au serveur : les postes peuvent alors la demander."`
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

type releasePublish struct {
	Release string `arg:"" name:"version" help:"Dossier que « kitctl release build » a fait." type:"existingdir"`
	keyFlag
}

// Run brings the parts, signs the list with the base key here, and has the
// server publish it.
func (c *releasePublish) Run(d *desk) error {
	key, err := c.key(d)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(c.Release, artefact.FileBase))
	if err != nil {
		return err
	}
	b, err := release.ParseBase(text)
	if err != nil {
		return err
	}
	for _, p := range b.Blobs() {
		if err := c.bring(d, p); err != nil {
			return err
		}
	}
	if err := d.signBase(key, []release.Base{b}, nil); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s (%s) : publiée.\n", b.Release, b.Arch)
	return nil
}

func (c *releasePublish) bring(d *desk, p release.Part) error {
	f, err := os.Open(filepath.Join(c.Release, artefact.FolderBlobs, p.SHA256))
	if err != nil {
		return err
	}
	return errors.Join(d.admin.PutBlob(d.ctx, p, f), f.Close())
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
	return d.signBase(key, nil, []string{release.BaseTarget(c.Arch, c.Release)})
}

type releaseList struct{}

// Run prints what stations may be told to run.
func (c *releaseList) Run(d *desk) error {
	list, err := d.admin.BaseList(d.ctx)
	if err != nil {
		return err
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

// signBase changes the server's list of base releases.
func (d *desk) signBase(key signingKey, add []release.Base, remove []string) error {
	list, err := d.admin.BaseList(d.ctx)
	if err != nil {
		return err
	}
	signed, contents, err := release.SignBase(list, key.PrivateKey, add, remove, time.Now())
	if err != nil {
		return err
	}
	return d.admin.Adopt(d.ctx, d.tenant, admin.BaseOrder{List: signed, Contents: contents})
}

func megabytes(n int64) string {
	return strings.Replace(fmt.Sprintf("%.1f Mo", float64(n)/1e6), ".", ",", 1)
}
