package sbom_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/build/sbom"
)

func bill() sbom.Bill {
	cage := lock.Package{Name: "cage", Version: "0.1.4-4", Arch: "amd64", Component: "main", Size: 1, SHA256: strings.Repeat("a", 64), Path: "debian/pool/main/c/cage.deb"}
	return sbom.Bill{Image: "mallette-pc-amd64", Version: "v1", Date: time.Unix(1e9, 0), SHA256: strings.Repeat("b", 64),
		Modules:  []sbom.Module{{Path: "filippo.io/age", Version: "v1.3.2", Sum: "h1:x=", Licence: "BSD-3-Clause", Programs: []string{"agent", "launcher"}}},
		Packages: []sbom.Package{{Package: cage, From: "userland/kiosk", Terms: []string{"Expat"}}, {Package: cage, From: "kiosk-pc", Terms: []string{"Expat", "odd"}}}}
}

func TestEverythingIsContainedOnceUnderItsOwnName(t *testing.T) {
	text, err := bill().Encode()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Packages []struct {
			SPDXID, Name, LicenseDeclared string
			Checksums                     []struct{ ChecksumValue string }
		}
		Relationships []struct{ RelatedSpdxElement string }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, p := range d.Packages {
		if seen[p.SPDXID] || d.Relationships[i].RelatedSpdxElement != p.SPDXID {
			t.Errorf("package %d is %s; want each once, in the order of the relationships", i, p.SPDXID)
		}
		seen[p.SPDXID] = true
	}
	if got := []string{d.Packages[1].LicenseDeclared, d.Packages[2].LicenseDeclared, d.Packages[3].LicenseDeclared}; !reflect.DeepEqual(got, []string{"BSD-3-Clause", "MIT", "NOASSERTION"}) {
		t.Errorf("licences = %q; want a module's, an understood package's, and none for one that is not", got)
	}
}

func TestEqualBillsGiveEqualBytes(t *testing.T) {
	a, err1 := bill().Encode()
	b, err2 := bill().Encode()
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("two bills differ: %v %v", err1, err2)
	}
}

func TestTerms(t *testing.T) {
	got := sbom.Terms("Format: x\n\nFiles: *\nLicense: GPL-2+\n text\n\nLicense: Expat\nLicense:\nLicense: GPL-2+\n")
	if want := []string{"Expat", "GPL-2+"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Terms = %q; want %q", got, want)
	}
	if got := sbom.Terms("This package was debianized.\nLicense: GPL"); got != nil {
		t.Errorf("Terms of the old form = %q; want none", got)
	}
}

// TestModulesOfThisTest reads a program compiled from this repository.
func TestModulesOfThisTest(t *testing.T) {
	program := filepath.Join(t.TempDir(), "passreader")
	build := exec.Command("go", "build", "-o", program, "../../../device/cmd/passreader")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	downloaded := strings.TrimSpace(string(out))
	all, err := sbom.Modules(downloaded, program)
	if err != nil || len(all) == 0 {
		t.Fatalf("Modules = %v, %v; want some", all, err)
	}
	for _, m := range all {
		if m.Licence == "" || !strings.HasPrefix(m.Sum, "h1:") || strings.Contains(m.Path, "mallette-kit") {
			t.Errorf("module %+v; want licence and sum, and none of ours", m)
		}
	}
	if notices := sbom.Notices(downloaded, all); !bytes.Contains(notices, []byte(all[0].Path)) {
		t.Error("the notices do not name the first module")
	}
	if _, err := sbom.Modules(downloaded, os.DevNull); err == nil {
		t.Error("Modules of no program = nil; want an error")
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("Format: x\nLicense: MIT\n")
	f.Fuzz(func(t *testing.T, text string) { sbom.Terms(text); sbom.Licence(text) })
}
