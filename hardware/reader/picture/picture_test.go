package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/picture"
)

// grey is a picture of one shade.
func grey(w, h int, shade byte) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = shade
	}
	return g
}

func pngOf(p image.Image) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, p)
	return out.Bytes()
}

func jpegOf(p image.Image) []byte {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, p, nil)
	return out.Bytes()
}

func gifOf(p image.Image) []byte {
	var out bytes.Buffer
	_ = gif.Encode(&out, p, nil)
	return out.Bytes()
}

// claiming is a PNG whose header claims other measures.
func claiming(w, h uint32) []byte {
	b := pngOf(grey(1, 1, 0))
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestDecode(t *testing.T) {
	cases := []struct {
		name  string
		file  []byte
		size  image.Point
		shade byte
	}{
		{"png", pngOf(grey(40, 30, 99)), image.Pt(40, 30), 99},
		{"jpeg", jpegOf(grey(40, 30, 96)), image.Pt(40, 30), 96},
		{"transparent is paper", pngOf(image.NewNRGBA(image.Rect(0, 0, 8, 8))), image.Pt(8, 8), 255},
		{"large is made smaller", pngOf(grey(2600, 1700, 7)), image.Pt(1300, 850), 7},
		{"one line", pngOf(grey(1, 1, 5)), image.Pt(1, 1), 5},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, err := picture.Decode(bytes.NewReader(c.file))
			if err != nil {
				t.Fatalf("Decode = %v; want a picture", err)
			}
			if g.Rect.Size() != c.size || g.GrayAt(0, 0) != (color.Gray{Y: c.shade}) {
				t.Errorf("Decode = %v of %v; want %v of %v", g.Rect.Size(), g.GrayAt(0, 0).Y, c.size, c.shade)
			}
		})
	}
}

func TestHostilePicturesAreRefused(t *testing.T) {
	whole := pngOf(grey(64, 64, 9))
	cases := []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, picture.ErrFormat},
		{"text", []byte("PK\x03\x04 not a picture"), picture.ErrFormat},
		{"cut short", whole[:len(whole)/2], picture.ErrFormat},
		{"jpeg cut short", jpegOf(grey(64, 64, 9))[:300], picture.ErrFormat},
		{"gif", gifOf(grey(8, 8, 1)), picture.ErrFormat},
		{"2^31 wide", claiming(1<<31-1, 1), picture.ErrLarge},
		{"huge square", claiming(60000, 60000), picture.ErrLarge},
		{"more than it holds", claiming(4000, 4000), picture.ErrFormat},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := picture.Decode(bytes.NewReader(c.file)); !errors.Is(err, c.want) {
				t.Errorf("Decode = %v; want %v", err, c.want)
			}
		})
	}
}

func TestOpenNamesNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "1200000004"), dir} {
		_, err := picture.Open(path)
		if err == nil || bytes.Contains([]byte(err.Error()), []byte(filepath.Base(path))) {
			t.Errorf("Open = %v; want an error without the name", err)
		}
	}
	if _, err := picture.Open(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open(absent) = %v; want ErrNotExist", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(pngOf(grey(3, 3, 3)))
	f.Add(jpegOf(grey(3, 3, 3)))
	f.Add(claiming(60000, 60000))
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := picture.Decode(bytes.NewReader(file))
		if err == nil && g.Rect.Dx()*g.Rect.Dy() > reader.MaxPixels {
			t.Errorf("Decode = %v; want at most MaxPixels", g.Rect)
		}
	})
}
