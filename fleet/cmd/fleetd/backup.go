package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

type backupCommand struct {
	dataFlag
	File string `arg:"" help:"Fichier à écrire ; il contient toutes les clés : gardez-le comme elles."`
}

// Run saves a directory, whether or not a server works in it.
func (c *backupCommand) Run(t *terminal) error {
	file, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	if err := save(t.ctx, folder(c.Data), file); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Sauvegarde écrite : %s\n", file)
	return nil
}

// save writes the archive beside its name and gives it the name when all of it
// is on the disk. It replaces no file.
func save(ctx context.Context, f folder, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fs.ErrExist
	}
	work, err := os.MkdirTemp(filepath.Dir(file), ".fleetd-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	snapshot := filepath.Join(work, databaseName)
	if err := store.Backup(ctx, f.store(), snapshot); err != nil {
		return err
	}
	archive := filepath.Join(work, "archive")
	if err := pack(f, snapshot, archive); err != nil {
		return err
	}
	if err := os.Link(archive, file); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(file))
}

const databaseName = "fleet.db"

// kept are the folders of a data directory that a backup holds beside the database.
var kept = []string{"authority", "release", "keys"}

func pack(f folder, snapshot, archive string) error {
	out, err := os.OpenFile(archive, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	err = add(w, databaseName, snapshot)
	for _, name := range kept {
		if err == nil {
			err = addTree(w, name, filepath.Join(string(f), name))
		}
	}
	return errors.Join(err, w.Close(), out.Sync(), out.Close())
}

func addTree(w *tar.Writer, name, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		err = add(w, filepath.ToSlash(filepath.Join(name, below)), path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // replaced while we looked: the newer file is met too
		}
		return err
	})
}

func add(w *tar.Writer, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.CopyN(w, file, info.Size())
	return err
}
