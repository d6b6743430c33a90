package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	station "github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/userland"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// permanent is the data partition as an image carries it.
type permanent struct {
	file string
	size int64
}

// room is what a fresh data partition has beyond what it carries: its own
// tables, a journal, and the first day of a station that cannot grow it.
const room = 192 << 20

// features are those of every data partition, whatever the configuration of the
// machine that builds.
const features = "none,has_journal,sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize"

// mke2fsConf stands for that configuration, of which only the kinds of file
// system are needed.
const mke2fsConf = "[defaults]\n\tbase_features = none\n[fs_types]\n\text4 = {\n\t}\n\tsmall = {\n\t}\n\tbig = {\n\t}\n"

// carried is the userland that an image takes along.
type carried struct {
	key    string // names it
	root   string // its root hash, which the release names; "" for none
	folder string // that holds it, or ""
}

// makePerm makes the data partition with the kiosk's userland in it.
func (p *pc) makePerm(ctx context.Context) error {
	dir, err := p.step("perm", cache.KeyOf("2", p.carried.key, p.Date.Unix()), func(dir string) error { return p.format(ctx, p.carried.folder, dir) })
	if err != nil {
		return err
	}
	p.perm.file = filepath.Join(dir, "perm.img")
	st, err := os.Stat(p.perm.file)
	if err != nil {
		return err
	}
	p.perm.size = st.Size()
	return nil
}

// makeUserland builds the system for sessions.
func (p *pc) makeUserland(ctx context.Context) error {
	if !p.Userland {
		p.carried = carried{key: "none"}
		return nil
	}
	u, err := userland.Open(p.path("images", "userland", "kiosk"))
	if err != nil {
		return err
	}
	out := p.path("build", "userland")
	d, err := p.buildUserland(ctx, u, out)
	if err != nil {
		return err
	}
	folder, err := p.step("userland", cache.KeyOf("1", d.SHA256), func(dir string) error {
		for _, name := range []string{d.File(), d.Name + ".json"} {
			if err := os.Link(filepath.Join(out, name), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		return nil
	})
	p.carried = carried{d.SHA256, d.Root, folder}
	return err
}

// buildUserland makes the userland, of newer packages than the lock's when some
// of those are gone and the builder may.
func (p *pc) buildUserland(ctx context.Context, u userland.Userland, out string) (station.Description, error) {
	at := userland.Place{Cache: p.path("build", "cache"), Out: out}
	began := time.Now()
	d, err := u.Build(ctx, at)
	var gone *debian.GoneError
	if errors.As(err, &gone) && p.Refresh {
		was := u.Lock
		if u.Lock, err = debian.Resolve(ctx, p.path("build", "cache", "apt", "userland"), "", u.Recipe); err != nil {
			return d, errors.Join(gone, err)
		}
		for _, change := range lock.Diff(was, u.Lock) {
			p.Log.Warn("lock refreshed for this build", "image", "userland/"+u.Name, "change", change)
		}
		d, err = u.Build(ctx, at)
	}
	p.userland = u.Lock
	p.report.step("userland "+u.Name, time.Since(began) < 5*time.Second, time.Since(began))
	return d, err
}

// format makes an ext4 with the folder's files below kit/userland.
func (b *Builder) format(ctx context.Context, from, dir string) error {
	tree := filepath.Join(dir, "tree")
	into := filepath.Join(tree, "kit", "userland")
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	if from != "" {
		if err := join(from, into); err != nil {
			return err
		}
	}
	size, err := weigh(tree)
	if err != nil {
		return err
	}
	image := filepath.Join(dir, "perm.img")
	f, err := os.Create(image)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate((size+room+1<<20-1)>>20<<20), f.Close()); err != nil {
		return err
	}
	conf := filepath.Join(dir, "mke2fs.conf")
	if err := os.WriteFile(conf, []byte(mke2fsConf), 0o644); err != nil {
		return err
	}
	if err := b.mkfs(ctx, tree, image, conf); err != nil {
		return err
	}
	return errors.Join(b.settle(ctx, tree, image), os.RemoveAll(tree), os.Remove(conf))
}

// largest is the number of blocks that a data partition can be grown to while it
// is in use: 2 TiB.
const largest = "536870912"

// mkfs makes the file system with blocks and tables of a large disk, which it
// will be grown to; its identifier is the image's until it is flashed.
func (b *Builder) mkfs(ctx context.Context, tree, image, conf string) error {
	id := slot.ImageGUID(slot.PartitionPerm).String()
	return b.e2fs(ctx, []string{"MKE2FS_CONFIG=" + conf}, nil, "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-i", "16384", "-J", "size=64", "-m", "1", "-L", "mallette-perm",
		"-U", id, "-E", "hash_seed="+id+",lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0,resize="+largest, "-O", features, "-d", tree, image)
}

// settle gives every file the same owner, mode and time: mke2fs copies those of
// the folder it was made from. What a station keeps is for root's programs alone.
func (b *Builder) settle(ctx context.Context, tree, image string) error {
	var script strings.Builder
	err := filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at := "/" + strings.TrimPrefix(strings.TrimPrefix(name, tree), "/")
		mode := "0100600"
		switch {
		case name == tree:
			mode = "040755"
		case d.IsDir():
			mode = "040700"
		}
		for _, set := range append(b.times(), "uid 0", "gid 0", "mode "+mode) {
			fmt.Fprintf(&script, "sif %s %s\n", at, set)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, set := range b.times() {
		fmt.Fprintf(&script, "sif /lost+found %s\n", set)
	}
	return b.e2fs(ctx, nil, strings.NewReader(script.String()), "debugfs", "-w", "-f", "/dev/stdin", image)
}

func (b *Builder) times() []string {
	var all []string
	for _, field := range []string{"atime", "ctime", "mtime", "crtime"} {
		all = append(all, fmt.Sprintf("%s @%d", field, b.Date.Unix()), field+"_extra 0")
	}
	return all
}

// e2fs runs a program of e2fsprogs, which are in /usr/sbin, at the image's time.
func (b *Builder) e2fs(ctx context.Context, env []string, input io.Reader, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, "/usr/sbin/"+program, args...)
	cmd.Env = append(append(os.Environ(), fmt.Sprintf("E2FSPROGS_FAKE_TIME=%d", b.Date.Unix())), env...)
	cmd.Stdin = input
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(said))
	}
	return nil
}

// weigh returns the bytes of all files below a folder.
func weigh(folder string) (n int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
