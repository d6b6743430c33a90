package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/keyfile"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// grain is bytes that do not compress, the same each time.
func grain(seed uint64, n int) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(seed, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// leaveParts leaves a release as `make image` does, only smaller.
func leaveParts(t *testing.T, name string, root, userland []byte) string {
	t.Helper()
	dir, salt := t.TempDir(), grain(1, 32)
	v, tree, err := slot.Seal(bytes.NewReader(root), salt, slot.GUID(salt[:16]))
	if err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(userland))
	about, err := slot.Describe(slot.Release{Name: name, Kernel: "6.12", Arch: update.Arch, Root: v, Userland: sum})
	if err != nil {
		t.Fatal(err)
	}
	var boot bytes.Buffer
	file := func(name string, b []byte) slot.Content {
		return slot.Content{Name: name, Size: int64(len(b)), Data: bytes.NewReader(b)}
	}
	if _, err := slot.WriteContainer(&boot, []slot.Content{file(slot.ContainerKernel, grain(2, 300<<10)), file(slot.ContainerInitrd, append(about, grain(3, 90<<10)...)),
		file(slot.ContainerCommand, slot.Command(slot.KernelArguments))}); err != nil {
		t.Fatal(err)
	}
	p := artefact.Parts{Release: name, Arch: update.Arch, Made: time.Unix(1_700_000_000, 0), Verity: v,
		Userland: &artefact.Userland{Root: sum, Description: fmt.Appendf(nil, `{"root":%q,"sha256":%q}`, sum, sum)},
		Formats:  []release.Format{{Name: "outbox", Oldest: 1, Newest: 1, Writes: 1}}}
	err = p.Write(dir)
	for name, b := range map[string][]byte{artefact.FileBoot: boot.Bytes(), artefact.FileRoot: append(bytes.Clone(root), tree...), artefact.FileUserland: userland} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// counter counts the bytes that stations fetch of what is large.
type counter struct {
	http.ResponseWriter
	n *int64
}

func (c counter) Write(b []byte) (int, error) {
	*c.n += int64(len(b))
	return c.ResponseWriter.Write(b)
}

// TestFromAnImageToAHealthyStation takes two builds through the technician's
// tools, the fleet's shelf and a station's disk: the second release is made out
// of the first for a fraction of its size, tried, and proved.
func TestFromAnImageToAHealthyStation(t *testing.T) {
	const tenant = wire.Tenant("demo")
	root := grain(4, 6<<20)
	next := append(append(bytes.Clone(root[:2<<20]), grain(5, 40<<10)...), root[2<<20+8<<10:]...)
	first, second := leaveParts(t, "2027.1", root, grain(6, 1<<20)), leaveParts(t, "2027.2", next, append(grain(6, 1<<20), grain(7, 20<<10)...))
	out := filepath.Join(t.TempDir(), "2027.2")
	base, err := artefact.Make(t.Context(), artefact.Order{Parts: second, From: []string{first}, Out: out})
	if err != nil {
		t.Fatal(err)
	}

	shelf, sent := publish(t, tenant, out, base), int64(0)
	server := httptest.NewServer(http.StripPrefix(release.Path, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		shelf.Handler(func(*http.Request) (wire.Tenant, error) { return tenant, nil }).ServeHTTP(counter{w, &sent}, q)
	})))
	defer server.Close()

	s := newShip(t, shelf, tenant, server, first)
	m := s.machine(slot.Boot{Slot: slot.A, Release: "2027.1"})
	s.until(m, wire.BaseReady)
	if most := (base.Pack.Size + base.Userland.Pack.Size) / 10; sent > most {
		t.Errorf("%d bytes were sent; want at most %d", sent, most)
	}
	choice, env := slottest.Env(t, s.esp).Choose()
	if choice.Slot != slot.B || choice.Trial != 1 {
		t.Fatalf("loader chooses %+v; want b on trial", choice)
	}
	slottest.Change(t, s.esp, env)
	m = s.machine(slot.Boot{Slot: slot.B, Trial: 1, Release: "2027.2"})
	if got := m.State().State; got != wire.BaseTrial {
		t.Errorf("state = %s; want trial", got)
	}
	s.until(m, wire.BaseHealthy)
	if env := slottest.Env(t, s.esp); env.Good != slot.B || env.Preferred != slot.B {
		t.Errorf("loader's memory = %+v; want b good", env)
	}
	got, err := os.ReadFile(filepath.Join(s.perm, "userland", base.Userland.File.SHA256+".squashfs"))
	if err != nil || fmt.Sprintf("%x", sha256.Sum256(got)) != base.Userland.File.SHA256 {
		t.Errorf("userland: %d bytes, %v; want that of the release", len(got), err)
	}
}

// publish is what `kitctl release publish` does, with a sealed key.
func publish(t *testing.T, tenant wire.Tenant, out string, base release.Base) *release.Repository {
	t.Helper()
	dir := t.TempDir()
	if err := release.Init(dir, time.Now(), tenant); err != nil {
		t.Fatal(err)
	}
	shelf, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range base.Blobs() {
		f, err := os.Open(filepath.Join(out, artefact.FolderBlobs, p.SHA256))
		if err == nil {
			err = errors.Join(shelf.PutBlob(p, f), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := keyfile.Read(filepath.Join(dir, "offline", "base.pem"), nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := shelf.BaseList()
	if err != nil {
		t.Fatal(err)
	}
	list, contents, err := release.SignBase(list, key.PrivateKey, []release.Base{base}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := shelf.Adopt(list, contents); err != nil {
		t.Fatal(err)
	}
	return shelf
}

// ship is a station's disk as image files, and its trust.
type ship struct {
	t              *testing.T
	esp, dir, perm string
	trust          *trust.Trust
	server         *httptest.Server
}

func newShip(t *testing.T, shelf *release.Repository, tenant wire.Tenant, server *httptest.Server, parts string) *ship {
	t.Helper()
	s := &ship{t: t, esp: slottest.ESP(t), dir: t.TempDir(), perm: t.TempDir(), server: server}
	rootKey, err := shelf.Root()
	if err == nil {
		err = release.Pin(filepath.Join(s.perm, "trust"), rootKey)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.trust = trust.Open(filepath.Join(s.perm, "trust"), tenant)
	s.flash(parts)
	return s
}

// flash writes parts as an image has them: the root in both slots, the userland
// under its hash.
func (s *ship) flash(parts string) {
	s.t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(parts, name))
		if err != nil {
			s.t.Fatal(err)
		}
		return b
	}
	boot, err := slottest.Open(s.t, s.esp).Open(slot.ContainerFile(slot.A))
	if err == nil {
		_, err = boot.WriteAt(read(artefact.FileBoot), 0)
	}
	for _, id := range []slot.ID{slot.A, slot.B} {
		err = errors.Join(err, os.WriteFile(s.node(id.Partition()), read(artefact.FileRoot), 0o600), os.Truncate(s.node(id.Partition()), slot.SizeRoot))
	}
	var p artefact.Parts
	image := read(artefact.FileUserland)
	name := filepath.Join(s.perm, "userland", fmt.Sprintf("%x", sha256.Sum256(image)))
	err = errors.Join(err, json.Unmarshal(read(artefact.FileParts), &p), os.Mkdir(filepath.Dir(name), 0o755), os.WriteFile(name+".squashfs", image, 0o644),
		os.WriteFile(filepath.Join(s.perm, "userland", "kiosk.json"), p.Userland.Description, 0o644))
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *ship) node(n int) string {
	if n == slot.PartitionESP {
		return s.esp
	}
	return filepath.Join(s.dir, fmt.Sprint("partition-", n))
}

func (s *ship) machine(boot slot.Boot) *update.Machine {
	m := &update.Machine{Boot: boot, Dir: filepath.Join(s.perm, "update"), Userlands: filepath.Join(s.perm, "userland"), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Open: func(n int) (update.Partition, error) { return os.OpenFile(s.node(n), os.O_RDWR, 0) },
		Describe: func(ctx context.Context, name string) (release.Base, error) {
			from := release.HTTP(s.server.Client(), s.server.URL+release.Path)
			if err := s.trust.Refresh(ctx, from, time.Now()); err != nil {
				return release.Base{}, err
			}
			return s.trust.Base(ctx, from, update.Arch, name)
		},
		Source:  func() public.Source { return public.HTTP(s.server.Client(), s.server.URL+release.Path) },
		Metered: func() bool { return false }, Lines: func() []string { return nil }, Now: time.Now,
		Free: func(string) (uint64, error) { return 1 << 40, nil }, Formats: []string{"outbox/1"}}
	m.Start()
	return m
}

// until lets a healthy start work until its machine says so.
func (s *ship) until(m *update.Machine, want wire.BaseStep) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	m.Changed = func() {
		if m.State().State == want {
			cancel()
		}
	}
	m.Want(&wire.Base{Release: "2027.2", Go: "r1"})
	k := update.Keeper{Boot: m.Boot, Node: s.esp, For: time.Millisecond, Every: time.Millisecond, Log: m.Log, Marked: m.Proven,
		Missing: func(context.Context) []string { return nil }}
	kept := make(chan error, 1)
	go func() { kept <- k.Run(ctx) }()
	err := m.Run(ctx)
	<-kept
	if !errors.Is(err, context.Canceled) || m.State().State != want {
		s.t.Fatalf("station = %+v, %v; want %s", m.State(), err, want)
	}
}
