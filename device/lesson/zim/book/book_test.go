package book_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
)

var page = strings.Repeat("<p>Une pomme, une poire.</p>", 40)

func small() zimtest.Book {
	return zimtest.Book{How: zimtest.Zstd, Entries: []zimtest.Entry{
		{Namespace: 'C', Path: "accueil.html", Title: "Accueil", Type: "text/html", Content: "<title>Accueil</title><script>alert(1)</script>" + page},
		{Namespace: 'C', Path: "a?b&c.html", Title: "Question", Type: "text/html;charset=utf-8", Content: `<a href="https://example.org/">ailleurs</a> cerise`},
		{Namespace: 'C', Path: "image.png", Type: "image/png", Content: "pixels"},
		{Namespace: 'C', Path: "copie.png", Type: "image/png", Content: "pixels"},
		{Namespace: 'C', Path: "ancien", Title: "Bigarreau", To: "C/a?b&c.html"},
		{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les fruits"},
		{Namespace: 'M', Path: "Language", Type: "text/plain", Content: "fra,eng"},
		{Namespace: 'M', Path: "License", Type: "text/plain", Content: "CC BY-SA"},
		{Namespace: 'W', Path: "mainPage", To: "C/accueil.html"},
	}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// source writes a ZIM to the disk.
func source(t testing.TB, raw []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "source.zim")
	must(t, os.WriteFile(name, raw, 0o600))
	return name
}

func imported(t testing.TB, raw []byte) (*book.Book, importer.Report, string) {
	t.Helper()
	dir := t.TempDir()
	r, err := book.Importer{}.Import(t.Context(), source(t, raw), dir)
	must(t, err)
	name := filepath.Join(dir, r.Made[0])
	b, err := book.Open(name)
	must(t, err)
	t.Cleanup(func() { b.Close() })
	return b, r, name
}

func content(t *testing.T, b *book.Book, path string) (string, book.Entry) {
	t.Helper()
	e, err := b.Find(path)
	must(t, err)
	e, err = b.Target(e)
	must(t, err)
	r, err := b.Content(e)
	must(t, err)
	raw, err := io.ReadAll(r)
	must(t, err)
	return string(raw), e
}

func TestABookGivesBackWhatItWasGiven(t *testing.T) {
	b, r, _ := imported(t, small().Bytes())
	if r.Title != "Les fruits" || r.Pages != 2 || r.Other != 2 || r.Remote != 1 {
		t.Errorf("report = %+v; want 2 pages, 2 others, 1 link that leads away", r)
	}
	if b.Meta.Language != "fr" || b.Meta.Licence != "CC BY-SA" || b.Meta.Title != "Les fruits" {
		t.Errorf("meta = %+v", b.Meta)
	}
	for _, e := range small().Entries {
		if e.Namespace != 'C' || e.To != "" {
			continue
		}
		if got, _ := content(t, b, e.Path); got != e.Content {
			t.Errorf("content of %s = %q; want %q", e.Path, got, e.Content)
		}
	}
	if _, e := content(t, b, "ancien"); e.Path != "a?b&c.html" {
		t.Errorf("ancien leads to %q; want a?b&c.html", e.Path)
	}
	if _, err := b.Find("rien"); !errors.Is(err, book.ErrNotFound) {
		t.Errorf("Find(rien) = %v; want ErrNotFound", err)
	}
	if e, err := b.Main(); err != nil || e.Path != "accueil.html" {
		t.Errorf("Main() = %q, %v; want accueil.html", e.Path, err)
	}
}

func TestAFrameIsOneThatBrowsersRead(t *testing.T) {
	b, _, _ := imported(t, small().Bytes())
	e, err := b.Find("accueil.html")
	must(t, err)
	if !e.Packed || e.Stored >= e.Size {
		t.Fatalf("accueil.html is stored in %d of %d bytes; want a frame", e.Stored, e.Size)
	}
	raw, err := io.ReadAll(b.Raw(e))
	must(t, err)
	var h zstd.Header
	must(t, h.Decode(raw))
	if h.WindowSize > 8<<20 || !h.HasCheckSum {
		t.Errorf("frame with a window of %d, checksum %v; want at most 8 MiB, and a checksum", h.WindowSize, h.HasCheckSum)
	}
}

func TestSearchInABook(t *testing.T) {
	b, _, _ := imported(t, small().Bytes())
	for text, want := range map[string]string{"POMMES": "accueil.html", "bigarreau": "a?b&c.html", "cerises": "a?b&c.html", "alert": ""} {
		hits, err := b.Search(text, 5)
		must(t, err)
		got := ""
		if len(hits) > 0 {
			got = hits[0].Path
		}
		if got != want {
			t.Errorf("Search(%q) = %q; want %q", text, got, want)
		}
	}
}

// The name of a book is the hash of its bytes, and the same ZIM gives the same.
func TestTheSameBookEachTime(t *testing.T) {
	_, one, _ := imported(t, small().Bytes())
	_, two, _ := imported(t, small().Bytes())
	if one.Made[0] != two.Made[0] {
		t.Errorf("two imports made %s and %s", one.Made[0], two.Made[0])
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestHostilePacksLeaveNothing(t *testing.T) {
	entry := func(e ...zimtest.Entry) []byte { return zimtest.Book{Entries: e}.Bytes() }
	whole := small().Bytes()
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"cut short", whole[:len(whole)/2], zim.ErrCut},
		{"one bit", append(bytes.Clone(whole[:len(whole)-40]), append([]byte{whole[len(whole)-40] ^ 1}, whole[len(whole)-39:]...)...), zim.ErrDamaged},
		{"way out", entry(zimtest.Entry{Namespace: 'C', Path: "../../x", Type: "text/html", Content: "x"}), zim.ErrPath},
		{"way out by a redirect", entry(zimtest.Entry{Namespace: 'C', Path: "x", Type: "text/html"}, zimtest.Entry{Namespace: 'C', Path: "a/../../x", To: "C/x"}), zim.ErrPath},
		{"circle", entry(zimtest.Entry{Namespace: 'C', Path: "x", To: "C/y"}, zimtest.Entry{Namespace: 'C', Path: "y", To: "C/x"}), zim.ErrCycle},
		{"bomb", zimtest.Book{How: zimtest.Zstd, Entries: []zimtest.Entry{{Namespace: 'C', Path: "x", Type: "text/html", Content: strings.Repeat("a", 2<<20)}}}.Bytes(), zim.ErrTooLarge},
		{"no page", entry(zimtest.Entry{Namespace: 'C', Path: "x.png", Type: "image/png", Content: "x"}), importer.ErrNothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := book.Importer{Limits: zim.Limits{Cluster: 1 << 20}}.Import(t.Context(), source(t, c.raw), dir)
			if !errors.Is(err, c.want) {
				t.Errorf("Import() = %v; want %v", err, c.want)
			}
			empty(t, dir)
		})
	}
}

// A media type cannot smuggle a header.
func TestMediaTypesAreHeaders(t *testing.T) {
	b, _, _ := imported(t, zimtest.Book{Entries: []zimtest.Entry{
		{Namespace: 'C', Path: "p", Type: "text/html", Content: "p"},
		{Namespace: 'C', Path: "x", Type: "image/png\r\nSet-Cookie: a", Content: "x"},
	}}.Bytes())
	if _, e := content(t, b, "x"); e.Type != "application/octet-stream" {
		t.Errorf("type = %q; want application/octet-stream", e.Type)
	}
}

// TestMain is the import of [TestCutAtEveryWrite] when it is started as that:
// the limit on the size of files is the whole process's.
func TestMain(m *testing.M) {
	if os.Getenv("CUT_AT") == "" {
		os.Exit(m.Run())
	}
	at, err := strconv.ParseUint(os.Getenv("CUT_AT"), 10, 64)
	if err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: at, Max: at})
	}
	if err == nil {
		_, err = book.Importer{}.Import(context.Background(), os.Getenv("CUT_FROM"), os.Getenv("CUT_INTO"))
	}
	if errors.Is(err, syscall.EFBIG) {
		os.Exit(27)
	}
	os.Exit(1)
}

// The disk refuses the n-th byte, wherever that is: nothing is left.
func TestCutAtEveryWrite(t *testing.T) {
	raw := source(t, small().Bytes())
	dir := t.TempDir()
	r, err := book.Importer{}.Import(t.Context(), raw, dir)
	must(t, err)
	info, err := os.Stat(filepath.Join(dir, r.Made[0]))
	must(t, err)
	for at := int64(0); at < info.Size(); at += 61 {
		into := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "CUT_AT="+strconv.FormatInt(at, 10), "CUT_FROM="+raw, "CUT_INTO="+into)
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 27 {
			t.Errorf("import cut at byte %d: %v; want a disk that refuses", at, err)
		}
		empty(t, into)
	}
}

// What a power cut left half made is cleared, and was never a book.
func TestAnImportThatWasKilled(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, ".import-1", "book"), 0o700))
	_, err := book.Importer{}.Import(t.Context(), source(t, small().Bytes()), dir)
	must(t, err)
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("folder holds %v; want the book alone", entries)
	}
}

func TestAnImportThatIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (book.Importer{}).Import(ctx, source(t, small().Bytes()), dir); !errors.Is(err, context.Canceled) {
		t.Errorf("Import() = %v; want Canceled", err)
	}
	empty(t, dir)
}

func FuzzBook(f *testing.F) {
	_, _, name := imported(f, small().Bytes())
	raw, err := os.ReadFile(name)
	must(f, err)
	f.Add(raw)
	f.Add(raw[:128])
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := book.New(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		for _, path := range []string{"accueil.html", "ancien", "rien"} {
			e, err := b.Find(path)
			if err != nil {
				continue
			}
			if e, err = b.Target(e); err == nil {
				_, _ = b.Content(e)
			}
		}
		_, _ = b.Main()
		_, _ = b.Page(b.Pages() - 1)
		_, _ = b.Search("pomme poire", 5)
	})
}
