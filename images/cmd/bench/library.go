package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/images/stage"
)

// helpDir is where Debian's libreoffice-help-fr is.
const helpDir = "/usr/share/libreoffice/help"

// volumes is pages of a book that are read in turn.
const volumes = 200

// browserReads is what a current browser says it reads.
const browserReads = "gzip, deflate, br, zstd"

// library reads pages of an imported ZIM at a station, and the same pages of
// the same ZIM from kiwix-serve: as a browser asks for them, and bare.
func library(ctx context.Context, s *stand) (list []figure, err error) {
	name, err := packedHelp(ctx, s)
	if err != nil {
		return nil, err
	}
	data, err := s.room("library")
	if err != nil {
		return nil, err
	}
	made, err := book.Importer{}.Import(ctx, name, filepath.Join(data, "data", "library"))
	if err != nil {
		return nil, err
	}
	paths, err := pagesOf(ctx, name)
	if err != nil {
		return nil, err
	}
	bin, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	address, err := stage.Port()
	if err != nil {
		return nil, err
	}
	station := &stage.Station{Bin: bin, Dir: data, Listen: address, Log: func(string) io.Writer { return io.Discard }}
	if err := errors.Join(os.MkdirAll(station.RunDir(), 0o700), station.StartLauncher(ctx)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(ctx, station.Launcher)) }()
	k, err := startKiwix(ctx, name, "/raw/aide/content/index.html")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(ctx, k.Program)) }()
	return besideBook(ctx, station, k, made, paths)
}

func besideBook(ctx context.Context, station *stage.Station, k kiwix, made importer.Report, paths []string) ([]figure, error) {
	v, theirs := newVisitor(station.Kiosk()), newVisitor(k.base)
	defer v.leave()
	defer theirs.leave()
	if _, err := v.open(ctx, "/"); err != nil {
		return nil, err
	}
	if _, err := v.send(ctx, "/session/debut", nil); err != nil {
		return nil, err
	}
	ours := func(n int) string { return "/bibliotheque/" + made.Made[0][:16] + "/contenu/" + paths[n%len(paths)] }
	raw := func(n int) string { return "/raw/aide/content/" + paths[n%len(paths)] }
	shown := func(n int) string { return "/aide/" + paths[n%len(paths)] }
	var runs []figure
	for range rounds {
		for _, m := range []struct {
			name, reads string
			theirs      func(int) string
		}{{"book", browserReads, shown}, {"book_raw", browserReads, raw}, {"book_plain", "", raw}} {
			v.reads, theirs.reads = m.reads, m.reads
			a, err := read(ctx, station.Launcher, v, ours)
			if err != nil {
				return nil, err
			}
			b, err := read(ctx, k.Program, theirs, m.theirs)
			if err != nil {
				return nil, fmt.Errorf("kiwix-serve: %w", err)
			}
			runs = append(runs, compared(m.name+"_page_cpu", a.cpu, "us/page", b.cpu),
				compared(m.name+"_pages", a.rate, "pages/s", b.rate), compared(m.name+"_memory", a.memory, "MB", b.memory))
		}
	}
	return medians(runs), nil
}

// packedHelp packs LibreOffice's French help.
func packedHelp(ctx context.Context, s *stand) (string, error) {
	dir, err := s.room("help")
	if err != nil {
		return "", err
	}
	html := filepath.Join(dir, "html")
	if err := copyPlain(helpDir, html); err != nil {
		return "", err
	}
	return zimOf(ctx, html, filepath.Join(dir, "aide.zim"), "index.html")
}

// copyPlain copies plain files: the package links to those of others.
func copyPlain(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(name, from))
		return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, raw, 0o644))
	})
}

// pagesOf picks pages all over a ZIM.
func pagesOf(ctx context.Context, name string) (paths []string, err error) {
	z, err := zim.Open(name, zim.Limits{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	entries, err := z.Entries(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if path, ok := z.Address(e); ok && strings.HasPrefix(e.Type, "text/html") && !e.Redirect {
			all = append(all, (&url.URL{Path: path}).EscapedPath())
		}
	}
	for i := range volumes {
		paths = append(paths, all[i*len(all)/volumes])
	}
	return paths, nil
}

// zimOf packs a folder of pages.
func zimOf(ctx context.Context, html, pack, welcome string) (string, error) {
	if err := illustrate(filepath.Join(html, "image.png")); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "zimwriterfs", "--welcome="+welcome, "--illustration=image.png", "--language=fra",
		"--title=Lecon", "--description=Lecon", "--creator=Mallette", "--publisher=Mallette", html, pack).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("zimwriterfs: %w: %s", err, out)
	}
	return pack, nil
}
