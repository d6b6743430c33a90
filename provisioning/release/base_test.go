package release_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// keyOf reads a key that Init made.
func keyOf(t testing.TB, dir, name string) ed25519.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(ed25519.PrivateKey)
}

func part(content string) release.Part {
	return release.Part{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(content))), Size: int64(len(content))}
}

// described is a release whose parts are a few bytes.
func described(name string) release.Base {
	v := slot.Verity{Algorithm: "sha256", Blocks: 2, Salt: strings.Repeat("ab", 32), Hash: strings.Repeat("cd", 32)}
	return release.Base{V: 1, Release: name, Arch: "amd64", Made: start, Notes: "Notes de " + name, Boot: part("boot " + name),
		Root: release.Part{SHA256: part("root " + name).SHA256, Size: v.Size()}, Verity: v,
		Bundle: release.Bundle{Index: part("index " + name), Pack: part("pack " + name)}}
}

// put gives the repository the parts that described names.
func (f *fleet) put(t *testing.T, name string) {
	t.Helper()
	for _, content := range []string{"index " + name, "pack " + name} {
		if err := f.PutBlob(part(content), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
}

// signBase signs a list of one release more with a key of the repository.
func (f *fleet) signBase(t *testing.T, key ed25519.PrivateKey, releases ...string) ([]byte, map[string][]byte) {
	t.Helper()
	f.now = f.now.Add(time.Minute)
	list, err := f.BaseList()
	if err != nil {
		t.Fatal(err)
	}
	var add []release.Base
	for _, name := range releases {
		add = append(add, described(name))
	}
	raw, contents, err := release.SignBase(list, key, add, nil, f.now)
	if err != nil {
		t.Fatal(err)
	}
	return raw, contents
}

func (f *fleet) baseKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	return keyOf(t, filepath.Join(f.dir, "offline"), "base")
}

func (f *fleet) release(t *testing.T, name string) {
	t.Helper()
	f.put(t, name)
	if err := f.Adopt(f.signBase(t, f.baseKey(t), name)); err != nil {
		t.Fatal(err)
	}
}

func TestABaseReleaseReachesAStation(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	f.release(t, "2027.3.1")
	f.release(t, "2027.3.2")
	refresh(t, c, f.fetch(), f.now)
	for _, name := range []string{"2027.3.1", "2027.3.2"} {
		target := release.BaseTarget("amd64", name)
		if _, err := open(t, dir).Read(target); !errors.Is(err, release.ErrNotFound) {
			t.Errorf("Read(%s) before it was wanted = %v; want ErrNotFound", target, err)
		}
		content, err := c.Bring(t.Context(), f.fetch(), target)
		if err != nil {
			t.Fatal(err)
		}
		got, err := release.ParseBase(content)
		if err != nil || got.Release != name || got.Pack != part("pack "+name) {
			t.Errorf("ParseBase = %+v, %v; want %s", got, err, name)
		}
		if _, err := open(t, dir).Read(target); err != nil {
			t.Errorf("Read(%s) from the disk = %v; want it", target, err)
		}
	}
	checkRead(t, c, keyset, "keys")
}

func TestARetiredReleaseIsGone(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.release(t, "1")
	f.release(t, "2")
	list, err := f.BaseList()
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(time.Minute)
	raw, contents, err := release.SignBase(list, f.baseKey(t), nil, []string{release.BaseTarget("amd64", "1")}, f.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Adopt(raw, contents); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	if got := c.Targets("base/"); !slices.Equal(got, []string{"base/amd64/2.json"}) {
		t.Errorf("Targets = %v; want the second release", got)
	}
	old := time.Now().Add(-30 * day)
	walk(t, f.public(), func(name string) { _ = os.Chtimes(name, old, old) })
	f.now = time.Now()
	if err := f.Refresh(); err != nil {
		t.Fatal(err)
	}
	if f.HasBlob(part("pack 1")) || !f.HasBlob(part("pack 2")) {
		t.Error("parts after a month: want those of the second release alone")
	}
}

// What the base role brings is refused unless its own key signed it, whole, in
// its place; the server finds out before any station could.
func TestAdoptRefuses(t *testing.T) {
	tests := []struct {
		name string
		list func(t *testing.T, f *fleet) ([]byte, map[string][]byte)
		want error
	}{
		{"the online key of a tenant", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			return f.signBase(t, keyOf(t, filepath.Join(f.dir, "online"), "tenant-nancy"), "3")
		}, release.ErrUntrusted},
		{"a key of the snapshot", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			return f.signBase(t, keyOf(t, filepath.Join(f.dir, "online"), "snapshot"), "3")
		}, release.ErrUntrusted},
		{"an older list", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			list, err := f.BaseList()
			if err != nil {
				t.Fatal(err)
			}
			return list, nil
		}, release.ErrStale},
		{"two lists from one", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			list, contents := f.signBase(t, f.baseKey(t), "3")
			f.release(t, "4")
			var m map[string]any
			_ = json.Unmarshal(list, &m)
			return list, contents
		}, release.ErrStale},
		{"parts that are not there", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			return f.signBase(t, f.baseKey(t), "5")
		}, release.ErrMissing},
		{"no description", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			list, _ := f.signBase(t, f.baseKey(t), "3")
			return list, nil
		}, release.ErrMissing},
		{"another description", func(t *testing.T, f *fleet) ([]byte, map[string][]byte) {
			list, contents := f.signBase(t, f.baseKey(t), "3")
			for name, c := range contents {
				contents[name] = bytes.Replace(c, []byte("Notes"), []byte("Autre"), 1)
			}
			return list, contents
		}, release.ErrMismatch},
		{"no list", func(*testing.T, *fleet) ([]byte, map[string][]byte) { return []byte("{}"), nil }, release.ErrUntrusted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFleet(t)
			f.put(t, "3")
			f.release(t, "1")
			before := f.files(t)
			list, contents := tt.list(t, f)
			if err := f.Adopt(list, contents); !errors.Is(err, tt.want) {
				t.Errorf("Adopt = %v; want %v", err, tt.want)
			}
			if tt.name != "two lists from one" && !maps.EqualFunc(before, f.files(t), bytes.Equal) {
				t.Error("public files changed; want them as they were")
			}
		})
	}
}

// A base list that expires, or that somebody altered on the way, keeps no pass
// from being checked: it is left out, and said to be.
func TestABadBaseListHoldsNothingUp(t *testing.T) {
	f := newFleet(t)
	f.release(t, "1")
	before := f.files(t)
	f.release(t, "2")
	f.publish(t, map[string]string{keyset: "keys"})
	after := f.files(t)
	list := find(t, after, before, ".base.json")
	older := find(t, before, nil, ".base.json")
	tests := []struct {
		name  string
		files map[string][]byte
		now   time.Duration
		want  error
	}{
		{"altered", map[string][]byte{list: bytes.Replace(after[list], []byte("amd64"), []byte("arm64"), 1)}, 0, release.ErrMismatch},
		{"an older one in its place", map[string][]byte{list: before[older]}, 0, release.ErrMismatch},
		{"cut short", map[string][]byte{list: after[list][:100]}, 0, release.ErrMismatch},
		{"endless", map[string][]byte{list: make([]byte, 5<<20)}, 0, release.ErrTooLarge},
		{"expired", nil, 2*365*day - time.Hour, release.ErrExpired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := f.newStation(t)
			now := f.now
			if tt.now > 0 {
				f.now = f.now.Add(2 * 365 * day)
				if err := f.Refresh(); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Refresh(t.Context(), altered{f.fetch(), tt.files}, now.Add(tt.now+time.Hour*24)); err != nil {
				t.Fatalf("Refresh = %v; want passes to be brought", err)
			}
			checkRead(t, c, keyset, "keys")
			if err := c.BaseProblem(); !errors.Is(err, tt.want) {
				t.Errorf("BaseProblem = %v; want %v", err, tt.want)
			}
			if got := c.Targets("base/"); len(got) > 0 {
				t.Errorf("Targets = %v; want none", got)
			}
		})
	}
}

// A station that was enrolled before there were base releases goes on, and so
// does its fleet: the next ceremony brings the role.
func TestFromBeforeBaseReleases(t *testing.T) {
	f := newFleet(t)
	if err := f.ForgetBase(); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys")
	if _, err := f.BaseList(); !errors.Is(err, release.ErrNotFound) {
		t.Errorf("BaseList = %v; want ErrNotFound", err)
	}
	if err := f.Ceremony(); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	f.release(t, "1")
	refresh(t, open(t, dir), f.fetch(), f.now)
	if got := open(t, dir).Targets("base/"); len(got) != 1 {
		t.Errorf("Targets = %v; want the release", got)
	}
}

func TestPutBlobRefusesOtherContent(t *testing.T) {
	f := newFleet(t)
	for _, content := range []string{"part", "parts are longer", "patt!"} {
		if err := f.PutBlob(part("parts"), strings.NewReader(content)); !errors.Is(err, release.ErrMismatch) {
			t.Errorf("PutBlob(%q) = %v; want ErrMismatch", content, err)
		}
	}
	if entries, _ := os.ReadDir(filepath.Join(f.public(), "blobs")); len(entries) > 0 {
		t.Errorf("blobs = %v; want none", entries)
	}
}

// Stations of every tenant fetch base releases; a blob by its range too.
func TestBaseReleasesAreServed(t *testing.T) {
	f := newFleet(t)
	f.release(t, "1")
	s := httptest.NewServer(f.Handler(func(*http.Request) (wire.Tenant, error) { return metz, nil }))
	defer s.Close()
	q, err := http.NewRequest(http.MethodGet, s.URL+"/"+release.BlobName(part("pack 1")), nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Range", "bytes=2-3")
	a, err := s.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(a.Body); err != nil || a.StatusCode != http.StatusPartialContent || b.String() != "ck" {
		t.Errorf("a range of a blob = %d %q, %v; want 206 and its bytes", a.StatusCode, b.String(), err)
	}
	for _, name := range []string{"blobs/", "blobs/..", "targets/base/amd64/x.json", "offline/base.pem", "blobs/.new-1"} {
		if a, err := s.Client().Get(s.URL + "/" + name); err != nil || a.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %v, %v; want 404", name, a.StatusCode, err)
		}
	}
}

func TestParseBaseRefuses(t *testing.T) {
	good := described("1")
	tests := []struct {
		name  string
		spoil func(*release.Base)
	}{
		{"no version", func(b *release.Base) { b.V = 0 }},
		{"a path for a name", func(b *release.Base) { b.Release = "../1" }},
		{"a root over its partition", func(b *release.Base) { b.Root.Size = slot.SizeRoot + 1 }},
		{"a root that is not what its tree says", func(b *release.Base) { b.Root.Size++ }},
		{"a container over its file", func(b *release.Base) { b.Boot.Size = slot.SizeContainer + 1 }},
		{"no pack", func(b *release.Base) { b.Pack = release.Part{} }},
		{"patches without frames", func(b *release.Base) {
			b.From = []release.Ancestor{{Of: good.Boot.SHA256, Index: good.Index, Patches: good.Index}}
		}},
		{"a format that it does not read itself", func(b *release.Base) {
			b.Formats = []release.Format{{Name: "outbox", Oldest: 1, Newest: 1, Writes: 2}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := described("1")
			tt.spoil(&b)
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := release.ParseBase(text); !errors.Is(err, release.ErrUntrusted) {
				t.Errorf("ParseBase = %v; want ErrUntrusted", err)
			}
		})
	}
}

func TestBasesAreWhatIsOffered(t *testing.T) {
	f := newFleet(t)
	f.release(t, "2")
	f.release(t, "1")
	bases, err := f.Bases()
	if err != nil || len(bases) != 2 || bases[0].Release != "1" || bases[1].Notes != "Notes de 2" {
		t.Fatalf("Bases = %+v, %v; want 1 and 2", bases, err)
	}
	blob, err := f.OpenBlob(bases[1].Pack)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	content := make([]byte, 16)
	if n, _ := blob.Read(content); string(content[:n]) != "pack 2" {
		t.Errorf("OpenBlob = %q; want %q", content[:n], "pack 2")
	}
	for _, p := range []release.Part{part("nowhere"), {SHA256: "../../timestamp.json", Size: 1}} {
		if _, err := f.OpenBlob(p); !errors.Is(err, release.ErrNotFound) {
			t.Errorf("OpenBlob(%v) = %v; want ErrNotFound", p, err)
		}
	}
}
