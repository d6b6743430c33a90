package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

func TestBooksEndAsTheyAreRead(t *testing.T) {
	if bookEnding != book.Ext {
		t.Errorf("ending = %q; want %q", bookEnding, book.Ext)
	}
}

// A station brings the books that its fleet lists, however large, loses those
// that are withdrawn, and leaves alone what a mediator brought.
func TestBooksComeAndGo(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()+"\n"), 0o600))
	theirs := filepath.Join(data, "library", strings.Repeat("a", 64)+".book")
	must(t, os.MkdirAll(filepath.Dir(theirs), 0o700))
	must(t, os.WriteFile(theirs, []byte("x"), 0o600))
	raw := bytes.Repeat([]byte("pages "), 1<<20)
	sum := sha256.Sum256(raw)
	book := wire.Book{Title: "Aide", Hash: hex.EncodeToString(sum[:]), Size: int64(len(raw))}
	must(t, f.released.PutBlob(release.Part{SHA256: book.Hash, Size: book.Size}, bytes.NewReader(raw)))
	publish := func(books ...wire.Book) {
		t.Helper()
		list, err := wire.Encode(&wire.Books{V: 1, Books: books})
		must(t, err)
		must(t, f.released.Publish(tenant, map[string][]byte{release.Prefix(tenant) + wire.BooksTarget: list}))
	}
	publish(book)
	s := start(t, data)
	name := filepath.Join(data, booksDir, book.Hash+".book")
	s.until("the book is brought", func(status) bool {
		content, err := os.ReadFile(name)
		return err == nil && bytes.Equal(content, raw)
	})
	var hello wire.Hello
	id := f.until(wire.KindHello, &hello, func() bool { return true }).Station
	absent := book
	absent.Hash = strings.Repeat("b", 64)
	publish(absent)
	f.tell(id, wire.KindDesired, &wire.Desired{Version: 3, Trust: f.released.Version(tenant), Role: wire.RoleStation, Mode: wire.ModeKiosk, Places: []wire.Place{}})
	s.until("the withdrawn book is gone and the other is missed", func(now status) bool {
		_, err := os.Stat(name)
		return errors.Is(err, os.ErrNotExist) && slices.Contains(now.Problems, "books_missing")
	})
	if _, err := os.Stat(theirs); err != nil {
		t.Errorf("the mediator's book: %v; want it left alone", err)
	}
	_ = s.end()
}

// Where every byte is paid, books come from a stick alone.
func TestBooksDoNotComeOverAPaidLine(t *testing.T) {
	a := &agent{flags: flags{Run: t.TempDir()}}
	if n := len(a.bookSources(nil)); n != 1 {
		t.Errorf("%d sources; want the server", n)
	}
	must(t, network.Write(a.Run, network.State{Online: true, Lines: []network.Line{{Kind: network.Tether, Leased: true}}}))
	if n := len(a.bookSources(nil)); n != 0 {
		t.Errorf("%d sources over a telephone; want none", n)
	}
	a.Stick = t.TempDir()
	if n := len(a.bookSources(nil)); n != 1 {
		t.Errorf("%d sources over a telephone with a stick; want the stick", n)
	}
}
