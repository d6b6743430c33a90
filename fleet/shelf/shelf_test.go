package shelf_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/shelf"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const tenant = wire.Tenant("nancy")

func open(t *testing.T) (*shelf.Shelf, *release.Repository, string) {
	t.Helper()
	dir := t.TempDir()
	if err := release.Init(dir, time.Now(), tenant); err != nil {
		t.Fatal(err)
	}
	r, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &shelf.Shelf{Releases: r}, r, dir
}

func lesson(id, digit string) wire.Lesson {
	return wire.Lesson{ID: id, Title: id, Hash: strings.Repeat(digit, 64), Accessible: true}
}

// TestFromShelfToStation publishes as the fleet does and looks as a station
// does: the list is fetched with the rest, the pack is only located.
func TestFromShelfToStation(t *testing.T) {
	s, r, dir := open(t)
	told := 0
	s.Published = func(context.Context, wire.Tenant) { told++ }
	first, second := lesson("souris", "1"), lesson("souris", "2")
	for _, l := range []wire.Lesson{first, second} {
		if err := s.Put(t.Context(), tenant, l, []byte("pack "+l.Hash)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutCycle(t.Context(), tenant, "c1", []byte(`{"v":1}`)); err != nil {
		t.Fatal(err)
	}
	station := t.TempDir()
	root, err := r.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := release.Pin(station, root); err != nil {
		t.Fatal(err)
	}
	c, err := release.OpenClient(station, tenant)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Refresh(t.Context(), release.Dir(dir+"/public"), time.Now()); err != nil {
		t.Fatal(err)
	}
	raw, err := c.Read(release.Prefix(tenant) + wire.LessonsTarget)
	var list wire.Lessons
	if err == nil {
		err = wire.Decode(raw, &list)
	}
	if err != nil || len(list.Lessons) != 1 || list.Lessons[0].Hash != second.Hash {
		t.Fatalf("list at the station = %+v, %v; want the second version alone", list, err)
	}
	at, err := c.Locate(release.Prefix(tenant) + second.Target())
	if err != nil || at.Length != int64(len("pack ")+64) {
		t.Errorf("Locate = %+v, %v; want the pack's place and length", at, err)
	}
	if _, err := c.Read(release.Prefix(tenant) + second.Target()); !errors.Is(err, release.ErrNotFound) {
		t.Errorf("pack after a refresh = %v; want it not fetched with the rest", err)
	}
	if _, err := c.Locate(release.Prefix(tenant) + first.Target()); !errors.Is(err, release.ErrNotFound) {
		t.Errorf("first version = %v; want it withdrawn", err)
	}
	if told != 3 {
		t.Errorf("stations told %d times; want at each of 3 changes", told)
	}
}

func TestRemove(t *testing.T) {
	s, _, _ := open(t)
	if err := s.Remove(t.Context(), tenant, "souris"); !errors.Is(err, shelf.ErrUnknown) {
		t.Errorf("Remove of nothing = %v; want ErrUnknown", err)
	}
	if err := s.Put(t.Context(), tenant, lesson("souris", "1"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), tenant, "souris"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(tenant); err != nil || len(list.Lessons) != 0 {
		t.Errorf("List = %+v, %v; want none", list, err)
	}
}

func TestForAKit(t *testing.T) {
	all, some := lesson("a", "1"), lesson("b", "2")
	some.Kits = []string{"k1"}
	list := wire.Lessons{V: 1, Lessons: []wire.Lesson{all, some}}
	for kit, want := range map[string]int{"": 1, "k1": 2, "k2": 1} {
		if got := len(list.For(kit)); got != want {
			t.Errorf("For(%q) has %d lessons; want %d", kit, got, want)
		}
	}
}

// TestABookFromShelfToStick publishes a book that was brought before, copies it
// to a stick with the rest, and withdraws it.
func TestABookFromShelfToStick(t *testing.T) {
	s, r, _ := open(t)
	raw := strings.Repeat("pages ", 1000)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(raw)))
	b := wire.Book{Title: "Aide", Hash: sum, Size: int64(len(raw)), Kits: []string{"k1"}}
	if err := s.PutBook(t.Context(), tenant, b); !errors.Is(err, release.ErrMissing) {
		t.Errorf("PutBook before its bytes = %v; want ErrMissing", err)
	}
	part := release.Part{SHA256: sum, Size: b.Size}
	if err := r.PutBlob(part, strings.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is once
		if err := s.PutBook(t.Context(), tenant, b); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Books(tenant)
	if err != nil || len(list.Books) != 1 || len(list.For("k1")) != 1 || len(list.For("k2")) != 0 {
		t.Fatalf("Books = %+v, %v; want the book, for its kit", list, err)
	}
	stick := t.TempDir()
	if err := r.Export(tenant, stick); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(stick, release.BlobName(part))); err != nil || string(got) != raw {
		t.Errorf("book on the stick: %d bytes, %v; want it whole", len(got), err)
	}
	if err := s.RemoveBook(t.Context(), tenant, "none"); !errors.Is(err, shelf.ErrUnknown) {
		t.Errorf("RemoveBook of nothing = %v; want ErrUnknown", err)
	}
	if err := s.RemoveBook(t.Context(), tenant, sum[:12]); err != nil {
		t.Fatal(err)
	}
	if err := r.Export(tenant, stick); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(stick, release.BlobName(part))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("withdrawn book on the stick: %v; want it gone", err)
	}
}

// A book that is listed outlives the cleaning of a repository, and one that is
// not goes when it has been let alone for long.
func TestAListedBookIsKept(t *testing.T) {
	s, r, dir := open(t)
	var blobs []string
	for _, raw := range []string{"listed", "unlisted"} {
		part := release.Part{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(raw))), Size: int64(len(raw))}
		if err := r.PutBlob(part, strings.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "public", filepath.FromSlash(release.BlobName(part)))
		old := time.Now().AddDate(0, -1, 0)
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, name)
		if raw == "listed" {
			if err := s.PutBook(t.Context(), tenant, wire.Book{Title: raw, Hash: part.SHA256, Size: part.Size}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.Refresh(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(blobs[0]); err != nil {
		t.Errorf("a listed book: %v; want it kept", err)
	}
	if _, err := os.Stat(blobs[1]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an old book that nobody lists: %v; want it gone", err)
	}
}
