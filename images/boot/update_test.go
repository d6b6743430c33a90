package boot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// shared is more than a release of the same sources may fetch: a quarter of it.
const shared = 64 << 20

// TestUpdate is the whole way of two releases: made of the same sources under
// other names, cut into chunks, and the first into patches too, signed, rolled
// out from the console, fetched by a machine that runs the image, tried at its
// next start, and said healthy by the new slot only. The second was made without
// the one that runs at hand: the fleet knows what that one consists of.
func TestUpdate(t *testing.T) {
	long(t)
	ctx := within(t, 150)
	o := atTheOffice(ctx, t)
	first := releaseOf(t, stick(t))
	image := filepath.Join("..", "..", "build", "images", "parts", "pc-"+first)
	o.publishes(ctx, image)
	s := o.installs(ctx)
	s.runs(ctx, wire.BaseState{Running: first, Slot: "a", State: wire.BaseIdle})
	now, other := "a", "b"
	for _, next := range []struct {
		by, release string
		patches     []string // what they are made from
	}{
		{"patches", "essai-2027.2", []string{image}},
		{"chunks", "essai-2027.3", nil},
	} {
		if !t.Run(next.by, func(t *testing.T) {
			o.T = t
			made := parts(t, filepath.Join("..", ".."), next.release)
			patient(t, made)
			o.publishes(ctx, made, next.patches...)
			begun := time.Now()
			o.rollsOut(next.release)
			if got := s.runs(ctx, wire.BaseState{Slot: now, Target: next.release, State: wire.BaseReady}); got.Total > shared {
				t.Errorf("%d bytes were fetched; want at most %d", got.Total, shared)
			}
			s.restarts(ctx)
			now, other = other, now
			s.runs(ctx, wire.BaseState{Running: next.release, Slot: now, Target: next.release, State: wire.BaseHealthy})
			shows(ctx, t, s.vm, boot.HomePage)
			t.Logf("healthy %v after it was asked for", time.Since(begun).Round(time.Second))
		}) {
			return
		}
	}
}

// releaseOf is the name of the release in a disk's slot A.
func releaseOf(t *testing.T, d boot.Disk) (name string) {
	t.Helper()
	edit(t, d, func(x *disk) {
		about, err := slot.ReadRelease(bytes.NewReader(x.contents(slot.A)[slot.ContainerInitrd]))
		x.must(err)
		name = about.Name
	})
	return name
}

// parts makes what a release for PCs is made of, from the sources in a folder.
func parts(t *testing.T, sources, name string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./images/cmd/image", "parts", "--release", name)
	cmd.Dir, cmd.Stderr, cmd.Env = sources, t.Output(), append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	said, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(said))
}

// patient gives a release on trial the time that an emulated machine needs to
// show its home page twice over, and a file of its own for that: the parts have
// second names in the cache.
func patient(t *testing.T, parts string) {
	t.Helper()
	file := filepath.Join(parts, artefact.FileBoot)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	own, err := altered(f, deadline(420))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	write(t, file, own)
}

// office is a technician at the fleet server outside.
type office struct {
	*testing.T
	fleet  *stage.Fleet
	person *visitor.Office
	tool   string
}

func atTheOffice(ctx context.Context, t *testing.T) *office {
	t.Helper()
	f, password := fleetWithPassword(t)
	tool := filepath.Join(t.TempDir(), "kitctl")
	run(t, "go", "build", "-o", tool, "../../provisioning/cmd/kitctl")
	return &office{t, f, &visitor.Office{Visitor: visitor.New("http://" + f.Console), Password: strings.TrimSpace(password)}, tool}
}

func (o *office) kitctl(ctx context.Context, args ...string) {
	o.Helper()
	cmd := exec.CommandContext(ctx, o.tool, append([]string{"--admin", filepath.Join(o.fleet.Data, "admin.sock")}, args...)...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		o.Fatalf("kitctl %s: %v: %s", args, err, said)
	}
	o.Logf("kitctl %s: %s", args[0], said)
}

// publishes makes of parts what stations fetch, with patches from others, and
// signs it.
func (o *office) publishes(ctx context.Context, parts string, from ...string) {
	o.Helper()
	out := filepath.Join(o.TempDir(), "release")
	args := []string{"release", "build", parts, "--out", out}
	for _, f := range from {
		args = append(args, "--from", f)
	}
	o.kitctl(ctx, args...)
	o.kitctl(ctx, "release", "publish", out, "--key", filepath.Join(o.fleet.Data, "release", "offline", "base.pem"))
}

// rollsOut starts a rollout to everybody at once, in the console.
func (o *office) rollsOut(release string) {
	o.Helper()
	form := "/versions/" + release + "/deployer"
	if err := o.person.Open(form + "?essai=1&premiers=0&part=0"); err != nil {
		o.Fatal(err)
	}
	o.start(form)
	if !strings.HasPrefix(o.person.Page.Path, "/deploiements/") {
		o.Fatalf("after the start the page is %s: %s", o.person.Page.Path, o.person.Page.Text)
	}
}

// start sends the last form of the page: the first asks for another dry run.
func (o *office) start(form string) {
	o.Helper()
	forms := visitor.Forms(o.person.Page.Root, form)
	if len(forms) < 2 {
		o.Fatalf("the dry run says: %s", o.person.Page.Text)
	}
	o.person.Page.Root = forms[len(forms)-1].Parent
	if err := o.person.Send(form, url.Values{}); err != nil {
		o.Fatal(err)
	}
}

// machine is a station on the virtual machine, which runs until the end of the
// test that installed it.
type machine struct {
	*office
	boot.Machine
	owner *testing.T
	vm    *boot.VM
	id    wire.Station
}

// installs flashes a disk with a token and switches its machine on.
func (o *office) installs(ctx context.Context) *machine {
	o.Helper()
	token, err := o.fleet.Admin().IssueToken(ctx, stage.DemoToken())
	if err != nil {
		o.Fatal(err)
	}
	d := stick(o.T)
	edit(o.T, d, func(x *disk) { x.renew(); x.join(slot.Join{Token: token, Installed: true}) })
	m := &machine{office: o, owner: o.T, Machine: boot.Machine{Dir: o.TempDir(), Disks: []boot.Disk{d},
		Nets: []boot.Net{{To: map[string]string{fleetDoor: o.fleet.Listen}}}}}
	m.vm = on(ctx, o.T, m.Machine)
	if m.id, err = stage.Settle(ctx, o.fleet.Admin()); err != nil {
		o.Fatalf("%v\n%s", err, m.vm.Console.Text())
	}
	return m
}

// restarts presses the power button, waits for the machine to go off by itself
// and switches it on.
func (m *machine) restarts(ctx context.Context) {
	m.Helper()
	if err := errors.Join(m.vm.PressPower(ctx), m.vm.AwaitOff(ctx)); err != nil {
		m.Fatal(err)
	}
	m.vm.Close()
	m.vm = on(ctx, m.owner, m.Machine)
}

// runs waits until the station's own report agrees with want where it says
// something, and returns it.
func (m *machine) runs(ctx context.Context, want wire.BaseState) (last wire.BaseState) {
	m.Helper()
	await(ctx, m.T, m.fleet, time.Hour, func(ctx context.Context) error { // an emulated machine reads a root's every byte five times
		s, err := m.fleet.Admin().Station(ctx, stage.Tenant, m.id)
		if err != nil {
			return err
		}
		if b := s.Reported.Base; b != nil && *b != last {
			last = *b
			m.Logf("station: %+v", last)
		}
		return differs(last, want)
	})
	return last
}

func differs(got, want wire.BaseState) error {
	is := map[string]string{"running": got.Running, "slot": got.Slot, "target": got.Target, "state": string(got.State), "reason": string(got.Reason)}
	ought := map[string]string{"running": want.Running, "slot": want.Slot, "target": want.Target, "state": string(want.State), "reason": string(want.Reason)}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if ought[name] != "" && is[name] != ought[name] {
			return fmt.Errorf("%s is %q; want %q", name, is[name], ought[name])
		}
	}
	return nil
}
