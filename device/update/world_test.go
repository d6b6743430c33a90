package update_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// built is a release as files and as what travels.
type built struct {
	release.Base
	boot, root, userland []byte // root without its tree
	tree                 []byte
}

// shop has what stations fetch, as a server would.
type shop struct {
	blobs    map[string][]byte
	releases map[string]*built
	asked    int64                                     // bytes
	away     string                                    // the release that no line leads to
	cut      func(name string, at int64, b []byte) int // how many of the bytes come; nil: all
}

func newShop() *shop { return &shop{blobs: map[string][]byte{}, releases: map[string]*built{}} }

// Open implements [public.Source].
func (s *shop) Open(_ context.Context, name string, from, n int64) (io.ReadCloser, error) {
	b, ok := s.blobs[strings.TrimPrefix(name, "blobs/")]
	if !ok || from+n > int64(len(b)) {
		return nil, errors.New("no such bytes")
	}
	b = b[from : from+n]
	if s.cut != nil {
		b = b[:s.cut(name, from, b)]
	}
	s.asked += int64(len(b))
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (s *shop) describe(_ context.Context, name string) (release.Base, error) {
	if name == s.away {
		return release.Base{}, errors.New("no line")
	}
	if r, ok := s.releases[name]; ok {
		return r.Base, nil
	}
	return release.Base{}, release.ErrNotFound
}

// knows is what the fleet lists of a release: the zero value for none.
func (s *shop) knows(name string) release.Base {
	b, _ := s.describe(context.Background(), name)
	return b
}

func (s *shop) open(p release.Part) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.blobs[p.SHA256])), nil
}

func (s *shop) put(b []byte) release.Part {
	p := partOf(b)
	s.blobs[p.SHA256] = b
	return p
}

func partOf(b []byte) release.Part {
	return release.Part{SHA256: fmt.Sprintf("%x", sha256.Sum256(b)), Size: int64(len(b))}
}

func noise(seed uint64, n int) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// chunkSize cuts the files of tests: where does not matter to a station.
const chunkSize = 8 << 10

// bundle cuts files as their maker does.
func (s *shop) bundle(t testing.TB, names []string, files ...[]byte) release.Bundle {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var x release.Index
	var pack []byte
	seen := map[release.Sum]release.Chunk{}
	for i, f := range files {
		c := release.Content{Name: names[i]}
		for len(f) > 0 {
			b := f[:min(chunkSize, len(f))]
			f = f[len(b):]
			chunk, ok := seen[sha256.Sum256(b)]
			if !ok {
				packed := z.EncodeAll(b, nil)
				chunk = release.Chunk{Sum: sha256.Sum256(b), Size: int64(len(b)), At: int64(len(pack)), Packed: int64(len(packed))}
				pack = append(pack, packed...)
				seen[chunk.Sum] = chunk
			}
			c.Chunks = append(c.Chunks, chunk)
		}
		x = append(x, c)
	}
	return release.Bundle{Index: s.put(x.Encode()), Pack: s.put(pack)}
}

// make makes a release out of contents, which its predecessor may share.
func (s *shop) make(t testing.TB, name string, root, userland []byte, from ...*built) *built {
	t.Helper()
	salt := noise(99, 32)
	v, tree, err := slot.Seal(bytes.NewReader(root), salt, slot.GUID(salt[:16]))
	if err != nil {
		t.Fatal(err)
	}
	r := &built{boot: container(t, name, v, userland), root: root, tree: tree, userland: userland}
	r.Base = release.Base{V: 1, Release: name, Arch: update.Arch, Boot: partOf(r.boot), Root: partOf(append(bytes.Clone(root), tree...)), Verity: v,
		Formats: []release.Format{{Name: "outbox", Oldest: 1, Newest: 1, Writes: 1}},
		Bundle:  s.bundle(t, []string{release.ContentBoot, release.ContentRoot}, r.boot, root)}
	for _, old := range from {
		r.From = append(r.From, s.ancestor(t, old, r))
	}
	if userland != nil {
		u := partOf(userland)
		r.Userland = &release.Userland{Root: u.SHA256, File: u, Bundle: s.bundle(t, []string{release.ContentUserland}, userland),
			Description: fmt.Appendf(nil, `{"root":%q,"sha256":%q}`, u.SHA256, u.SHA256)}
		for _, old := range from {
			if old.Userland != nil {
				r.Userland.From = append(r.Userland.From, release.Ancestor{Of: old.Userland.Root, Index: old.Userland.Index})
			}
		}
	}
	s.releases[name] = r
	return r
}

// ancestor makes one patch of everything from the first difference of the roots
// on, as long as that is.
func (s *shop) ancestor(t testing.TB, old, now *built) release.Ancestor {
	t.Helper()
	a := release.Ancestor{Of: old.Verity.Hash, Index: old.Index}
	at := 0
	for at < min(len(old.root), len(now.root)) && old.root[at] == now.root[at] {
		at++
	}
	at = at / chunkSize * chunkSize
	z, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(0, old.root), zstd.WithWindowSize(8<<20), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	frame := z.EncodeAll(now.root[at:], nil)
	a.Frames = s.put(frame)
	a.Patches = s.put(release.Patches{{Name: release.ContentRoot, At: int64(at), Size: int64(len(now.root) - at),
		Source: int64(len(old.root)), Packed: int64(len(frame))}}.Encode())
	return a
}

// container is a kernel container whose kernel is a few bytes.
func container(t testing.TB, name string, v slot.Verity, userland []byte) []byte {
	t.Helper()
	named := ""
	if userland != nil {
		named = partOf(userland).SHA256
	}
	about, err := slot.Describe(slot.Release{Name: name, Kernel: "6.12", Arch: update.Arch, Root: v, Userland: named})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	content := func(name string, c []byte) slot.Content {
		return slot.Content{Name: name, Size: int64(len(c)), Data: bytes.NewReader(c)}
	}
	_, err = slot.WriteContainer(&b, []slot.Content{content(slot.ContainerKernel, noise(7, 20<<10)), content(slot.ContainerInitrd, append(about, noise(8, 9<<10)...)),
		content(slot.ContainerCommand, slot.Command("quiet"))})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// station is a machine with its disk and its folders.
type station struct {
	clock *time.Time // nil: a day of 2027
	*update.Machine
	t    testing.TB
	disk *disk
	shop *shop
	perm string
	log  *slog.Logger
}

// family is three releases in a row: most of their roots is the same.
func family(t testing.TB) (s *shop, v0, v1, v2 *built) {
	s = newShop()
	root := noise(2, 192<<10)
	v0 = s.make(t, "v0", noise(3, 64<<10), nil)
	v1 = s.make(t, "v1", root, noise(4, 96<<10), v0)
	next := bytes.Clone(root)
	copy(next[100<<10:], "a new program")
	copy(next[150<<10:], noise(5, 24<<10))
	v2 = s.make(t, "v2", append(next, noise(6, 8<<10)...), append(bytes.Clone(v1.userland), noise(9, 16<<10)...), v1, v0)
	return s, v0, v1, v2
}

// newStation runs v1 from slot a; slot b has what came before.
func newStation(t testing.TB, s *shop, v0, v1 *built) *station {
	t.Helper()
	return newStationOn(t, s, v0, v1, slottest.ESP(t))
}

func newStationOn(t testing.TB, s *shop, v0, v1 *built, esp string) *station {
	t.Helper()
	d := newDisk(t, esp)
	st := &station{t: t, disk: d, shop: s, perm: t.TempDir(), log: slog.New(slog.DiscardHandler)}
	if err := os.MkdirAll(filepath.Join(st.perm, "userland"), 0o755); err != nil {
		t.Fatal(err)
	}
	st.flash(slot.A, v1)
	st.flash(slot.B, v0)
	name := filepath.Join(st.perm, "userland", v1.Userland.File.SHA256)
	if err := errors.Join(os.WriteFile(name+".squashfs", v1.userland, 0o644), os.WriteFile(name+".json", v1.Userland.Description, 0o644)); err != nil {
		t.Fatal(err)
	}
	return st
}

func (st *station) flash(id slot.ID, b *built) {
	st.t.Helper()
	esp, err := slot.OpenESP(st.disk.part(slot.PartitionESP))
	if err != nil {
		st.t.Fatal(err)
	}
	f, err := esp.Open(slot.ContainerFile(id))
	if err != nil {
		st.t.Fatal(err)
	}
	_, err = f.WriteAt(b.boot, 0)
	_, err2 := st.disk.part(id.Partition()).WriteAt(append(bytes.Clone(b.root), b.tree...), 0)
	if err := errors.Join(err, err2, st.disk.sync()); err != nil {
		st.t.Fatal(err)
	}
}

func (st *station) env() slot.Env {
	st.t.Helper()
	env, _, err := slot.ReadEnv(st.esp())
	if err != nil {
		st.t.Fatal(err)
	}
	return env
}

func (st *station) esp() *slot.ESP {
	st.t.Helper()
	esp, err := slot.OpenESP(st.disk.part(slot.PartitionESP))
	if err != nil {
		st.t.Fatal(err)
	}
	return esp
}

func (st *station) now() time.Time {
	if st.clock != nil {
		return *st.clock
	}
	return time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
}

// start makes the machine of a start; want is what its fleet says.
func (st *station) start(boot slot.Boot) {
	st.Machine = &update.Machine{Boot: boot, Dir: filepath.Join(st.perm, "update"), Userlands: filepath.Join(st.perm, "userland"), Log: st.log,
		Open:     func(n int) (update.Partition, error) { return st.disk.part(n), nil },
		Describe: st.shop.describe, Source: func() public.Source { return st.shop },
		Metered: func() bool { return false }, Lines: func() []string { return []string{"wired"} },
		Free: func(string) (uint64, error) { return 1 << 40, nil }, Formats: []string{"outbox/1"},
		Now:     st.now,
		Restart: func(context.Context) error { return nil }}
	st.Machine.Start()
}

// whole reports which release a slot holds, whole as the loader, the first
// program and the kernel want it; "" for none.
func (st *station) whole(id slot.ID) string {
	f, err := st.esp().Open(slot.ContainerFile(id))
	if err != nil {
		return ""
	}
	c, err := slot.OpenContainer(f)
	if err != nil {
		return ""
	}
	initrd, err := c.Open(slot.ContainerInitrd)
	if err != nil {
		return ""
	}
	about, err := slot.ReadRelease(initrd)
	if err != nil {
		return ""
	}
	b := st.shop.releases[about.Name]
	for _, want := range []struct {
		from io.ReaderAt
		b    []byte
	}{{f, b.boot}, {st.disk.part(id.Partition()), append(bytes.Clone(b.root), b.tree...)}} {
		got := make([]byte, len(want.b))
		if _, err := want.from.ReadAt(got, 0); err != nil || !bytes.Equal(got, want.b) {
			return ""
		}
	}
	return about.Name
}

func wanted(name, attempt string) *wire.Base { return &wire.Base{Release: name, Go: attempt} }
