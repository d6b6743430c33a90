package shelf_test

import (
	"context"
	"errors"
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
