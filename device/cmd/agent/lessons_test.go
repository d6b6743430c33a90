package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// A station brings the lesson packs that its fleet lists for its kit, loses
// those that are withdrawn, and tells the fleet of one that cannot be opened.
func TestLessonPacksComeAndGo(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()+"\n"), 0o600))
	mine := wire.Lesson{ID: "souris", Hash: strings.Repeat("1", 64)}
	theirs := wire.Lesson{ID: "mail", Hash: strings.Repeat("2", 64), Kits: []string{"another-kit"}}
	publish := func(lessons ...wire.Lesson) {
		t.Helper()
		list, err := wire.Encode(&wire.Lessons{V: 1, Lessons: lessons})
		must(t, err)
		targets := map[string][]byte{release.Prefix(tenant) + wire.LessonsTarget: list}
		for _, l := range lessons {
			targets[release.Prefix(tenant)+l.Target()] = []byte("pack of " + l.ID)
		}
		must(t, f.released.Publish(tenant, targets))
	}
	publish(mine, theirs)
	s := start(t, data)
	pack := filepath.Join(data, lessonsDir, mine.Hash+".zip")
	s.until("the pack is brought", func(status) bool {
		content, err := os.ReadFile(pack)
		return err == nil && string(content) == "pack of souris"
	})
	if _, err := os.Stat(filepath.Join(data, lessonsDir, theirs.Hash+".zip")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("pack of another kit: %v; want it not brought", err)
	}
	text, err := json.Marshal(map[string]string{mine.Hash: "quiz", "": "format"})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(s.run, lessonsFile), text, 0o644))
	var reported wire.Reported
	id := f.until(wire.KindReported, &reported, func() bool { return true }).Station
	f.tell(id, wire.KindDesired, &wire.Desired{Version: 3, Role: wire.RoleStation, Mode: wire.ModeKiosk, Places: []wire.Place{}})
	f.until(wire.KindReported, &reported, func() bool {
		return slices.Contains(reported.Refused, "lesson_quiz:souris") && slices.Contains(reported.Refused, "lesson_local")
	})
	publish()
	f.tell(id, wire.KindDesired, &wire.Desired{Version: 4, Trust: f.released.Version(tenant), Role: wire.RoleStation, Mode: wire.ModeKiosk, Places: []wire.Place{}})
	s.until("the withdrawn pack is gone", func(status) bool {
		_, err := os.Stat(pack)
		return errors.Is(err, os.ErrNotExist)
	})
	_ = s.end()
}

// What was signed since is not kept waiting by a pack on a slow line.
func TestTrustDoesNotWaitForLessons(t *testing.T) {
	f := newFleet(t)
	packs := make(chan struct{})
	f.packs.Store(&packs)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()+"\n"), 0o600))
	l := wire.Lesson{ID: "souris", Hash: strings.Repeat("1", 64)}
	list, err := wire.Encode(&wire.Lessons{V: 1, Lessons: []wire.Lesson{l}})
	must(t, err)
	must(t, f.released.Publish(tenant, map[string][]byte{release.Prefix(tenant) + wire.LessonsTarget: list, release.Prefix(tenant) + l.Target(): []byte("pack")}))
	s := start(t, data)
	first := f.released.Version(tenant)
	s.until("the list is there", func(now status) bool { return now.Trust >= first })
	must(t, f.released.Publish(tenant, map[string][]byte{release.Prefix(tenant) + "news.json": []byte("{}")}))
	var hello wire.Hello
	id := f.until(wire.KindHello, &hello, func() bool { return true }).Station
	f.tell(id, wire.KindDesired, &wire.Desired{Version: 2, Trust: f.released.Version(tenant), Role: wire.RoleStation, Mode: wire.ModeKiosk, Places: []wire.Place{}})
	s.until("what is newer is there", func(now status) bool { return now.Trust > first })
	pack := filepath.Join(data, lessonsDir, l.Hash+".zip")
	if _, err := os.Stat(pack); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("pack: %v; want it still on its way", err)
	}
	close(packs)
	s.until("the pack is there", func(status) bool { _, err := os.Stat(pack); return err == nil })
	_ = s.end()
}
