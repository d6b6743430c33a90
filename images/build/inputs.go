package build

import (
	"context"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/lock"
)

// nonFree is the component of firmware that is redistributable, but not free
// software.
const nonFree = "non-free-firmware"

// debs are the packages of an image's lock, fetched.
type debs struct {
	lock  lock.Lock
	files debian.Files
}

// fetch brings the packages that the image's lock names.
func (b *Builder) fetch(ctx context.Context, image string) (debs, error) {
	l, err := lock.Open(b.path("images", image, "packages.lock"))
	if err != nil {
		return debs{}, err
	}
	m := debian.Mirror{Dir: b.path("build", "cache", "debian")}
	d := debs{lock: b.wanted(l)}
	d.files, err = m.Fetch(ctx, d.lock)
	var gone *debian.GoneError
	if !errors.As(err, &gone) || !b.Refresh {
		return d, err
	}
	return b.refreshed(ctx, image, m, d, gone)
}

// refreshed takes the newest packages instead of those that are gone, and says so.
func (b *Builder) refreshed(ctx context.Context, image string, m debian.Mirror, d debs, gone *debian.GoneError) (debs, error) {
	recipe, err := debian.OpenRecipe(b.path("images", image, "debian.json"))
	if err != nil {
		return d, err
	}
	next, err := debian.Resolve(ctx, b.path("build", "cache", "apt", image), "", recipe)
	if err != nil {
		return d, errors.Join(gone, err)
	}
	for _, change := range lock.Diff(d.lock, b.wanted(next)) {
		b.Log.Warn("lock refreshed for this build", "image", image, "change", change)
	}
	d.lock = b.wanted(next)
	d.files, err = m.Fetch(ctx, d.lock)
	return d, err
}

// wanted leaves out what the builder was told to leave out.
func (b *Builder) wanted(l lock.Lock) lock.Lock {
	var some lock.Lock
	for _, p := range l {
		if b.Firmware || p.Component != nonFree {
			some = append(some, p)
		}
	}
	return some
}

// sums names the contents of some packages, for a key.
func (d debs) sums(take func(lock.Package) bool) []string {
	var sums []string
	for _, p := range d.lock {
		if take(p) {
			sums = append(sums, p.Name, p.SHA256)
		}
	}
	return sums
}

// MoveLock asks Debian's mirror for the newest packages of an image, writes its
// lock and returns what changed.
func MoveLock(ctx context.Context, repository, image string) ([]string, error) {
	b := Builder{Repository: repository}
	recipe, err := debian.OpenRecipe(b.path("images", image, "debian.json"))
	if err != nil {
		return nil, err
	}
	file := b.path("images", image, "packages.lock")
	was, err := lock.Open(file)
	if err != nil {
		return nil, err
	}
	next, err := debian.Resolve(ctx, b.path("build", "cache", "apt", image), "", recipe)
	if err != nil {
		return nil, fmt.Errorf("move lock of %s: %w", image, err)
	}
	return lock.Diff(was, next), next.Save(file)
}
