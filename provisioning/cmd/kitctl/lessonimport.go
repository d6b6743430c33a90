package main

import (
	"context"
	"fmt"
	"os"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/mallard"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

type lessonImport struct {
	From string `arg:"" name:"source" help:"Fichier ZIM, ou dossier de pages Mallard (aide de GNOME)."`
	Into string `arg:"" name:"dossier" help:"Dossier où mettre le livre (library d'un poste) ou les leçons."`
}

// foreign reads somebody else's format.
type foreign interface {
	Import(ctx context.Context, from, into string) (importer.Report, error)
}

// Run makes a book of a ZIM, and lessons of a folder of help.
func (c *lessonImport) Run(d *desk) error {
	info, err := os.Lstat(c.From)
	if err != nil {
		return err
	}
	var from foreign = book.Importer{}
	said := "« %s » : %d pages, %d autres fichiers, %d liens vers internet laissés sans effet.\n"
	if info.IsDir() {
		from, said = mallard.Importer{}, "« %s » : %d leçons, %d images, %d liens vers internet devenus du texte.\n"
	}
	r, err := from.Import(d.ctx, c.From, c.Into)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, said, r.Title, r.Pages, r.Other, r.Remote)
	if r.Left > 0 {
		fmt.Fprintf(d.out, "%d pages ne sont pas des marches à suivre : laissées de côté.\n", r.Left)
	}
	for _, name := range r.Made {
		fmt.Fprintln(d.out, name)
	}
	return nil
}
