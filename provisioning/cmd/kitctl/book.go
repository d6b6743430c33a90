package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type bookCommands struct {
	Publish  bookPublish  `cmd:"" help:"Publie un livre vers les postes ; d'un fichier ZIM, en fait d'abord un livre."`
	List     bookList     `cmd:"" help:"Liste les livres publiés."`
	Withdraw bookWithdraw `cmd:"" help:"Retire un livre des postes."`
}

type bookPublish struct {
	File string   `arg:"" name:"livre" help:"Livre (.book) ou fichier ZIM."`
	Kits []string `name:"kit" help:"Pour ces mallettes seulement ; sans cela, pour toutes."`
}

// Run brings the bytes to the server, which holds them to their hash, then
// lists the book.
func (c *bookPublish) Run(d *desk) error {
	name, done, err := c.made(d)
	if err != nil {
		return err
	}
	defer done()
	b, err := book.Open(name)
	if err != nil {
		return err
	}
	entry := wire.Book{Title: b.Meta.Title, Hash: b.ID, Size: b.Size(), Kits: c.Kits}
	if err := b.Close(); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.admin.PutBlob(d.ctx, release.Part{SHA256: entry.Hash, Size: entry.Size}, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := d.admin.PutBook(d.ctx, d.tenant, entry); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "« %s » : publié, %s\n", entry.Title, entry.Hash)
	return nil
}

// made is the file of the book; done takes away what was made for it.
func (c *bookPublish) made(d *desk) (name string, done func(), err error) {
	if !strings.EqualFold(filepath.Ext(c.File), ".zim") {
		return c.File, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "kitctl-book-")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(dir) } // of the system's temporary files
	r, err := book.Importer{}.Import(d.ctx, c.File, dir)
	if err != nil {
		done()
		return "", nil, err
	}
	return filepath.Join(dir, r.Made[0]), done, nil
}

type bookList struct{}

// Run prints what stations are offered.
func (c *bookList) Run(d *desk) error {
	list, err := d.admin.Books(d.ctx, d.tenant)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	for _, b := range list.Books {
		fmt.Fprintf(w, "%s\t%s\t%d Mo\t%v\n", b.Hash[:12], b.Title, b.Size/1e6, b.Kits)
	}
	return w.Flush()
}

type bookWithdraw struct {
	Hash string `arg:"" name:"empreinte" help:"Début de l'empreinte du livre, comme la liste la donne."`
}

// Run withdraws a book from all stations.
func (c *bookWithdraw) Run(d *desk) error { return d.admin.RemoveBook(d.ctx, d.tenant, c.Hash) }
