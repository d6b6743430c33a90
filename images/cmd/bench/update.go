package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// updates makes what a release travels as, out of the last two that were built,
// beside what others make of the same two roots. A routine update changes a few
// programs; how many bytes that is depends on what changed between the two.
func updates(ctx context.Context, s *stand) (list []figure, err error) {
	old, next, done, err := twoReleases(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	return routine(ctx, s, old, next)
}

// routine makes the release next for stations that run old, has one take it,
// and lets others make what they would.
func routine(ctx context.Context, s *stand, old, next string) ([]figure, error) {
	dir, err := s.room("update")
	if err != nil {
		return nil, err
	}
	bin, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "release")
	made, err := spent(exec.CommandContext(ctx, filepath.Join(bin, "kitctl"), "release", "build", next, "--from", old, "--out", out))
	if err != nil {
		return nil, err
	}
	list, full, err := travels(out)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Join(next, artefact.FileRoot))
	if err != nil {
		return nil, err
	}
	list = append(list, plain("update_make_cpu", made, "s"), compared("update_full_beside_gok", full/mega, "MB", float64(info.Size())/mega))
	taken, err := applied(ctx, s, out, old)
	if list = append(list, taken...); err != nil {
		return list, err
	}
	month, err := s.withUpdate(ctx, value(list, "update_patches"))
	if list = append(list, month...); err != nil {
		return list, err
	}
	for _, other := range []func(context.Context, string, string, string) ([]figure, error){casync, zstdPatch} { // the slowest last
		more, err := other(ctx, dir, filepath.Join(old, artefact.FileRoot), filepath.Join(next, artefact.FileRoot))
		if err != nil {
			return list, err
		}
		list = append(list, more...)
	}
	return paired(list), nil
}

// travels says what a station fetches of a release that was made: everything, only
// chunks that it has not got, or patches.
func travels(out string) ([]figure, float64, error) {
	text, err := os.ReadFile(filepath.Join(out, artefact.FileBase))
	if err != nil {
		return nil, 0, err
	}
	var b release.Base
	if err := json.Unmarshal(text, &b); err != nil || len(b.From) == 0 {
		return nil, 0, fmt.Errorf("read release: %w", errors.Join(artefact.ErrParts, err))
	}
	blob := func(p release.Part) (release.Index, error) {
		text, err := os.ReadFile(filepath.Join(out, artefact.FolderBlobs, p.SHA256))
		if err != nil {
			return nil, err
		}
		return release.ParseIndex(text)
	}
	next, err := blob(b.Index)
	if err != nil {
		return nil, 0, err
	}
	before, err := blob(b.From[0].Index)
	if err != nil {
		return nil, 0, err
	}
	held := map[release.Sum]bool{}
	for _, c := range before {
		for _, chunk := range c.Chunks {
			held[chunk.Sum] = true
		}
	}
	indexes := float64(b.Index.Size + b.From[0].Index.Size)
	chunks, full := indexes, float64(b.Index.Size+b.Pack.Size)
	for _, c := range next {
		for _, chunk := range c.Chunks {
			if !held[chunk.Sum] {
				held[chunk.Sum] = true
				chunks += float64(chunk.Packed)
			}
		}
	}
	patches := indexes + float64(b.From[0].Patches.Size+b.From[0].Frames.Size)
	return []figure{plain("update_patches", patches/mega, "MB"), plain("update_chunks", chunks/mega, "MB"), plain("update_full", full/mega, "MB"),
		compared("update_share_of_full", min(patches, chunks), "bytes", full)}, full, nil
}

// zstdPatch makes one patch of the whole, for which a station would hold the whole
// old root in memory.
func zstdPatch(ctx context.Context, dir, old, next string) ([]figure, error) {
	out := filepath.Join(dir, "patch.zst")
	took, err := spent(exec.CommandContext(ctx, "zstd", "-19", "--long=30", "-q", "-f", "--patch-from="+old, next, "-o", out))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(out)
	if err != nil {
		return nil, err
	}
	return []figure{plain("zstd_patch_from", float64(info.Size())/mega, "MB"), plain("zstd_patch_from_cpu", took, "s")}, nil
}

// casync cuts both roots into one store: what the second adds is what travels.
func casync(ctx context.Context, dir, old, next string) ([]figure, error) {
	store := filepath.Join(dir, "store.castr")
	index := filepath.Join(dir, "next.caibx")
	if _, err := spent(exec.CommandContext(ctx, "casync", "make", "--store="+store, filepath.Join(dir, "old.caibx"), old)); err != nil {
		return nil, err
	}
	before, err := weight(store)
	if err != nil {
		return nil, err
	}
	took, err := spent(exec.CommandContext(ctx, "casync", "make", "--store="+store, index, next))
	if err != nil {
		return nil, err
	}
	after, err := weight(store)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(index)
	if err != nil {
		return nil, err
	}
	return []figure{plain("casync", float64(after-before+info.Size())/mega, "MB"), plain("casync_cpu", took, "s")}, nil
}

// weight is the bytes of all files below a folder.
func weight(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
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

// spent runs a command and returns the seconds of processor time that it took.
func spent(cmd *exec.Cmd) (float64, error) {
	if said, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, said)
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9, nil
}

// paired puts what others need beside ours.
func paired(list []figure) []figure {
	for i, f := range list {
		switch f.name {
		case "update_patches":
			list[i] = compared(f.name, f.value, f.unit, value(list, "zstd_patch_from"))
		case "update_chunks":
			list[i] = compared(f.name, f.value, f.unit, value(list, "casync"))
		}
	}
	return list
}
