package userland_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/sandbox/userland"
)

func described() userland.Description {
	return userland.Description{
		Name: "kiosk", Release: "2026.11", Arch: "amd64", SHA256: strings.Repeat("ab", 32),
		Size: 3 * userland.Block, Data: 2 * userland.Block, Root: strings.Repeat("cd", 32), Salt: "00ff",
	}
}

func TestDescriptionOnDisk(t *testing.T) {
	folder := userland.Folder(t.TempDir())
	text, err := described().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Path("kiosk"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := folder.Describe("kiosk")
	if err != nil || got != described() {
		t.Errorf("Describe = %+v, %v; want %+v", got, err, described())
	}
}

func TestChooseWhatTheReleaseNames(t *testing.T) {
	folder := userland.Folder(t.TempDir())
	used, named := described(), described()
	named.SHA256, named.Root = strings.Repeat("12", 32), strings.Repeat("34", 32)
	other := described()
	other.Name, other.Root = "bureau", strings.Repeat("56", 32)
	for name, d := range map[string]userland.Description{"kiosk": used, named.SHA256: named, "bureau": other} {
		text, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(folder.Path(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(folder.Path("torn"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, root string
		want       userland.Description
		err        error
	}{
		{"a release from before", "", used, nil},
		{"the one in use is the one named", used.Root, used, nil},
		{"another is named", named.Root, named, nil},
		{"one for something else", other.Root, userland.Description{}, userland.ErrUnnamed},
		{"one that is not there", strings.Repeat("78", 32), userland.Description{}, userland.ErrUnnamed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, err := folder.Choose("kiosk", c.root); got != c.want || !errors.Is(err, c.err) {
				t.Errorf("Choose(%q) = %+v, %v; want %+v, %v", c.root, got, err, c.want, c.err)
			}
		})
	}
}

func TestBadDescriptions(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*userland.Description)
	}{
		{"hash of another length", func(d *userland.Description) { d.SHA256 = "abcd" }},
		{"hash that leads elsewhere", func(d *userland.Description) { d.SHA256 = "../../etc/passwd" }},
		{"capitals, a second name for one file", func(d *userland.Description) { d.SHA256 = strings.Repeat("AB", 32) }},
		{"no root hash", func(d *userland.Description) { d.Root = "" }},
		{"salt that is not hex", func(d *userland.Description) { d.Salt = "xy" }},
		{"salt that is too long", func(d *userland.Description) { d.Salt = strings.Repeat("ab", 33) }},
		{"no tree", func(d *userland.Description) { d.Size = d.Data }},
		{"half a block", func(d *userland.Description) { d.Data++ }},
		{"name that leads elsewhere", func(d *userland.Description) { d.Name = "../x" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := described()
			c.spoil(&d)
			if _, err := d.Encode(); !errors.Is(err, userland.ErrDescription) {
				t.Errorf("Encode(%+v) = %v; want %v", d, err, userland.ErrDescription)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	text, err := described().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"sha256":"..","size":-1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := userland.Parse(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(d.File(), "/\\") || d.Size <= d.Data {
			t.Errorf("Parse(%q) = %+v; want a file in its folder and room for the tree", text, d)
		}
	})
}
