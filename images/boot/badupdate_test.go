package boot_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/boot"
)

// TestABadUpdateIsReported rolls out releases that start and are no good, one
// after the other, to one machine: each is tried, given up at its deadline, and
// the release before says what was missed.
func TestABadUpdateIsReported(t *testing.T) {
	long(t)
	ctx := within(t, 240)
	o := atTheOffice(ctx, t)
	first := releaseOf(t, stick(t))
	now := filepath.Join("..", "..", "build", "images", "parts", "pc-"+first)
	s := o.installs(ctx)
	for _, bad := range []struct{ release, program, does, missed string }{
		{"essai-muet", "display", "select {}", "unhealthy:display"},
		{"essai-sans-page", "launcher", "os.Exit(1)", "unhealthy:launcher"},
		{"essai-sans-reseau", "network", "select {}", "unhealthy:network"},
		{"essai-sans-agent", "agent", "os.Exit(1)", "panic_or_hang"},
	} {
		if !t.Run(bad.release, func(t *testing.T) {
			o.T = t
			next := badParts(t, bad.release, bad.program, bad.does)
			patient(t, next)
			o.publishes(ctx, next, now)
			s.runs(ctx, wire.BaseState{Running: first, Slot: "a"})
			o.rollsOut(bad.release)
			s.runs(ctx, wire.BaseState{Slot: "a", Target: bad.release, State: wire.BaseReady})
			s.restarts(ctx)
			s.runs(ctx, wire.BaseState{Running: first, Slot: "a", Target: bad.release, State: wire.BaseFailed, Reason: wire.Reason(bad.missed)})
			shows(ctx, t, s.vm, boot.HomePage)
		}) {
			return
		}
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
	write(t, filepath.Join(filepath.Dir(file), "spoilt.go"), fmt.Appendf(nil, "package main\n\nimport \"os\"\n\nfunc spoilt() { _ = os.Args; %s }\n", does))
	return parts(t, dir, release)
}
