package book

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/lesson/importer"
)

// ErrThere says that the station has the book already.
var ErrThere = errors.New("book is there already")

// Bring puts a book in the folder into, from a ZIM as [Importer.Import] does or
// as a copy of a book that was made elsewhere, which is held to its name. What
// is refused, cut or interrupted leaves nothing there.
func (im Importer) Bring(ctx context.Context, from, into string) (importer.Report, error) {
	if made(from) {
		return im.copy(ctx, from, into)
	}
	return im.Import(ctx, from, into)
}

func (im Importer) copy(ctx context.Context, from, into string) (r importer.Report, err error) {
	b, err := Open(from)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	name := b.ID[:min(len(b.ID), 2*sha256.Size)] // "….book" or "… (1).book"
	if _, err := os.Stat(filepath.Join(into, name+Ext)); err == nil {
		return r, ErrThere
	}
	landing, err := importer.Land(into)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, landing.Leave()) }()
	if err := importer.Room(into, b.size+im.Spare); err != nil {
		return r, err
	}
	sum, err := im.pour(ctx, b, landing.Path("book"))
	if err == nil && sum != name {
		err = ErrDamaged
	}
	if err != nil {
		return r, err
	}
	r = importer.Report{Title: b.Meta.Title, Pages: b.Pages(), Other: b.Len() - b.Pages(), Made: []string{name + Ext}}
	return r, landing.Settle("book", name+Ext)
}

// pour writes the bytes of a book and says what they add up to.
func (im Importer) pour(ctx context.Context, b *Book, to string) (sum string, err error) {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("copy book: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash, in := sha256.New(), io.NewSectionReader(b.r, 0, b.size)
	for done := int64(0); done < b.size; im.seen(done, b.size) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := io.CopyN(io.MultiWriter(f, hash), in, min(4<<20, b.size-done))
		if done += n; err != nil {
			return "", fmt.Errorf("copy book: %w", err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
