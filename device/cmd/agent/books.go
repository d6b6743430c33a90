package main

import (
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/stock"
	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	// bookEnding is book.Ext of device/lesson/zim/book, said again because that
	// package brings half a megabyte of how books are read, which is not the agent's.
	bookEnding = ".book"

	booksDir  = "books"       // those that the fleet lists; what a mediator brought lies elsewhere
	booksTime = 6 * time.Hour // for all books on a slow line; what came stays
)

// errPaid says that the only line is paid by volume, which books do not use.
var errPaid = errors.New("books wait for a line that costs nothing, or a stick")

// keepBooks brings books whenever trust data was fetched, and again when some
// are missing. They take hours: lessons do not wait for them.
func (a *agent) keepBooks(ctx context.Context) error {
	return a.keepBringing(ctx, a.books, func(ctx context.Context) error {
		a.shelf.Lock()
		defer a.shelf.Unlock()
		err := a.bringBooks(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("books not brought", "err", err)
		}
		return err
	})
}

// booksOfStick brings books from a stick that is shown, unless they are on their
// way already.
func (a *agent) booksOfStick(ctx context.Context) error {
	if !a.shelf.TryLock() {
		return nil
	}
	defer a.shelf.Unlock()
	return a.bringBooks(ctx)
}

// bringBooks brings the books that the fleet lists for this station's kit, from
// where the list came or from a stick.
func (a *agent) bringBooks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, booksTime)
	defer cancel()
	snapshot := a.trust.Load().Snapshot()
	if snapshot.Version == 0 {
		return nil
	}
	wanted := wantedBooks(snapshot.Books.For(a.kit()))
	s := stock.Stock{Dir: filepath.Join(a.Data, booksDir), Ending: bookEnding, Log: a.log}
	err := errPaid
	client := a.client()
	defer client.CloseIdleConnections()
	for _, from := range a.bookSources(public.HTTP(client, "https://"+a.server()+release.Path)) {
		var failed map[string]error
		failed, err = s.Bring(ctx, from, wanted)
		for _, why := range failed {
			err = errors.Join(err, why)
		}
		if err == nil {
			break
		}
	}
	if len(wanted) == 0 && errors.Is(err, errPaid) {
		err = nil
	}
	if ctx.Err() == nil {
		a.problems.set("books_missing", err != nil)
	}
	return err
}

// bookSources are the server, unless every byte of it is paid, and a stick.
func (a *agent) bookSources(server public.Source) (list []public.Source) {
	if !a.metered() {
		list = append(list, server)
	}
	if a.Stick != "" {
		list = append(list, public.Dir(a.Stick))
	}
	return list
}

// wantedBooks are what to bring, each named by the hash of its file.
func wantedBooks(list []wire.Book) (wanted []stock.Pack) {
	for _, b := range list {
		part := release.Part{SHA256: b.Hash, Size: b.Size}
		if sum, err := hex.DecodeString(b.Hash); err == nil {
			wanted = append(wanted, stock.Pack{Hash: b.Hash, Path: release.BlobName(part), Length: b.Size, SHA256: sum})
		}
	}
	return wanted
}
