package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// fileList is the signed list in a release's folder.
const fileList = "list.json"

// errNotSigned says that a release has no signed list beside it.
var errNotSigned = errors.New("release is not signed")

type releaseSign struct {
	Release string `arg:"" name:"version" help:"Dossier que « kitctl release build » a fait." type:"existingdir"`
	List    string `help:"Liste que « kitctl release list --out » a gardée ; sans elle, le serveur la donne." type:"existingfile" placeholder:"FICHIER"`
	keyFlag
}

// Run leaves the list with the release on it, signed, in the release's folder.
func (c *releaseSign) Run(d *desk) error {
	b, err := readBase(c.Release)
	if err != nil {
		return err
	}
	list, err := c.list(d)
	if err != nil {
		return err
	}
	key, err := c.key(d)
	if err != nil {
		return err
	}
	signed, _, err := release.SignBase(list, key.PrivateKey, []release.Base{b}, nil, time.Now())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.Release, fileList), signed, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s (%s) : signée.\n", b.Release, b.Arch)
	return nil
}

func (c *releaseSign) list(d *desk) ([]byte, error) {
	if c.List != "" {
		return os.ReadFile(c.List)
	}
	return d.admin.BaseList(d.ctx)
}

func readBase(dir string) (b release.Base, err error) {
	text, err := os.ReadFile(filepath.Join(dir, artefact.FileBase))
	if err != nil {
		return b, err
	}
	return release.ParseBase(text)
}

type releasePublish struct {
	Release string `arg:"" name:"version" help:"Dossier que « kitctl release build » a fait." type:"existingdir"`
	Key     string `help:"Clé qui signe maintenant ; sans elle, « kitctl release sign » l'a fait." type:"existingfile" placeholder:"FICHIER" short:"k"`
}

// Run brings the parts and has the server publish the list that was signed.
func (c *releasePublish) Run(d *desk) error {
	b, err := readBase(c.Release)
	if err != nil {
		return err
	}
	if c.Key != "" {
		if err := (&releaseSign{Release: c.Release, keyFlag: keyFlag{c.Key}}).Run(d); err != nil {
			return err
		}
	}
	for _, p := range b.Blobs() {
		if err := c.bring(d, p); err != nil {
			return err
		}
	}
	if err := c.adopt(d, b); err != nil {
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

func (c *releasePublish) adopt(d *desk, b release.Base) error {
	signed, err := os.ReadFile(filepath.Join(c.Release, fileList))
	if errors.Is(err, fs.ErrNotExist) {
		return errNotSigned
	}
	if err != nil {
		return err
	}
	content, err := b.Encode()
	if err != nil {
		return err
	}
	return d.admin.Adopt(d.ctx, d.tenant, admin.BaseOrder{List: signed, Contents: map[string][]byte{release.BaseTarget(b.Arch, b.Release): content}})
}
