package lock_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/images/build/lock"
)

const sum = "c2acf5e559664bbadb7ce5789f9a321f39754a34854d3097b8cc0369df513b3b"

func shim(version string) lock.Package {
	return lock.Package{Name: "shim-signed", Version: version, Arch: "amd64", Component: "main", Size: 350384, SHA256: sum,
		Path: "debian/pool/main/s/shim-signed/shim-signed_" + version + "_amd64.deb"}
}

func cage() lock.Package {
	return lock.Package{Name: "cage", Version: "0.1.4-4", Arch: "amd64", Component: "main", Size: 30000, SHA256: sum,
		Path: "debian/pool/main/c/cage/cage_0.1.4-4_amd64.deb"}
}

func TestSavedLockReadsBackSorted(t *testing.T) {
	l, err := lock.New([]lock.Package{shim("1:1.51~1+deb12u1"), cage()})
	if err == nil {
		t.Fatalf("New with a colon in the path = %v; want refused", l)
	}
	l, err = lock.New([]lock.Package{shim("1.51~1+deb12u1"), cage()})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "packages.lock")
	if err := l.Save(file); err != nil {
		t.Fatal(err)
	}
	got, err := lock.Open(file)
	if err != nil || !reflect.DeepEqual(got, lock.Lock{cage(), shim("1.51~1+deb12u1")}) {
		t.Errorf("Open = %v, %v; want cage then shim-signed", got, err)
	}
}

func TestNoFileIsAnEmptyLock(t *testing.T) {
	if l, err := lock.Open(filepath.Join(t.TempDir(), "none")); l != nil || err != nil {
		t.Errorf("Open = %v, %v; want nothing", l, err)
	}
}

func TestReadRefuses(t *testing.T) {
	line := "cage 0.1.4-4 amd64 main 30000 " + sum + " debian/pool/main/c/cage/cage_0.1.4-4_amd64.deb"
	for _, c := range []struct{ name, text string }{
		{"no heading", line},
		{"another heading", "# mallette lock 2\n" + line},
		{"fields missing", lock.Heading + "\ncage 0.1.4-4 amd64 main"},
		{"a name that climbs", lock.Heading + "\n" + strings.Replace(line, "cage", "../cage", 1)},
		{"a path that climbs", lock.Heading + "\n" + strings.Replace(line, "/main/c/", "/../../", 1)},
		{"another archive", lock.Heading + "\n" + strings.Replace(line, "debian/pool", "evil/pool", 1)},
		{"half a checksum", lock.Heading + "\n" + strings.Replace(line, sum, sum[:32], 1)},
		{"no size", lock.Heading + "\n" + strings.Replace(line, "30000", "0", 1)},
		{"twice the same", lock.Heading + "\n" + line + "\n" + line},
	} {
		t.Run(c.name, func(t *testing.T) {
			if l, err := lock.Read(strings.NewReader(c.text)); !errors.Is(err, lock.ErrFormat) {
				t.Errorf("Read = %v, %v; want ErrFormat", l, err)
			}
		})
	}
}

func TestDiffTellsEveryKindOfChange(t *testing.T) {
	other := cage()
	other.SHA256 = strings.Repeat("0", 64)
	gone, fresh := cage(), cage()
	gone.Name, fresh.Name = "alpha", "omega"
	got := lock.Diff(lock.Lock{gone, cage(), shim("1")}, lock.Lock{other, fresh, shim("2")})
	want := []string{"! cage 0.1.4-4 has other contents", "+ omega 0.1.4-4", "~ shim-signed 1 → 2", "- alpha 0.1.4-4"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Diff = %q; want %q", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(lock.Heading + "\ncage 0.1.4-4 amd64 main 30000 " + sum + " debian/pool/main/c/cage/cage_0.1.4-4_amd64.deb\n"))
	f.Add([]byte(lock.Heading + "\n# a word\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := lock.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := l.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := lock.Read(&b)
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Errorf("Read(Write(%v)) = %v, %v", l, again, err)
		}
	})
}
