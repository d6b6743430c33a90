// Package userland makes the systems that sessions run on: Debian packages, all
// of them named with version and checksum in a lock file, installed into an
// empty folder, made into one read-only image with its verity tree and the
// description that a station verifies it by.
//
//	k, err := userland.Open("images/userland/kiosk")
//	built, err := k.Build(ctx, userland.Place{Cache: "build/cache", Out: "build/userland"})
//
// The same lock gives the same bytes, and a second build of it only looks into
// the cache. The package needs mmdebstrap, dpkg-deb and mksquashfs; it never
// installs anything on the machine it runs on and never takes a package that
// is not in the lock.
package userland

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	station "github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/lock"
)

// ErrNoLock says that a recipe has no lock file yet: `make lock` writes it.
var ErrNoLock = errors.New("userland has no lock file")

// Epoch is the time of every file of an image: the same for ever, so that only
// contents make a difference. It is 2026-01-01.
const Epoch = 1767225600

// form is raised when this package makes another image of the same lock.
const form = "1"

// Userland is one system and how it is made.
type Userland struct {
	Dir    string // of the recipe
	Name   string
	Recipe debian.Recipe
	Lock   lock.Lock
	setup  []byte
}

// Place says where a build works and what it leaves.
type Place struct {
	Cache string // packages and images by their contents
	Out   string // <sha256>.squashfs and <name>.json
}

// Open reads a recipe's folder. A lock that is not there is empty.
func Open(dir string) (Userland, error) {
	recipe, err := debian.OpenRecipe(filepath.Join(dir, "debian.json"))
	if err != nil {
		return Userland{}, err
	}
	locked, err := lock.Open(filepath.Join(dir, "packages.lock"))
	if err != nil {
		return Userland{}, err
	}
	setup, err := os.ReadFile(filepath.Join(dir, "setup.sh"))
	if err != nil {
		return Userland{}, fmt.Errorf("open userland: %w", err)
	}
	return Userland{Dir: dir, Name: filepath.Base(dir), Recipe: recipe, Lock: locked, setup: setup}, nil
}

// MoveLock asks the mirror for the newest packages, writes the lock and
// returns what changed.
func (u Userland) MoveLock(ctx context.Context, work string) ([]string, error) {
	next, err := debian.Resolve(ctx, work, "", u.Recipe)
	if err != nil {
		return nil, err
	}
	return lock.Diff(u.Lock, next), next.Save(filepath.Join(u.Dir, "packages.lock"))
}

// key names everything that the image is made of.
func (u Userland) key() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, form, u.Name, u.Recipe.Arch, Epoch)
	h.Write(u.setup)
	if err := u.Lock.Write(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Build makes the image, or finds it in the cache, and puts it and its
// description into the place's folder.
func (u Userland) Build(ctx context.Context, at Place) (station.Description, error) {
	d, err := u.cached(ctx, at)
	if err != nil {
		return d, fmt.Errorf("build userland %s: %w", u.Name, err)
	}
	if err := u.deliver(d, at); err != nil {
		return d, fmt.Errorf("build userland %s: %w", u.Name, err)
	}
	return d, nil
}

func (u Userland) cached(ctx context.Context, at Place) (station.Description, error) {
	if len(u.Lock) == 0 {
		return station.Description{}, ErrNoLock
	}
	key, err := u.key()
	if err != nil {
		return station.Description{}, err
	}
	known := filepath.Join(at.Cache, "userland", key+".json")
	if d, err := describe(known); err == nil && there(filepath.Join(at.Cache, "userland", d.File()), d.Size) {
		return d, nil
	}
	return u.make(ctx, at, known)
}

func describe(file string) (station.Description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return station.Description{}, err
	}
	return station.Parse(text)
}

func there(file string, size int64) bool {
	info, err := os.Stat(file)
	return err == nil && info.Size() == size
}

// deliver gives the image a second name in the place's folder: the description
// is written last.
func (u Userland) deliver(d station.Description, at Place) error {
	if err := os.MkdirAll(at.Out, 0o755); err != nil {
		return err
	}
	to := filepath.Join(at.Out, d.File())
	if !there(to, d.Size) {
		_ = os.Remove(to)
		if err := os.Link(filepath.Join(at.Cache, "userland", d.File()), to); err != nil {
			return err
		}
	}
	text, err := d.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(station.Folder(at.Out).Path(u.Name), text, 0o644)
}

// release is what people call an image: by its browser, which changes most.
func (u Userland) release() string {
	if p, ok := u.Lock.Find("chromium"); ok {
		version, _, _ := strings.Cut(p.Version, "-")
		return u.Name + "-chromium-" + version
	}
	return u.Name + "-" + strconv.Itoa(len(u.Lock))
}

// WriteLicences lists every package with the archive component it came from:
// all of "main" is free software by Debian's guidelines, and each package's own
// terms are in the image at /usr/share/doc/<package>/copyright.
func (u Userland) WriteLicences(file string) error {
	type entry struct{ Package, Version, Component, Terms string }
	var list []entry
	for _, p := range u.Lock {
		list = append(list, entry{p.Name, p.Version, p.Component, "/usr/share/doc/" + p.Name + "/copyright"})
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return fmt.Errorf("write licences: %w", err)
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
