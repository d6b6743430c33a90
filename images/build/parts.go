package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// formats are the files on /perm that an earlier release has to be able to read
// after this one wrote them, or the other way round. A version may only be
// dropped a release after nobody writes it any more.
func formats() []release.Format {
	name, _, _ := strings.Cut(outbox.Schema, "/")
	return []release.Format{{Name: name, Oldest: 1, Newest: 1, Writes: 1}}
}

func (p *pc) partsFolder() string { return p.path("build", "images", "parts", "pc-"+p.Version) }

// leaveParts gives what the image was made from, and its bill, second names in
// build/images/parts, one folder a release: `kitctl release build` makes of it
// what stations fetch, and of two of them patches from one to the other.
func (p *pc) leaveParts(bill string) error {
	dir := p.partsFolder()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	err := errors.Join(link(p.container, filepath.Join(dir, artefact.FileBoot)), link(filepath.Join(p.root, rootImage), filepath.Join(dir, artefact.FileRoot)),
		link(bill, filepath.Join(dir, artefact.FileSBOM)))
	if err != nil {
		return err
	}
	u, err := p.userlandPart(dir)
	if err != nil {
		return err
	}
	return artefact.Parts{Release: p.Version, Arch: "amd64", Made: p.Date, Verity: p.verity, Userland: u, Formats: formats()}.Write(dir)
}

// userlandPart takes along the system for sessions, if the image has one.
func (p *pc) userlandPart(dir string) (*artefact.Userland, error) {
	if p.carried.folder == "" {
		return nil, nil
	}
	text, err := os.ReadFile(userland.Folder(p.carried.folder).Path(userland.Kiosk))
	if err != nil {
		return nil, err
	}
	d, err := userland.Parse(text)
	if err != nil {
		return nil, err
	}
	u := &artefact.Userland{Root: d.Root, Description: json.RawMessage(text)}
	return u, link(filepath.Join(p.carried.folder, d.File()), filepath.Join(dir, artefact.FileUserland))
}
