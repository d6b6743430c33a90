package artefact_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// noise is content that does not compress, the same each time.
func noise(seed uint64, n int) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(seed, 0))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// edited is an earlier content with something inserted, something changed and
// something gone: what a new program does to a root.
func edited(b []byte) []byte {
	next := append(bytes.Clone(b[:700<<10]), noise(9, 10<<10)...)
	next = append(next, b[900<<10:]...)
	for i := range 40 {
		next[1500<<10+i*977] ^= 0xff
	}
	return next[:len(next)/slot.BlockSize*slot.BlockSize]
}

// container is a kernel container of a release.
func container(t *testing.T, name string, v slot.Verity, userland string, kernel []byte) []byte {
	t.Helper()
	about, err := slot.Describe(slot.Release{Name: name, Kernel: "6.12", Arch: "amd64", Root: v, Userland: userland})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, err = slot.WriteContainer(&b, []slot.Content{{Name: slot.ContainerKernel, Size: int64(len(kernel)), Data: bytes.NewReader(kernel)},
		{Name: slot.ContainerInitrd, Size: int64(len(about)), Data: bytes.NewReader(about)}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type contents struct{ boot, root, userland []byte }

func leave(t *testing.T, name string, c contents) string {
	t.Helper()
	dir := t.TempDir()
	salt := bytes.Repeat([]byte{7}, 32)
	v, tree, err := slot.Seal(bytes.NewReader(c.root), salt, slot.GUID(salt[:16]))
	if err != nil {
		t.Fatal(err)
	}
	userland := fmt.Sprintf("%x", sha256.Sum256(c.userland))
	p := artefact.Parts{Release: name, Arch: "amd64", Made: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), Verity: v,
		Userland: &artefact.Userland{Root: userland, Description: json.RawMessage(`{"name":"kiosk"}`)}}
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{artefact.FileBoot: container(t, name, v, userland, c.boot), artefact.FileRoot: append(bytes.Clone(c.root), tree...),
		artefact.FileUserland: c.userland, artefact.FileSBOM: []byte("{}")} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// made is what Make left.
type made struct {
	release.Base
	dir string
}

func (m made) blob(t *testing.T, p release.Part) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(m.dir, artefact.FolderBlobs, p.SHA256))
	if err != nil || int64(len(b)) != p.Size || fmt.Sprintf("%x", sha256.Sum256(b)) != p.SHA256 {
		t.Fatalf("blob %s: %d bytes, %v; want what it is named", p.SHA256, len(b), err)
	}
	return b
}

func (m made) index(t *testing.T, p release.Part) release.Index {
	t.Helper()
	x, err := release.ParseIndex(m.blob(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// whole undoes chunks.
func (m made) whole(t *testing.T, b release.Bundle, name string) []byte {
	t.Helper()
	pack := m.blob(t, b.Pack)
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var all []byte
	for _, c := range m.index(t, b.Index).Find(name).Chunks {
		if all, err = z.DecodeAll(pack[c.At:c.At+c.Packed], all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func build(t *testing.T) (was, now contents, m made) {
	t.Helper()
	was = contents{noise(1, 300<<10), noise(2, 3<<20), noise(3, 2<<20)}
	now = contents{was.boot, edited(was.root), edited(was.userland)}
	old := leave(t, "1", was)
	m.dir = filepath.Join(t.TempDir(), "out")
	var err error
	if m.Base, err = artefact.Make(t.Context(), artefact.Order{Parts: leave(t, "2", now), From: []string{old}, Out: m.dir, Notes: "Nouveau."}); err != nil {
		t.Fatal(err)
	}
	return was, now, m
}

func TestChunksMakeTheFiles(t *testing.T) {
	_, now, m := build(t)
	for name, want := range map[string][]byte{release.ContentBoot: container(t, "2", m.Verity, m.Userland.Root, now.boot), release.ContentRoot: now.root} {
		if got := m.whole(t, m.Bundle, name); !bytes.Equal(got, want) {
			t.Errorf("%s = %d bytes; want the %d of the part", name, len(got), len(want))
		}
	}
	if got := m.whole(t, m.Userland.Bundle, release.ContentUserland); !bytes.Equal(got, now.userland) {
		t.Errorf("userland = %d bytes; want the part", len(got))
	}
	if m.Data() != int64(len(now.root)) || m.Root.Size <= m.Data() {
		t.Errorf("root = %d of %d bytes; want data and tree", m.Data(), m.Root.Size)
	}
}

// Patches make what is new, at a price far below that of its chunks.
func TestPatchesMakeWhatIsNew(t *testing.T) {
	was, now, m := build(t)
	cases := []struct {
		name      string
		bundle    release.Bundle
		old, next []byte
	}{{release.ContentRoot, m.Bundle, was.root, now.root}, {release.ContentUserland, m.Userland.Bundle, was.userland, now.userland}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := c.bundle.From[0]
			frames := m.blob(t, a.Frames) // of all files of the bundle
			list, err := release.ParsePatches(m.blob(t, a.Patches))
			if err != nil || len(list) == 0 {
				t.Fatalf("patches = %v, %v; want some", list, err)
			}
			list = slices.DeleteFunc(list, func(p release.Patch) bool { return p.Name != c.name })
			known := map[release.Sum]bool{}
			for _, chunk := range m.index(t, a.Index).Find(c.name).Chunks {
				known[chunk.Sum] = true
			}
			got := c.next
			for _, p := range list {
				z, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(0, c.old[p.Old:p.Old+p.Source]))
				if err != nil {
					t.Fatal(err)
				}
				made, err := z.DecodeAll(frames[p.Frame:p.Frame+p.Packed], nil)
				z.Close()
				if err != nil || !bytes.Equal(made, c.next[p.At:p.At+p.Size]) {
					t.Fatalf("patch at %d makes %d bytes, %v; want the new file's", p.At, len(made), err)
				}
			}
			left, at := 0, int64(0)
			for _, chunk := range m.index(t, c.bundle.Index).Find(c.name).Chunks {
				if !known[chunk.Sum] && !covered(list, at) {
					left++
				}
				at += chunk.Size
			}
			if left > 0 || len(frames) > 60<<10 {
				t.Errorf("%d new chunks without a patch, %d bytes of frames for %d bytes; want all, in little", left, len(frames), len(got))
			}
		})
	}
}

func covered(list release.Patches, at int64) bool {
	for _, p := range list {
		if p.At <= at && at < p.At+p.Size {
			return true
		}
	}
	return false
}

func TestEqualPartsMakeEqualBytes(t *testing.T) {
	_, _, a := build(t)
	_, _, b := build(t)
	x, _ := a.Encode()
	y, _ := b.Encode()
	if !bytes.Equal(x, y) {
		t.Errorf("two builds differ:\n%s\n%s", x, y)
	}
}

func TestNoParts(t *testing.T) {
	dir := t.TempDir()
	if _, err := artefact.Make(t.Context(), artefact.Order{Parts: dir, Out: t.TempDir()}); !errors.Is(err, artefact.ErrParts) {
		t.Errorf("Make of an empty folder = %v; want ErrParts", err)
	}
	mixed := leave(t, "1", contents{noise(1, 100), noise(2, 64<<10), noise(3, 100)})
	other := leave(t, "2", contents{noise(1, 100), noise(2, 64<<10), noise(3, 100)})
	boot, err := os.ReadFile(filepath.Join(other, artefact.FileBoot))
	if err == nil {
		err = os.WriteFile(filepath.Join(mixed, artefact.FileBoot), boot, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := artefact.Make(t.Context(), artefact.Order{Parts: mixed, Out: t.TempDir()}); !errors.Is(err, artefact.ErrParts) {
		t.Errorf("Make with another release's kernel = %v; want ErrParts", err)
	}
}

// A station keeps the userland that its container names: one that the release
// does not bring would leave it without a browser.
func TestAContainerNamesTheUserlandThatComesWithIt(t *testing.T) {
	for name, userland := range map[string]string{"another": strings.Repeat("ab", 32), "none": ""} {
		t.Run(name, func(t *testing.T) {
			dir := leave(t, "2027.1", contents{boot: noise(1, 1<<16), root: noise(2, 1<<18), userland: noise(3, 1<<16)})
			p, err := artefact.ReadParts(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, artefact.FileBoot), container(t, "2027.1", p.Verity, userland, noise(1, 1<<16)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := artefact.Make(t.Context(), artefact.Order{Parts: dir, Out: t.TempDir()}); !errors.Is(err, artefact.ErrParts) {
				t.Errorf("Make = %v; want ErrParts", err)
			}
		})
	}
}
