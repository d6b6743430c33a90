package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Releases reads the base releases that are published.
type Releases interface {
	// Bases returns what the signed list describes.
	Bases() ([]release.Base, error)
	// OpenBlob opens a part of a release, which the caller closes.
	OpenBlob(p release.Part) (io.ReadCloser, error)
}

// version is one release, for all kinds of machine it was made for, and who
// runs it.
type version struct {
	Name      string
	Published []release.Base // by kind of machine; none: no longer, or never here
	Stations  int            // that run it
	Online    int
	Failed    int // that tried it and came back
}

// Archs lists the kinds of machine.
func (v version) Archs() []string {
	var archs []string
	for _, b := range v.Published {
		archs = append(archs, b.Arch)
	}
	return archs
}

// Notes are the release's, the same for all kinds of machine.
func (v version) Notes() string {
	for _, b := range v.Published {
		if b.Notes != "" {
			return b.Notes
		}
	}
	return ""
}

// of returns the description for a kind of machine.
func (v version) of(arch string) (release.Base, bool) {
	i := slices.IndexFunc(v.Published, func(b release.Base) bool { return b.Arch == arch })
	if i < 0 {
		return release.Base{}, false
	}
	return v.Published[i], true
}

// fullSize is what a station fetches at most: all of it, packed.
func fullSize(b release.Base) uint64 {
	n := b.Index.Size + b.Pack.Size
	if b.Userland != nil {
		n += b.Userland.Index.Size + b.Userland.Pack.Size
	}
	return uint64(n)
}

// versionsOf groups what is published and what runs, the latest made first.
func (c *console) versionsOf(ctx context.Context, tenant wire.Tenant) ([]version, error) {
	bases, err := c.bases()
	if err != nil {
		return nil, err
	}
	stations, _, err := c.Fleet.Stations(ctx, tenant, registry.Query{})
	if err != nil {
		return nil, err
	}
	byName := map[string]*version{}
	at := func(name string) *version {
		if byName[name] == nil {
			byName[name] = &version{Name: name}
		}
		return byName[name]
	}
	for _, b := range bases {
		v := at(b.Release)
		v.Published = append(v.Published, b)
	}
	for _, st := range stations {
		count(at, st)
	}
	return sorted(byName), nil
}

func count(at func(string) *version, st registry.Station) {
	if st.Lost() || st.Hello.Release == "" {
		return
	}
	v := at(st.Hello.Release)
	v.Stations++
	if st.Online {
		v.Online++
	}
	if b := st.Reported.Base; b != nil && b.State == wire.BaseFailed && b.Target != "" {
		at(b.Target).Failed++
	}
}

func sorted(byName map[string]*version) []version {
	var all []version
	for _, v := range byName {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b version) int {
		return cmp.Or(-cmp.Compare(made(a), made(b)), -cmp.Compare(a.Name, b.Name))
	})
	return all
}

// made is when a release was, for sorting; one that is not published is old.
func made(v version) int64 {
	var latest int64
	for _, b := range v.Published {
		latest = max(latest, b.Made.Unix())
	}
	return latest
}

// bases is nothing for a repository that has none yet.
func (c *console) bases() ([]release.Base, error) {
	bases, err := c.Releases.Bases()
	if errors.Is(err, release.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read releases: %w", err)
	}
	return bases, nil
}

// versionsView is the page of what runs where.
type versionsView struct {
	Versions []version
}

func (c *console) versionsPage(w http.ResponseWriter, v *visit) error {
	all, err := c.versionsOf(v.Context(), v.tenant())
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "versions", "Versions", versionsView{all})
}

// versionIn returns the release in the path, published or running here.
func (c *console) versionIn(v *visit) (version, error) {
	all, err := c.versionsOf(v.Context(), v.tenant())
	if err != nil {
		return version{}, err
	}
	name := v.PathValue("release")
	i := slices.IndexFunc(all, func(x version) bool { return x.Name == name })
	if i < 0 {
		return version{}, errNoPage
	}
	return all[i], nil
}

// versionView is the page of one release.
type versionView struct {
	version
	Running []registry.Station
}

func (c *console) versionPage(w http.ResponseWriter, v *visit) error {
	is, err := c.versionIn(v)
	if err != nil {
		return err
	}
	stations, _, err := c.Fleet.Stations(v.Context(), v.tenant(), registry.Query{Sort: "kit"})
	if err != nil {
		return err
	}
	body := versionView{version: is}
	for _, st := range stations {
		if st.Hello.Release == is.Name && !st.Lost() {
			body.Running = append(body.Running, st)
		}
	}
	return c.show(w, v, http.StatusOK, "version", "Version "+is.Name, body)
}

// sbom sends a release's bill of materials as it was signed.
func (c *console) sbom(w http.ResponseWriter, v *visit) error {
	is, err := c.versionIn(v)
	if err != nil {
		return err
	}
	b, ok := is.of(v.PathValue("arch"))
	if !ok || b.SBOM.Size == 0 {
		return errNoPage
	}
	file, err := c.Releases.OpenBlob(b.SBOM)
	if err != nil {
		return fmt.Errorf("open bill of materials: %w", err)
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.FormatInt(b.SBOM.Size, 10))
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="mallette-%s-%s.sbom.json"`, b.Release, b.Arch))
	_, err = io.CopyN(w, file, b.SBOM.Size)
	if err != nil {
		c.Log.Info("bill of materials not sent whole", "err", err)
	}
	return nil
}
