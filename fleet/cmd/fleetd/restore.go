package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type restoreCommand struct {
	dataFlag
	File string `arg:"" help:"Sauvegarde faite par fleetd backup."`
}

// skip is how far numbers jump, since nobody knows what was made between the
// backup and the loss.
var skip = mint.Skip{Serials: 100_000, Versions: 10_000, Others: 100, Keys: 1}

// errBackup says that a file is no backup of a fleet server.
var errBackup = errors.New("not a backup of a fleet server")

// Run makes a new data directory from the backup, in a new epoch: stations send
// again what the backup does not hold, and nothing is printed twice.
func (c *restoreCommand) Run(t *terminal) error {
	err := build(c.Data, func(f folder) error {
		if err := unpack(c.File, f); err != nil {
			return err
		}
		return restart(t, f)
	})
	if err == nil {
		fmt.Fprintf(t.out, "Répertoire recréé : %s. Les postes renverront ce que la sauvegarde ne contient pas.\n", c.Data)
	}
	return err
}

func restart(t *terminal, f folder) error {
	db, err := store.Restored(t.ctx, f.store())
	if err != nil {
		return err
	}
	return errors.Join(resume(t.ctx, f, db, t), db.Close())
}

func resume(ctx context.Context, f folder, db *store.Store, t *terminal) error {
	repository, err := release.Open(f.release())
	if err != nil {
		return err
	}
	vault, err := mint.OpenVault(f.vault())
	if err != nil {
		return err
	}
	m := &mint.Mint{Store: db, Vault: vault, Publisher: repository, Now: time.Now, Log: t.log}
	return errors.Join(m.Restored(ctx, skip), repository.Resume())
}

func unpack(file string, f folder) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	found := false
	for r := tar.NewReader(in); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) && found {
			return nil
		}
		if err != nil || !expected(header) {
			return errBackup
		}
		found = found || header.Name == databaseName
		if err := extract(r, filepath.Join(string(f), filepath.FromSlash(header.Name))); err != nil {
			return err
		}
	}
}

// expected refuses whatever a backup does not hold.
func expected(h *tar.Header) bool {
	top, _, deeper := strings.Cut(h.Name, "/")
	known := h.Name == databaseName || deeper && slices.Contains(kept, top)
	return h.Typeflag == tar.TypeReg && known && filepath.IsLocal(filepath.FromSlash(h.Name))
}

func extract(r io.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	return errors.Join(err, file.Sync(), file.Close())
}
