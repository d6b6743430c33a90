package stock_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/stock"
	"github.com/mallette-kit/mallette/device/public"
)

// house is a server with one pack, and a station's folder.
type house struct {
	stock  stock.Stock
	pack   stock.Pack
	body   []byte
	ranges []string
	cut    int // bytes after which a line breaks; 0: never
	server *httptest.Server
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{body: bytes.Repeat([]byte("leçon "), 5000)}
	sum := sha256.Sum256(h.body)
	h.pack = stock.Pack{Hash: strings.Repeat("ab", 32), Path: "targets/x.zip", Length: int64(len(h.body)), SHA256: sum[:]}
	h.stock = stock.Stock{Dir: filepath.Join(t.TempDir(), "lessons"), Log: slog.New(slog.DiscardHandler)}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ranges = append(h.ranges, r.Header.Get("Range"))
		if r.URL.Path != "/"+h.pack.Path {
			http.NotFound(w, r)
			return
		}
		if h.cut > 0 {
			w = &breaking{w, h.cut}
			h.cut = 0
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.body))
	}))
	t.Cleanup(h.server.Close)
	return h
}

// breaking is a line that breaks after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func (h *house) bring(t *testing.T, wanted ...stock.Pack) map[string]error {
	t.Helper()
	failed, err := h.stock.Bring(t.Context(), public.HTTP(h.server.Client(), h.server.URL), wanted)
	if err != nil {
		t.Fatal(err)
	}
	return failed
}

func (h *house) there(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(h.stock.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAPackIsBroughtOnce(t *testing.T) {
	h := newHouse(t)
	for range 2 {
		if failed := h.bring(t, h.pack); len(failed) != 0 {
			t.Fatalf("failed = %v; want none", failed)
		}
	}
	got, err := os.ReadFile(filepath.Join(h.stock.Dir, h.pack.Hash+".zip"))
	if err != nil || !bytes.Equal(got, h.body) {
		t.Errorf("pack on the disk has %d bytes, %v; want the %d that were published", len(got), err, len(h.body))
	}
	if len(h.ranges) != 1 {
		t.Errorf("server was asked %d times; want once", len(h.ranges))
	}
}

func TestACutLineGoesOnWhereItStopped(t *testing.T) {
	h := newHouse(t)
	h.cut = 9000
	if failed := h.bring(t, h.pack); failed[h.pack.Hash] == nil {
		t.Fatal("a pack came whole over a cut line")
	}
	if failed := h.bring(t, h.pack); len(failed) != 0 {
		t.Fatalf("failed = %v; want none", failed)
	}
	if last := h.ranges[len(h.ranges)-1]; !strings.HasPrefix(last, "bytes=") || last == "bytes=0-" {
		t.Errorf("second request asked for %q; want the rest", last)
	}
	if got := h.there(t); len(got) != 1 {
		t.Errorf("folder holds %v; want the pack alone", got)
	}
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*house)
		want  error
	}{
		{"other bytes", func(h *house) { h.body[7] ^= 1 }, stock.ErrMismatch},
		{"more bytes", func(h *house) { h.body = append(h.body, 'x') }, stock.ErrMismatch},
		{"fewer bytes than signed", func(h *house) { h.body = h.body[:100] }, io.ErrUnexpectedEOF},
		{"not there", func(h *house) { h.pack.Path = "y" }, nil},
		{"a name that is no hash", func(h *house) { h.pack.Hash = "../../x" }, stock.ErrMismatch},
		{"no room", func(h *house) { h.stock.Free = func(string) (uint64, error) { return stock.Reserve, nil } }, stock.ErrFull},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			wanted := h.pack
			tt.spoil(h)
			wanted.Hash = h.pack.Hash
			if tt.name == "not there" {
				wanted.Path = "absent.zip"
			}
			err := h.bring(t, wanted)[wanted.Hash]
			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("Bring = %v; want %v", err, tt.want)
			}
			for _, name := range h.there(t) {
				if strings.HasSuffix(name, ".zip") {
					t.Errorf("folder holds %s; want no pack", name)
				}
			}
		})
	}
}

func TestWhatIsNoLongerListedGoesAndTheRestStays(t *testing.T) {
	h := newHouse(t)
	h.bring(t, h.pack)
	for _, name := range []string{"souris", ".part-" + hex.EncodeToString(h.pack.SHA256)} {
		if err := os.WriteFile(filepath.Join(h.stock.Dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h.bring(t)
	if got := h.there(t); len(got) != 1 || got[0] != "souris" {
		t.Errorf("folder holds %v; want only what was put there by hand", got)
	}
}

func TestAStickBringsPacksToo(t *testing.T) {
	h := newHouse(t)
	stick := t.TempDir()
	if err := os.MkdirAll(filepath.Join(stick, "targets"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stick, h.pack.Path), h.body, 0o644); err != nil {
		t.Fatal(err)
	}
	failed, err := h.stock.Bring(context.Background(), public.Dir(stick), []stock.Pack{h.pack})
	if err != nil || len(failed) != 0 {
		t.Errorf("Bring from a stick = %v, %v; want nothing failed", failed, err)
	}
	outside := h.pack
	outside.Path, outside.Hash = "../x", strings.Repeat("cd", 32)
	if failed, _ := h.stock.Bring(context.Background(), public.Dir(stick), []stock.Pack{outside}); failed[outside.Hash] == nil {
		t.Error("a path out of the stick was followed")
	}
}
