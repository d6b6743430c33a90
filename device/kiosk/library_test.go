package kiosk_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
)

var fruitPage = `<base href="./"><script>alert(1)</script><a href="https://example.org/">ailleurs</a>` + strings.Repeat("<p>Une pomme.</p>", 50)

// reading is a station with one book, and a session on.
type reading struct {
	*station
	dir  string
	root string // address of the book
}

func newReading(t testing.TB) *reading {
	t.Helper()
	r := &reading{dir: t.TempDir()}
	r.station = newStation(t, &kiosk.Library{Shelf: &book.Shelf{Dir: r.dir}})
	r.post("/session/debut", url.Values{})
	return r
}

// brings imports the book of fruit.
func (r *reading) brings() {
	r.t.Helper()
	raw := zimtest.Book{Entries: []zimtest.Entry{
		{Namespace: 'C', Path: "fruits/pomme?.html", Title: "La pomme", Type: "text/html", Content: fruitPage},
		{Namespace: 'C', Path: "image.png", Type: "image/png", Content: "\x89PNG pixels"},
		{Namespace: 'C', Path: "reinette", Title: "La reinette", To: "C/fruits/pomme?.html"},
		{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les fruits"},
		{Namespace: 'M', Path: "Language", Type: "text/plain", Content: "fra"},
		{Namespace: 'W', Path: "mainPage", To: "C/fruits/pomme?.html"},
	}}.Bytes()
	name := filepath.Join(r.t.TempDir(), "fruits.zim")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		r.t.Fatal(err)
	}
	made, err := book.Importer{}.Import(r.t.Context(), name, r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	r.root = "/bibliotheque/" + made.Made[0][:16]
}

// raw asks as a browser does that reads these encodings, and follows nothing.
func (r *reading) raw(path, encodings string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encodings)
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(body)
}

func TestABookAppearsWhenItIsBrought(t *testing.T) {
	r := newReading(t)
	if _, page := r.get("/lecons"); strings.Contains(page, "/bibliotheque") {
		t.Error("an empty library has a door")
	}
	_, page := r.get("/bibliotheque")
	has(t, page, "Il n’y a pas encore de livre")
	r.brings()
	_, page = r.get("/lecons")
	has(t, page, `href="/bibliotheque"`)
	_, page = r.get("/bibliotheque")
	has(t, page, "Les fruits", `href="`+r.root+`"`, `lang="fr"`, "1 page")
	_, page = r.get(r.root)
	has(t, page, "La pomme", r.root+`/lire/fruits/pomme%3F.html`, "Licence", "non précisée")
}

func TestAPageIsReadInAFrame(t *testing.T) {
	r := newReading(t)
	r.brings()
	code, page := r.get(r.root + "/lire/")
	has(t, page, `src="`+r.root+`/contenu/fruits/pomme%3F.html"`, `sandbox="allow-same-origin"`, "Les fruits")
	if code != 200 || strings.Contains(page, "alert(1)") {
		t.Errorf("status %d; want 200 and nothing of the book in our page", code)
	}
	resp, _ := r.raw(r.root+"/lire/reinette", "")
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-src 'self'") {
		t.Errorf("policy %q; want our frame and no other", csp)
	}
}

func TestContentIsSentAsItLies(t *testing.T) {
	r := newReading(t)
	r.brings()
	path := r.root + "/contenu/fruits/pomme%3F.html"
	resp, body := r.raw(path, "gzip, deflate, br, zstd")
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := dec.DecodeAll([]byte(body), nil)
	if err != nil || string(plain) != fruitPage || resp.Header.Get("Content-Encoding") != "zstd" {
		t.Errorf("encoding %q, %v; want the page in one frame", resp.Header.Get("Content-Encoding"), err)
	}
	for _, encodings := range []string{"", "gzip", "zstd;q=0", "zstd; q=0.0"} {
		resp, body = r.raw(path, encodings)
		if body != fruitPage || resp.Header.Get("Content-Encoding") != "" {
			t.Errorf("with Accept-Encoding %q: encoding %q; want the page as it is", encodings, resp.Header.Get("Content-Encoding"))
		}
	}
	resp, body = r.raw(r.root+"/contenu/image.png", "zstd")
	if body != "\x89PNG pixels" || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("picture = %q, %s", body, resp.Header.Get("Content-Type"))
	}
}

// Nothing of a book runs, whatever it holds.
func TestContentMayDoNothing(t *testing.T) {
	r := newReading(t)
	r.brings()
	resp, _ := r.raw(r.root+"/contenu/fruits/pomme%3F.html", "zstd")
	csp := resp.Header.Get("Content-Security-Policy")
	has(t, csp, "sandbox allow-same-origin;", "default-src 'none'", "form-action 'none'", "frame-ancestors 'self'")
	for _, never := range []string{"script", "unsafe-eval", "connect-src", "http:", "frame-src"} {
		if strings.Contains(csp, never) {
			t.Errorf("policy %q allows %s", csp, never)
		}
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a browser may guess what a file is")
	}
}

func TestOtherNamesLeadToThePage(t *testing.T) {
	r := newReading(t)
	r.brings()
	resp, _ := r.raw(r.root+"/contenu/reinette", "zstd")
	if to := resp.Header.Get("Location"); resp.StatusCode != 302 || to != r.root+"/contenu/fruits/pomme%3F.html" {
		t.Errorf("status %d to %q; want the page", resp.StatusCode, to)
	}
	for _, path := range []string{"/contenu/rien", "/contenu/../../etc", "/lire/rien"} {
		if code, _ := r.get(r.root + path); code != 404 {
			t.Errorf("GET %s = %d; want 404", path, code)
		}
	}
	if code, _ := r.get("/bibliotheque/0123456789abcdef/contenu/x"); code != 404 {
		t.Errorf("unknown book = %d; want 404", code)
	}
}

func TestSearchInTheLibrary(t *testing.T) {
	r := newReading(t)
	r.brings()
	for _, path := range []string{"/bibliotheque", r.root} {
		_, page := r.get(path + "?mots=POMMES")
		has(t, page, "<mark>pomme</mark>", r.root+"/lire/fruits/pomme%3F.html")
		_, page = r.get(path + "?mots=" + url.QueryEscape(`"><script>x</script>`))
		if strings.Contains(page, "<script>x") {
			t.Error("what was typed is not shown as text")
		}
	}
}

func TestBooksAreForASession(t *testing.T) {
	r := newReading(t)
	r.brings()
	r.post("/session/fin", url.Values{})
	if resp, _ := r.raw(r.root+"/contenu/image.png", ""); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("status without a session = %d; want the welcome page", resp.StatusCode)
	}
}
