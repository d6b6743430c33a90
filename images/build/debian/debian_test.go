package debian_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/lock"
)

func TestReadRecipeRefuses(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"a misspelt field", `{"Arch":"amd64","Suites":["debian bookworm main"],"Exakt":["cage"]}`},
		{"an unknown architecture", `{"Arch":"mips","Suites":["debian bookworm main"]}`},
		{"no suite", `{"Arch":"amd64"}`},
		{"another archive", `{"Arch":"amd64","Suites":["evil bookworm main"]}`},
		{"a suite with an option", `{"Arch":"amd64","Suites":["debian [trusted=yes] bookworm main"]}`},
		{"an option as a package", `{"Arch":"amd64","Suites":["debian bookworm main"],"Exact":["--allow-unauthenticated"]}`},
		{"an option in the closure", `{"Arch":"amd64","Suites":["debian bookworm main"],"Closure":["-o=Dir::Etc"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r, err := debian.ReadRecipe([]byte(c.text)); !errors.Is(err, debian.ErrRecipe) {
				t.Errorf("ReadRecipe = %v, %v; want ErrRecipe", r, err)
			}
		})
	}
}

func TestRecipesOfImagesAreRead(t *testing.T) {
	files, err := filepath.Glob("../../*/debian.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v; want recipes", files, err)
	}
	for _, file := range files {
		if _, err := debian.OpenRecipe(file); err != nil {
			t.Error(err)
		}
	}
}

func TestStanzaBecomesALine(t *testing.T) {
	const text = `Package: linux-image-6.12.117+deb12-amd64
Version: 6.12.117-1~deb12u1
Architecture: amd64
Depends: kmod, linux-base (>= 4.3~)
Description: Linux
 for PCs
Filename: pool/updates/main/l/linux-signed-6.12-amd64/linux-image_amd64.deb
Size: 70000000
SHA256: c2acf5e559664bbadb7ce5789f9a321f39754a34854d3097b8cc0369df513b3b
`
	p, first, err := debian.Describe(text)
	want := lock.Package{Name: "linux-image-6.12.117+deb12-amd64", Version: "6.12.117-1~deb12u1", Arch: "amd64", Component: "main", Size: 70000000,
		SHA256: "c2acf5e559664bbadb7ce5789f9a321f39754a34854d3097b8cc0369df513b3b",
		Path:   "debian-security/pool/updates/main/l/linux-signed-6.12-amd64/linux-image_amd64.deb"}
	if err != nil || p != want || first != "kmod" {
		t.Errorf("Describe = %v, %q, %v; want %v, kmod", p, first, err, want)
	}
}

func TestSimulationIsRead(t *testing.T) {
	const out = `Reading package lists...
Inst cage (0.1.4-4 Debian:12.13/oldstable [amd64])
Inst libc6 (2.36-9+deb12u14 Debian:12.13/oldstable [amd64]) []
Conf cage (0.1.4-4 Debian:12.13/oldstable [amd64])
`
	if got, want := debian.Simulated(out), []string{"cage=0.1.4-4", "libc6=2.36-9+deb12u14"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Simulated = %q; want %q", got, want)
	}
}

// mirror serves the packages given and counts what was asked.
func mirror(t *testing.T, has map[string][]byte) (debian.Mirror, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if b, ok := has[r.URL.Path]; ok {
			w.Write(b)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return debian.Mirror{Dir: t.TempDir(), Root: s.URL}, &asked
}

func described(name string, contents []byte) lock.Package {
	sum := sha256.Sum256(contents)
	return lock.Package{Name: name, Version: "1", Arch: "all", Component: "main", Size: int64(len(contents)),
		SHA256: hex.EncodeToString(sum[:]), Path: "debian/pool/main/" + name + ".deb"}
}

func TestFetchOnce(t *testing.T) {
	b := []byte("contents")
	m, asked := mirror(t, map[string][]byte{"/debian/pool/main/cage.deb": b})
	l := lock.Lock{described("cage", b)}
	for range 2 {
		files, err := m.Fetch(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(files["cage"]); !bytes.Equal(got, b) {
			t.Errorf("fetched %q, %v; want %q", got, err, b)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("mirror was asked %d times; want 1", asked.Load())
	}
}

func TestFetchNamesEveryPackageThatIsGone(t *testing.T) {
	b := []byte("contents")
	m, _ := mirror(t, map[string][]byte{"/debian/pool/main/cage.deb": b})
	_, err := m.Fetch(t.Context(), lock.Lock{described("cage", b), described("grim", b), described("seatd", b)})
	var gone *debian.GoneError
	if !errors.As(err, &gone) || len(gone.Packages) != 2 || !strings.Contains(err.Error(), "grim 1, seatd 1") {
		t.Errorf("Fetch = %v; want grim and seatd gone", err)
	}
}

func TestFetchRefusesOtherContents(t *testing.T) {
	m, _ := mirror(t, map[string][]byte{"/debian/pool/main/cage.deb": []byte("c0ntents")})
	files, err := m.Fetch(t.Context(), lock.Lock{described("cage", []byte("contents"))})
	if err == nil {
		t.Errorf("Fetch = %v; want a refusal", files)
	}
	if left, err := os.ReadDir(m.Dir); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// deb makes a package file with one text file and one link in it.
func deb(t testing.TB, member string) []byte {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for _, h := range []*tar.Header{
		{Name: "./usr/../usr/hello", Mode: 0o644, Size: 5, Typeflag: tar.TypeReg},
		{Name: "./usr/link", Linkname: "hello", Mode: 0o777, Typeflag: tar.TypeSymlink},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "hello"[:h.Size])
	}
	w.Close()
	b := bytes.NewBufferString("!<arch>\n")
	for _, m := range []struct{ name, contents string }{{"debian-binary", "2.0\n"}, {"control.tar", "odd"}, {member, data.String()}} {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", m.name, 0, 0, 0, 0o644, len(m.contents), m.contents)
		if len(m.contents)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.deb")
	if err := os.WriteFile(file, deb(t, "data.tar"), 0o644); err != nil {
		t.Fatal(err)
	}
	var got []debian.File
	err := debian.Unpack(file, func(f debian.File, r io.Reader) error { got = append(got, f); return nil })
	want := []debian.File{{"usr/hello", "", 0o644, tar.TypeReg, 5}, {"usr/link", "hello", 0o777, tar.TypeSymlink, 0}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Unpack = %v, %v; want %v", got, err, want)
	}
}

func TestUnpackTellsWhatIsNoPackage(t *testing.T) {
	for name, b := range map[string][]byte{"empty": nil, "no ar": []byte("PK\x03\x04PK\x03\x04"), "no data": deb(t, "other"), "unknown": deb(t, "data.tar.lz"), "cut": deb(t, "data.tar")[:300]} {
		t.Run(name, func(t *testing.T) {
			err := debian.Read(bytes.NewReader(b), func(debian.File, io.Reader) error { return nil })
			if !errors.Is(err, debian.ErrArchive) {
				t.Errorf("Read = %v; want ErrArchive", err)
			}
		})
	}
}

// TestResolveFromDebian asks the real mirror for one package and what a
// pointing package points to.
func TestResolveFromDebian(t *testing.T) {
	if os.Getenv("CI") == "" && os.Getenv("MALLETTE_MIRROR_TEST") == "" {
		t.Skip("asks Debian's mirror: set MALLETTE_MIRROR_TEST")
	}
	r := debian.Recipe{Arch: "amd64", Suites: []string{"debian bookworm main"}, Exact: []string{"cage"}, Closure: []string{"hello"}}
	l, err := debian.Resolve(context.Background(), t.TempDir(), "", r)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cage", "hello", "libc6"} {
		if _, ok := l.Find(name); !ok {
			t.Errorf("Resolve = %v; want %s in it", l, name)
		}
	}
}

func FuzzStanzas(f *testing.F) {
	f.Add("Package: cage\nVersion: 1\n more\n\nPackage: b\n")
	f.Add("Filename: pool/updates/x\nSize: 1\nDepends: a (>= 1) | b, c:any")
	f.Add(" leading")
	f.Fuzz(func(t *testing.T, text string) {
		p, _, err := debian.Describe(text)
		if err == nil && p.Check() != nil {
			t.Errorf("Describe(%q) = %v; want it checked", text, p)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(deb(f, "data.tar"))
	f.Fuzz(func(t *testing.T, b []byte) {
		debian.Read(bytes.NewReader(b), func(e debian.File, r io.Reader) error {
			if strings.HasPrefix(e.Name, "/") || strings.HasPrefix(e.Name, "../") || e.Name == ".." {
				t.Errorf("entry %q leaves the root", e.Name)
			}
			return nil
		})
	})
}
