package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

// kiwix serves the pages of a lesson as a packed encyclopaedia would.
type kiwix struct {
	*stage.Program
	base string
}

func kiwixStep(n int) string { return fmt.Sprintf("/lecon/etape-%d.html", n) }

// startKiwix serves a pack that has this page, with these settings.
func startKiwix(ctx context.Context, pack, page string, settings ...string) (kiwix, error) {
	address, err := stage.Port()
	if err != nil {
		return kiwix{}, err
	}
	p, err := stage.Run("kiwix-serve", append(settings, "--address", "127.0.0.1", "--port", strings.TrimPrefix(address, "127.0.0.1:"), pack), nil, io.Discard)
	if err != nil {
		return kiwix{}, err
	}
	k := kiwix{p, "http://" + address}
	v := newVisitor(k.base)
	defer v.leave()
	return k, p.Await(ctx, time.Minute, func(ctx context.Context) error { return v.fetch(ctx, page) })
}

// packed makes a pack of pages.
func packed(ctx context.Context, s *stand, content []string) (string, error) {
	dir, err := s.room("kiwix")
	if err != nil {
		return "", err
	}
	html := filepath.Join(dir, "html")
	if err := os.Mkdir(html, 0o755); err != nil {
		return "", err
	}
	for n, page := range content {
		if err := os.WriteFile(filepath.Join(html, fmt.Sprintf("etape-%d.html", n+1)), []byte(page), 0o644); err != nil {
			return "", err
		}
	}
	return zimOf(ctx, html, filepath.Join(dir, "lecon.zim"), "etape-1.html")
}

// illustrate makes the square picture that a pack must have.
func illustrate(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return png.Encode(file, image.NewGray(image.Rect(0, 0, 48, 48)))
}
