package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// errHeavy says that a pack is larger than what can be published.
var errHeavy = errors.New("pack over the limit")

type lessonPack struct {
	Pack string `arg:"" name:"leçon" help:"Dossier ou zip de la leçon."`
	Out  string `help:"Fichier à écrire ; par défaut, son empreinte." placeholder:"FICHIER" short:"o"`
}

// Run writes the lesson as one zip, the same each time, and prints its name.
func (c *lessonPack) Run(d *desk) error {
	l, raw, err := bundle(c.Pack)
	if err != nil {
		return err
	}
	name := c.Out
	if name == "" {
		name = l.Hash + ".zip"
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s  %s\n", l.Hash, name)
	return nil
}

func bundle(name string) (*lesson.Lesson, []byte, error) {
	files, done, err := lesson.OpenFiles(name)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	return bundleFiles(files)
}

func bundleFiles(files fs.FS) (*lesson.Lesson, []byte, error) {
	var buf bytes.Buffer
	l, err := lesson.Bundle(&buf, files)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errUnpublishable, err)
	}
	if buf.Len() > release.MaxTarget {
		return nil, nil, errHeavy
	}
	return l, buf.Bytes(), nil
}

type lessonPublish struct {
	Packs         []string `arg:"" name:"leçon" help:"Dossiers ou zips, un par leçon."`
	Kits          []string `name:"kit" help:"Pour ces mallettes seulement ; sans cela, pour toutes."`
	NotAccessible bool     `name:"non-accessible" help:"Publie aussi une leçon que le contrôle ne permet pas de dire accessible : les postes l'annoncent comme telle."`
}

// Run holds each lesson to the gate before anything is published.
func (c *lessonPublish) Run(d *desk) error {
	var failed error
	for _, name := range c.Packs {
		if err := c.publish(d, name); err != nil {
			fmt.Fprintf(d.out, "%s : non publiée, %s\n", name, sentence(err))
			failed = err
		}
	}
	return failed
}

func (c *lessonPublish) publish(d *desk, name string) error {
	report, err := check.Pack(name)
	switch {
	case err != nil:
		return err
	case !report.Publishable():
		return errUnpublishable
	case !report.Accessible() && !c.NotAccessible:
		return errInaccessible
	}
	l, raw, err := bundle(name)
	if err != nil {
		return err
	}
	entry := wire.Lesson{ID: l.ID, Title: l.Title, Version: l.Version, Hash: l.Hash, Accessible: report.Accessible(), Kits: c.Kits}
	if err := d.admin.PutLesson(d.ctx, d.tenant, entry, raw); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s : publiée%s, %s\n", l.ID, asWhat(entry.Accessible), l.Hash)
	return nil
}

func asWhat(accessible bool) string {
	if accessible {
		return " comme accessible"
	}
	return ", annoncée comme non accessible"
}

type lessonList struct{}

// Run prints what stations are offered.
func (c *lessonList) Run(d *desk) error {
	list, err := d.admin.Lessons(d.ctx, d.tenant)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	for _, l := range list.Lessons {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%v\n", l.ID, l.Title, l.Version, l.Hash[:12], l.Kits)
	}
	return w.Flush()
}

type lessonWithdraw struct {
	ID string `arg:"" name:"identifiant" help:"Identifiant de la leçon."`
}

// Run withdraws a lesson from all stations.
func (c *lessonWithdraw) Run(d *desk) error { return d.admin.RemoveLesson(d.ctx, d.tenant, c.ID) }
