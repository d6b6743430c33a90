package scan_test

import (
	"context"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/scan/scantest"
	"github.com/mallette-kit/mallette/hardware/reader/picture"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sheet is white paper with pictures stuck on it.
func sheet(w, h int, at map[image.Point]image.Image) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
	for p, stuck := range at {
		draw.Draw(g, stuck.Bounds().Sub(stuck.Bounds().Min).Add(p), stuck, stuck.Bounds().Min, draw.Src)
	}
	return g
}

func bars(t *testing.T, digits string) image.Image {
	t.Helper()
	code, err := code128.Encode(digits)
	must(t, err)
	scaled, err := barcode.Scale(code, 3*code.Bounds().Dx(), 90)
	must(t, err)
	return scaled
}

func TestDecode(t *testing.T) {
	one, two := scantest.Code(1), scantest.Code(2)
	pass := func(code string) image.Image { return scantest.Flat(code, 4) }
	lying := bars(t, "12000000042591")
	standing := image.NewGray(image.Rect(0, 0, lying.Bounds().Dy(), lying.Bounds().Dx()))
	for x := range lying.Bounds().Dx() {
		for y := range lying.Bounds().Dy() {
			standing.Set(y, x, lying.At(x, y))
		}
	}
	cases := []struct {
		name  string
		frame *image.Gray
		want  []string
	}{
		{"a pass", scantest.Flat(one, 4), []string{one}},
		{"a small pass in a large picture", sheet(2400, 1700, map[image.Point]image.Image{{X: 1500, Y: 900}: pass(one)}), []string{one}},
		{"two passes", sheet(640, 300, map[image.Point]image.Image{{X: 20, Y: 40}: pass(one), {X: 330, Y: 60}: pass(two)}), []string{one, two}},
		{"bars", sheet(640, 200, map[image.Point]image.Image{{X: 60, Y: 50}: lying}), []string{"12000000042591"}},
		{"bars standing", sheet(200, 640, map[image.Point]image.Image{{X: 50, Y: 60}: standing}), []string{"12000000042591"}},
		{"a pass with its bars is its QR code", sheet(640, 400, map[image.Point]image.Image{{X: 20, Y: 20}: pass(one), {X: 60, Y: 260}: lying}), []string{one}},
		{"a short code of others", scantest.Flat("FOREIGN-0042", 6), []string{"FOREIGN-0042"}},
		{"white paper", sheet(640, 480, nil), nil},
		{"nothing", image.NewGray(image.Rectangle{}), nil},
		{"one pixel", image.NewGray(image.Rect(0, 0, 1, 1)), nil},
		{"a thin line", image.NewGray(image.Rect(0, 0, 5000, 1)), nil},
		{"larger than allowed", image.NewGray(image.Rect(0, 0, 2049, 2049)), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range scan.Decode(t.Context(), c.frame) {
				got = append(got, s.Text)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("Decode read %d codes, right ones %t; want %d", len(got), slices.Equal(got, c.want), len(c.want))
			}
		})
	}
}

// TestHarshFramesAreRead holds what is read of a sample of the set that the
// benchmark reads whole; a misreading fails at once.
func TestHarshFramesAreRead(t *testing.T) {
	frames, read := scantest.Harsh(10), 0
	for _, f := range frames {
		for _, s := range scan.Decode(t.Context(), f.Picture) {
			if s.Text != f.Code {
				t.Errorf("Decode(%s) misread", f.Name)
			}
			read++
		}
	}
	if read < 9 {
		t.Errorf("harsh frames read = %d of %d; want 9 at least", read, len(frames))
	}
}

func TestDecodeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := scan.Decode(ctx, scantest.Flat(scantest.Code(1), 4)); got != nil {
		t.Errorf("Decode = %d codes; want none after the end", len(got))
	}
}

func TestFile(t *testing.T) {
	dir, code := t.TempDir(), scantest.Code(3)
	save := func(name string, g *image.Gray) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		must(t, err)
		must(t, png.Encode(f, g))
		must(t, f.Close())
		return path
	}
	text := filepath.Join(dir, "text.png")
	must(t, os.WriteFile(text, []byte("not a picture"), 0o600))
	cases := []struct {
		name, path string
		want       error
	}{
		{"a pass", save("pass.png", scantest.Flat(code, 3)), nil},
		{"an empty page", save("page.png", sheet(300, 300, nil)), scan.ErrNoCode},
		{"a text", text, picture.ErrFormat},
		{"no file", filepath.Join(dir, "absent"), os.ErrNotExist},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := scan.File(t.Context(), c.path)
			if !errors.Is(err, c.want) {
				t.Errorf("File = %v; want %v", err, c.want)
			}
			if c.want == nil && !slices.Equal(got, []string{code}) {
				t.Errorf("File read %d codes; want the pass", len(got))
			}
			if err != nil && strings.Contains(err.Error(), dir) {
				t.Errorf("error %q names the file; want it not to", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	small := scantest.Flat("1", 1)
	f.Add(small.Rect.Dx(), small.Pix)
	f.Add(1, []byte{0, 255})
	f.Add(40, make([]byte, 1600))
	f.Fuzz(func(t *testing.T, w int, pix []byte) {
		if w <= 0 || len(pix) < w || len(pix) > 1<<16 {
			t.Skip()
		}
		g := &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, len(pix)/w)}
		for _, s := range scan.Decode(t.Context(), g) {
			if s.Text == "" || strings.ContainsFunc(s.Text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Error("Decode gave an unprintable text")
			}
		}
	})
}
