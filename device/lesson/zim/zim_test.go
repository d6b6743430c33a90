package zim_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
)

func small() zimtest.Book {
	return zimtest.Book{Entries: []zimtest.Entry{
		{Namespace: 'C', Path: "accueil.html", Title: "Accueil", Type: "text/html", Content: "<h1>Bonjour</h1>"},
		{Namespace: 'C', Path: "img/é.png", Type: "image/png", Content: "not really a picture"},
		{Namespace: 'C', Path: "vide", Type: "text/plain"},
		{Namespace: 'C', Path: "vieux.html", Title: "Ancien nom", To: "C/accueil.html"},
		{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Petit livre\n"},
		{Namespace: 'W', Path: "mainPage", To: "C/vieux.html"},
	}}
}

func old() zimtest.Book {
	return zimtest.Book{Major: 5, Main: "A/accueil", Entries: []zimtest.Entry{
		{Namespace: 'A', Path: "accueil", Title: "Accueil", Type: "text/html", Content: "<h1>Bonjour</h1>"},
		{Namespace: 'I', Path: "image.png", Type: "image/png", Content: "not really a picture"},
		{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Petit livre"},
	}}
}

func open(raw []byte) (*zim.File, error) {
	return zim.New(bytes.NewReader(raw), int64(len(raw)), zim.Limits{})
}

// contents reads everything as addresses and contents.
func contents(t *testing.T, f *zim.File) map[string]string {
	t.Helper()
	entries, err := f.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	err = f.Walk(t.Context(), entries, func(e zim.Entry, content io.Reader, size int64) error {
		raw, err := io.ReadAll(content)
		if int64(len(raw)) != size {
			t.Errorf("content of %d bytes; want %d", len(raw), size)
		}
		if name, ok := f.Address(e); ok {
			found[name] = string(raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryForm(t *testing.T) {
	for _, c := range []struct {
		name string
		how  byte
		wide bool
	}{{"stored", zimtest.Stored, false}, {"xz", zimtest.XZ, false}, {"zstd", zimtest.Zstd, false}, {"wide", zimtest.Zstd, true}} {
		t.Run(c.name, func(t *testing.T) {
			b := small()
			b.How, b.Wide = c.how, c.wide
			f, err := open(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			got := contents(t, f)
			if got["accueil.html"] != "<h1>Bonjour</h1>" || got["img/é.png"] != "not really a picture" || len(got) != 3 {
				t.Errorf("contents = %v", got)
			}
			main, err := f.Main()
			if err != nil || main.Path != "accueil.html" {
				t.Errorf("Main() = %q, %v; want accueil.html", main.Path, err)
			}
			if title, err := f.Metadata("Title"); title != "Petit livre" || err != nil {
				t.Errorf("Metadata(Title) = %q, %v; want Petit livre", title, err)
			}
		})
	}
}

func TestOldNamespaces(t *testing.T) {
	f, err := open(old().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := contents(t, f)
	if got["A/accueil"] != "<h1>Bonjour</h1>" || got["I/image.png"] == "" || len(got) != 2 {
		t.Errorf("contents = %v", got)
	}
	if main, err := f.Main(); err != nil || main.Path != "accueil" {
		t.Errorf("Main() = %q, %v; want accueil", main.Path, err)
	}
}

// readAll does everything that an import does.
func readAll(t *testing.T, raw []byte, limits zim.Limits) error {
	f, err := zim.New(bytes.NewReader(raw), int64(len(raw)), limits)
	if err != nil {
		return err
	}
	if err := f.Verify(t.Context()); err != nil {
		return err
	}
	entries, err := f.Entries(t.Context())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := zim.CheckPath(e.Path); err != nil {
			return err
		}
		if _, err := f.Follow(e); err != nil {
			return err
		}
	}
	return f.Walk(t.Context(), entries, func(_ zim.Entry, content io.Reader, _ int64) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
}

func TestHostile(t *testing.T) {
	le := binary.LittleEndian
	bent := func(bend func(zimtest.Places, []byte)) []byte {
		b := small()
		b.Bend = bend
		return b.Bytes()
	}
	with := func(entries ...zimtest.Entry) []byte { return zimtest.Book{Entries: entries}.Bytes() }
	page := zimtest.Entry{Namespace: 'C', Path: "p", Type: "text/html", Content: "p"}
	bomb := func(how byte) []byte {
		return zimtest.Book{How: how, Entries: []zimtest.Entry{{Namespace: 'C', Path: "p", Type: "text/plain", Content: strings.Repeat("a", 1<<20)}}}.Bytes()
	}
	whole := small().Bytes()
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"empty", nil, zim.ErrCut},
		{"not a zim", bytes.Repeat([]byte("x"), 200), zim.ErrFormat},
		{"another version", bent(func(_ zimtest.Places, raw []byte) { raw[4] = 9 }), zim.ErrVersion},
		{"cut short", whole[:len(whole)-30], zim.ErrCut},
		{"one byte changed", append(append(bytes.Clone(whole[:90]), whole[90]^1), whole[91:]...), zim.ErrDamaged},
		{"more entries than bytes", bent(func(_ zimtest.Places, raw []byte) { le.PutUint32(raw[24:], 3_000_000) }), zim.ErrCut},
		{"entries without end", bent(func(_ zimtest.Places, raw []byte) { le.PutUint32(raw[24:], 0xfffffff0) }), zim.ErrTooLarge},
		{"more clusters than bytes", bent(func(_ zimtest.Places, raw []byte) { le.PutUint32(raw[28:], 0xfffffff0) }), zim.ErrCut},
		{"list behind the end", bent(func(_ zimtest.Places, raw []byte) { le.PutUint64(raw[32:], 1<<62) }), zim.ErrCut},
		{"list with a sign", bent(func(_ zimtest.Places, raw []byte) { le.PutUint64(raw[48:], ^uint64(7)) }), zim.ErrCut},
		{"lists one over the other", bent(func(p zimtest.Places, raw []byte) { le.PutUint64(raw[48:], uint64(p.Paths+8)) }), zim.ErrOverlap},
		{"cluster at the start of a list", bent(func(p zimtest.Places, raw []byte) { le.PutUint64(raw[p.Clusters:], uint64(p.Paths)) }), zim.ErrOverlap},
		{"cluster behind the end", bent(func(p zimtest.Places, raw []byte) { le.PutUint64(raw[p.Clusters:], uint64(p.Sum)) }), zim.ErrCut},
		{"cluster of an unknown kind", bent(func(p zimtest.Places, raw []byte) { raw[p.Cluster] = 3 }), zim.ErrVersion},
		{"stored cluster said to be zstd", bent(func(p zimtest.Places, raw []byte) { raw[p.Cluster] = 5 }), zim.ErrFormat},
		{"stored cluster said to be xz", bent(func(p zimtest.Places, raw []byte) { raw[p.Cluster] = 4 }), zim.ErrFormat},
		{"blob that reaches into the next list", bent(func(p zimtest.Places, raw []byte) { le.PutUint32(raw[p.Cluster+1+4*4:], 5000) }), zim.ErrCut},
		{"blobs one over the other", bent(func(p zimtest.Places, raw []byte) { le.PutUint32(raw[p.Cluster+1+4*2:], 20) }), zim.ErrOverlap},
		{"no blob", bent(func(p zimtest.Places, raw []byte) { le.PutUint32(raw[p.Cluster+1:], 0) }), zim.ErrCut},
		{"circle of redirects", with(page, zimtest.Entry{Namespace: 'C', Path: "q", To: "C/r"}, zimtest.Entry{Namespace: 'C', Path: "r", To: "C/q"}), zim.ErrCycle},
		{"redirect to itself", with(page, zimtest.Entry{Namespace: 'C', Path: "q", To: "C/q"}), zim.ErrCycle},
		{"redirect to nowhere", with(page, zimtest.Entry{Namespace: 'C', Path: "q", To: "C/none"}), zim.ErrCut},
		{"twice the same path", with(page, page), zim.ErrFormat},
		{"way out", with(zimtest.Entry{Namespace: 'C', Path: "../../etc/passwd", Type: "text/html"}), zim.ErrPath},
		{"way out in the middle", with(zimtest.Entry{Namespace: 'C', Path: "a/../../b", Type: "text/html"}), zim.ErrPath},
		{"absolute path", with(zimtest.Entry{Namespace: 'C', Path: "/etc/passwd", Type: "text/html"}), zim.ErrPath},
		{"path with a line end", with(zimtest.Entry{Namespace: 'C', Path: "a\r\nX: y", Type: "text/html"}), zim.ErrPath},
		{"path that is not UTF-8", with(zimtest.Entry{Namespace: 'C', Path: "a\xff", Type: "text/html"}), zim.ErrPath},
		{"endless path", with(zimtest.Entry{Namespace: 'C', Path: strings.Repeat("a", 70000), Type: "text/html"}), zim.ErrTooLarge},
		{"zstd bomb", bomb(zimtest.Zstd), zim.ErrTooLarge},
		{"xz bomb", bomb(zimtest.XZ), zim.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := readAll(t, c.raw, zim.Limits{Cluster: 64 << 10}); !errors.Is(err, c.want) {
				t.Errorf("read = %v; want %v", err, c.want)
			}
		})
	}
}

// An xz block that asks for a dictionary of 4 GiB is refused before it is made.
func TestGreedyDictionary(t *testing.T) {
	b := small()
	b.How = zimtest.XZ
	b.Bend = func(p zimtest.Places, raw []byte) {
		filter := bytes.Index(raw[p.Cluster:], []byte{0x21, 1})
		raw[p.Cluster+filter+2] = 40
	}
	if err := readAll(t, b.Bytes(), zim.Limits{}); !errors.Is(err, zim.ErrTooLarge) {
		t.Errorf("read = %v; want ErrTooLarge", err)
	}
}

func TestOnlyPlainFiles(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.zim")
	if err := os.WriteFile(name, small().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "b.zim")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{name: nil, link: zim.ErrFormat, dir: zim.ErrFormat, dir + "/none": os.ErrNotExist} {
		f, err := zim.Open(path, zim.Limits{})
		if !errors.Is(err, want) {
			t.Errorf("Open(%s) = %v; want %v", filepath.Base(path), err, want)
		}
		if err == nil {
			f.Close()
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, how := range []byte{zimtest.Stored, zimtest.XZ, zimtest.Zstd} {
		b := small()
		b.How = how
		f.Add(b.Bytes())
	}
	f.Add(old().Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		z, err := zim.New(bytes.NewReader(raw), int64(len(raw)), zim.Limits{Cluster: 1 << 20})
		if err != nil {
			return
		}
		entries, err := z.Entries(t.Context())
		if err != nil {
			return
		}
		for _, e := range entries {
			_, _ = z.Follow(e)
		}
		_, _ = z.Main()
		_, _ = z.Metadata("Title")
		_ = z.Walk(t.Context(), entries, func(_ zim.Entry, content io.Reader, _ int64) error {
			_, err := io.Copy(io.Discard, content)
			return err
		})
	})
}
