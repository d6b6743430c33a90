package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/hardware/kmod/depmod"
	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/fat"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/build/pick"
	"github.com/mallette-kit/mallette/images/build/squash"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// board is one build of an image that starts gokrazy's own kernel: no shim, no
// GRUB, no initramfs, and no dm-verity, which that kernel does not have.
type board struct {
	*Builder
	image string // folder below images
	name  string // of what is published
	loads string // what of the boot files is kept: a prefix list
	said  string // French, in a file beside what is published; "" for nothing

	debs           debs
	programs, root string // folders
	perm, disk     string // files
}

// Pi makes the image for Raspberry Pi 3, 4, 5 and Zero 2 W. It has been built
// and never been started on a real one.
func (b *Builder) Pi(ctx context.Context) (Result, error) {
	return b.board(ctx, &board{Builder: b, image: "kiosk-pi", name: "mallette-pi-arm64", loads: "+ .\n- EFI/\n- loader/\n", said: neverStarted})
}

// neverStarted is said wherever the Raspberry Pi's image is offered.
const neverStarted = "Cette image pour Raspberry Pi a été construite, mais n’a jamais démarré sur un vrai Raspberry Pi. " +
	"Elle n’a pas encore de navigateur : l’écran reste noir. Ne l’utilisez que pour l’essayer et nous dire ce qui se passe.\n"

// Virt makes the image for QEMU's machine "virt", on which the arm64 programs
// are tried from end to end: systemd-boot starts it from UEFI. It has no screen.
func (b *Builder) Virt(ctx context.Context) (Result, error) {
	return b.board(ctx, &board{Builder: b, image: "kiosk-virt", name: "mallette-virt-arm64", loads: "+ .\n"})
}

func (b *Builder) board(ctx context.Context, p *board) (Result, error) {
	if err := b.check(); err != nil {
		return Result{}, err
	}
	b.report = newReport(p.name, b.Version)
	for _, step := range []func(context.Context) error{p.inputs, p.makeRoot, p.makePerm, p.makeDisk} {
		if err := step(ctx); err != nil {
			return Result{}, fmt.Errorf("build %s: %w", p.name, err)
		}
	}
	if p.said != "" {
		if err := write(p.path("build", "images", p.name+".LISEZMOI.txt"), []byte(p.said), 0o644); err != nil {
			return Result{}, err
		}
	}
	r, err := b.publish(ctx, p.name, p.disk, filepath.Join(p.root, "tree"), map[string]lock.Lock{p.image: p.debs.lock})
	if err != nil {
		return Result{}, fmt.Errorf("build %s: %w", p.name, err)
	}
	return r, nil
}

func (p *board) inputs(ctx context.Context) (err error) {
	p.debs, err = p.fetch(ctx, p.image)
	return err
}

func (p *board) makeRoot(ctx context.Context) (err error) {
	if p.programs, err = p.Builder.programs(ctx, p.image, ""); err != nil {
		return err
	}
	list, err := os.ReadFile(p.path("images", p.image, "firmware.txt"))
	if err != nil {
		return err
	}
	sums := p.debs.sums(func(lock.Package) bool { return true })
	key := cache.KeyOf("2", filepath.Base(p.programs), string(list), sums, p.Date.Unix(), p.Version)
	p.root, err = p.step("root-"+p.image, key, func(dir string) error { return p.assemble(ctx, dir, string(list)) })
	if err != nil {
		return err
	}
	p.report.root(filepath.Join(p.root, "tree"))
	p.report.file("root", filepath.Join(p.root, rootImage), rootBytes)
	return nil
}

func (p *board) assemble(ctx context.Context, dir, firmware string) error {
	list, err := pick.Parse(firmware)
	if err != nil {
		return err
	}
	tree := filepath.Join(dir, "tree")
	if err := join(filepath.Join(p.programs, "root"), tree); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(tree, "etc", "ssl")), p.fromDebian(p.debs, list, tree)); err != nil {
		return err
	}
	if err := errors.Join(index(ctx, tree), p.own(tree), p.zones(ctx, tree), p.notices(ctx, tree)); err != nil {
		return err
	}
	return squash.Make(ctx, tree, filepath.Join(dir, rootImage), squash.Zlib, p.Date)
}

// index writes the index from which a station loads the modules that gok put
// below lib/modules.
func index(ctx context.Context, tree string) error {
	releases, err := filepath.Glob(filepath.Join(tree, "lib", "modules", "*"))
	if err != nil {
		return err
	}
	for _, dir := range releases {
		all, err := depmod.Scan(ctx, dir)
		if err != nil {
			return err
		}
		builtin, err := depmod.Builtin(dir)
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(dir, kmod.IndexFile))
		if err != nil {
			return err
		}
		if err := errors.Join(kmod.WriteIndex(f, all, builtin), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (p *board) makePerm(ctx context.Context) error {
	dir, err := p.step("perm", cache.KeyOf("1", "none", p.Date.Unix()), func(dir string) error { return p.format(ctx, "", dir) })
	p.perm = filepath.Join(dir, "perm.img")
	return err
}

func (p *board) makeDisk(ctx context.Context) error {
	key := cache.KeyOf("1", filepath.Base(p.root), filepath.Base(p.programs), filepath.Base(filepath.Dir(p.perm)), p.loads)
	dir, err := p.step("disk-"+p.image, key, func(dir string) error {
		return errors.Join(p.lay(ctx, dir), os.RemoveAll(filepath.Join(dir, "boot")))
	})
	p.disk = filepath.Join(dir, "disk.img")
	return err
}

// Sizes of a board's partitions; gokrazy wants them in this order and number.
const (
	boardStart = 4 << 20
	bootBytes  = 384 << 20
	rootBytes  = 512 << 20
)

// guid is an identifier that every image of this kind carries: no first program
// could change it before gokrazy's looks for its disk by it.
func (p *board) guid(number int) slot.GUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s partition %d", p.name, number))
	g := slot.GUID(sum[:16])
	g[7], g[8] = g[7]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

// table lays the disk out for a data partition of that many bytes.
func (p *board) table(perm int64) (slot.Table, error) {
	data, err1 := slot.ParseGUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
	boot, err2 := slot.ParseGUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
	t := slot.Table{Disk: p.guid(0)}
	at := int64(boardStart)
	for i, size := range []int64{bootBytes, rootBytes, rootBytes, perm} {
		kind := data
		if i == 0 {
			kind = boot
		}
		t.Partitions = append(t.Partitions, slot.Partition{Number: i + 1, Type: kind, GUID: p.guid(i + 1), Name: []string{"boot", "root-a", "root-b", "perm"}[i],
			First: uint64(at / slot.SectorSize), Last: uint64((at+size)/slot.SectorSize) - 1})
		at += size
	}
	t.Sectors = uint64(at+1<<20) / slot.SectorSize
	return t, errors.Join(err1, err2)
}

func (p *board) lay(ctx context.Context, dir string) error {
	st, err := os.Stat(p.perm)
	if err != nil {
		return err
	}
	t, err := p.table(st.Size())
	if err != nil {
		return err
	}
	disk, err := os.Create(filepath.Join(dir, "disk.img"))
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := disk.Truncate(int64(t.Sectors) * slot.SectorSize); err != nil {
		return err
	}
	if _, err := disk.WriteAt(hybrid(t), 0); err != nil {
		return err
	}
	if err := errors.Join(t.Write(disk), p.boot(ctx, disk, t, filepath.Join(dir, "boot"))); err != nil {
		return err
	}
	root := filepath.Join(p.root, rootImage)
	for number, file := range map[int]string{2: root, 3: root, 4: p.perm} {
		if err := fill(disk, t, number, file); err != nil {
			return err
		}
	}
	return disk.Close()
}

// hybrid is a first sector that shows the boot partition to firmware that knows
// no GPT, as that of a Raspberry Pi 3 does not, beside the entry that protects
// the GPT.
func hybrid(t slot.Table) []byte {
	b := slot.ProtectiveMBR()
	boot := t.Partitions[0]
	binary.LittleEndian.PutUint32(b[446+12:], uint32(boot.First-1))
	entry := b[446+16:]
	entry[4] = 0x0c // FAT32
	binary.LittleEndian.PutUint32(entry[8:], uint32(boot.First))
	binary.LittleEndian.PutUint32(entry[12:], uint32(boot.Last-boot.First+1))
	return b[:]
}

var rootWord = regexp.MustCompile(`root=PARTUUID=[0-9a-fA-F-]+/PARTNROFF=1`)

// boot takes gok's boot files out of its file system, which carries the time it
// was made at, and makes one of them that does not.
func (p *board) boot(ctx context.Context, disk *os.File, t slot.Table, work string) error {
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	copying := exec.CommandContext(ctx, "mcopy", "-s", "-n", "-i", filepath.Join(p.programs, bootFiles), "::/", work)
	if said, err := copying.CombinedOutput(); err != nil {
		return fmt.Errorf("mcopy: %w: %s", err, bytes.TrimSpace(said))
	}
	files, err := p.bootFiles(work, t)
	if err != nil {
		return err
	}
	offset, size := t.Partitions[0].Bytes()
	sum := p.guid(1)
	v := fat.Volume{Sectors: uint32(size / slot.SectorSize), Hidden: uint32(offset / slot.SectorSize), Serial: binary.LittleEndian.Uint32(sum[:]),
		Label: "MALLETTE", Time: p.Date}
	return v.Write(io.NewOffsetWriter(disk, offset), files)
}

func (p *board) bootFiles(work string, t slot.Table) (files []fat.File, err error) {
	list, err := pick.Parse(p.loads)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(work, func(name string, d fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, work), "/")
		if err != nil || d.IsDir() || !list.Takes(rel) {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		content = rootWord.ReplaceAll(content, fmt.Appendf(nil, "root=PARTUUID=%s/PARTNROFF=1", t.Partitions[0].GUID))
		files = append(files, fat.File{Path: "/" + rel, Size: int64(len(content)), Content: bytes.NewReader(content)})
		return nil
	})
	return files, err
}
