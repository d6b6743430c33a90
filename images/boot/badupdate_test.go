package boot_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/visitor"
)

// TestABadUpdateIsReported rolls out releases that are no good, one after the
// other, to one machine: each is tried, given up, and the release before says
// what was missed.
func TestABadUpdateIsReported(t *testing.T) {
	long(t)
	ctx := within(t, 300)
	o := atTheOffice(ctx, t)
	first := releaseOf(t, stick(t))
	now := filepath.Join("..", "..", "build", "images", "parts", "pc-"+first)
	s := o.installs(ctx)
	for _, bad := range []struct {
		release string
		parts   func(t *testing.T, release string) string
		missed  wire.Reason
		told    bool // the start on trial could keep what its programs said
	}{
		{"essai-fige", ends("hang"), wire.ReasonHang, false},
		{"essai-panique", ends("panic"), wire.ReasonExhausted, false},
		{"essai-muet", spoilt("display", "select {}"), "unhealthy:display", true},
		{"essai-sans-page", spoilt("launcher", "os.Exit(1)"), "unhealthy:launcher", true},
		{"essai-sans-reseau", spoilt("network", "select {}"), "unhealthy:network", true},
		{"essai-sans-agent", spoilt("agent", "os.Exit(1)"), wire.ReasonHang, false},
		{"essai-plein", spoilt("network", fillsDisk), "unhealthy:disk", false},
	} {
		if !t.Run(bad.release, func(t *testing.T) {
			o.T = t
			o.publishes(ctx, bad.parts(t, bad.release), now)
			s.runs(ctx, wire.BaseState{Running: first, Slot: "a"})
			o.rollsOut(bad.release)
			s.runs(ctx, wire.BaseState{Slot: "a", Target: bad.release, State: wire.BaseReady})
			s.restarts(ctx)
			if bad.missed == wire.ReasonExhausted { // it might have been a hand at the switch: it has another round
				s.runs(ctx, wire.BaseState{Running: first, Slot: "a", Target: bad.release, State: wire.BaseReady, Reason: bad.missed})
				s.restarts(ctx)
			}
			s.runs(ctx, wire.BaseState{Running: first, Slot: "a", Target: bad.release, State: wire.BaseFailed, Reason: bad.missed})
			shows(ctx, t, s.vm, boot.HomePage)
			if bad.told {
				s.explains(ctx, bad.release)
			}
		}) {
			return
		}
	}
}

// explains goes from the page of the rollout to the journal of the start that
// failed, and finds lines of that release in it.
func (m *machine) explains(ctx context.Context, release string) {
	m.Helper()
	rollout := m.person.Page.Path
	await(ctx, m.T, m.fleet, 10*time.Minute, func(context.Context) error {
		if err := m.person.Open(rollout); err != nil {
			return err
		}
		link := visitor.Find(m.person.Page.Root, func(n *html.Node) bool { return strings.Contains(visitor.Attr(n, "href"), "/journaux/") })
		if link == nil {
			return fmt.Errorf("no journal yet: %s", m.person.Page.Text)
		}
		return m.person.Open(visitor.Attr(link, "href"))
	})
	m.Logf("the journal begins: %.300s", m.person.Page.Text)
	if !strings.Contains(m.person.Page.Text, release+" à l’essai") {
		m.Fatalf("the journal says nothing of the start on trial: %s", m.person.Page.Text)
	}
}

// fillsDisk leaves no byte on the disk for what must be kept; the machine is
// otherwise well.
const fillsDisk = `f, err := os.Create("/perm/plein"); if err != nil { panic(err) }
	for n := int64(64 << 20); n > 0; n /= 2 { for at, _ := f.Seek(0, 2); syscall.Fallocate(int(f.Fd()), 0, at, n) == nil; at += n {} }`

// ends makes parts of a release whose init does what the word says.
func ends(word string) func(*testing.T, string) string {
	return func(t *testing.T, release string) string {
		dir := t.TempDir()
		edit(t, stick(t), func(x *disk) {
			x.partsOf(dir, release, smallRoot(t, "./badinit", map[string][]byte{"behaviour": []byte(word)}))
		})
		return dir
	}
}

// spoilt makes parts of a release of this commit in which one program does
// something else than its work.
func spoilt(program, does string) func(*testing.T, string) string {
	return func(t *testing.T, release string) string {
		dir := badParts(t, release, program, does)
		patient(t, dir)
		return dir
	}
}

// badParts makes a release of this commit in which one program does something
// else than its work.
func badParts(t *testing.T, release, program, does string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "sh", "-c", `git -C "$0" archive HEAD | tar -x -C "$1" && mkdir -p "$1/build" && ln -s "$0/build/cache" "$1/build/cache"`, root, dir)
	file := filepath.Join(dir, "device", "cmd", program, "main.go")
	text := string(read(t, file))
	spoilt := strings.Replace(text, "\nfunc main() {\n", "\nfunc main() {\n\tspoilt()\n", 1)
	if spoilt == text {
		t.Fatal("no main to spoil")
	}
	write(t, file, []byte(spoilt))
	write(t, filepath.Join(filepath.Dir(file), "spoilt.go"), fmt.Appendf(nil, "package main\n\nimport (\n\t\"os\"\n\t\"syscall\"\n)\n\nfunc spoilt() {\n\t_, _ = os.Args, syscall.ENOSPC\n\t%s\n}\n", does))
	return parts(t, dir, release)
}
