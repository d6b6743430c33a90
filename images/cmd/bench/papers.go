package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	_ "image/png" // what pdftoppm writes
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/images/stage"
)

// paper is a printed pass, as its holder has it.
type paper struct {
	code   string // what a scanner reads
	digits string // what a person types
}

// papers prints the specimen batch and reads n passes from the paper: the code
// under a simulated scanner is the one that was printed.
func (h *house) papers(ctx context.Context, dir string, n int) ([]paper, error) {
	digits, err := h.typedDigits(ctx)
	if err != nil {
		return nil, err
	}
	sheets, err := h.sheets(ctx, dir)
	if err != nil {
		return nil, err
	}
	var list []paper
	for _, sheet := range sheets {
		codes, err := codesOn(ctx, sheet)
		if err != nil {
			return nil, err
		}
		for _, code := range codes {
			if len(list) < min(n, len(digits)) {
				list = append(list, paper{code, digits[len(list)]})
			}
		}
	}
	if len(list) < n {
		return nil, fmt.Errorf("read %d passes of %d from their paper", len(list), n)
	}
	return list, nil
}

var grouped = regexp.MustCompile(`\d{4} \d{4} \d{4} \d{2}`)

func (h *house) typedDigits(ctx context.Context) ([]string, error) {
	page, err := h.print(ctx, admin.HTML)
	if err != nil {
		return nil, err
	}
	return slices.Compact(grouped.FindAllString(string(page), -1)), nil
}

func (h *house) print(ctx context.Context, format admin.Format) ([]byte, error) {
	return h.fleet.Admin().Print(ctx, admin.Printing{
		Tenant: stage.Tenant, Issuer: h.seeded.Issuer, Batch: h.seeded.Batch, From: 1, To: stage.Carnets, Format: format,
	})
}

// The paper, in millimetres: ten passes a sheet, two beside each other.
const (
	margin = 8.0
	wide   = 97.0
	high   = 56.2
	inch   = 25.4
	dpi    = 150
)

// sheets are pictures of the printed pages.
func (h *house) sheets(ctx context.Context, dir string) ([]*image.Gray, error) {
	pdf, err := h.print(ctx, admin.PDF)
	if err != nil {
		return nil, err
	}
	prefix := filepath.Join(dir, "sheet")
	cmd := exec.CommandContext(ctx, "pdftoppm", "-r", strconv.Itoa(dpi), "-gray", "-png", "-", prefix)
	cmd.Stdin = bytes.NewReader(pdf)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pdftoppm: %w: %s", err, out)
	}
	names, err := filepath.Glob(prefix + "-*.png") // in the order of their pages
	if err != nil {
		return nil, err
	}
	var list []*image.Gray
	for _, name := range names {
		sheet, err := gray(name)
		if err != nil {
			return nil, err
		}
		list = append(list, sheet)
	}
	return list, nil
}

func gray(name string) (*image.Gray, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(name), err)
	}
	grey := image.NewGray(picture.Bounds())
	draw.Draw(grey, grey.Rect, picture, grey.Rect.Min, draw.Src)
	return grey, nil
}

// codesOn reads the ten passes of a sheet, one after the other.
func codesOn(ctx context.Context, sheet *image.Gray) (codes []string, err error) {
	for place := range 10 {
		x, y := margin+float64(place%2)*wide, margin+float64(place/2)*high
		symbols := scan.Decode(ctx, cut(sheet, image.Rect(dots(x), dots(y), dots(x+wide), dots(y+high))))
		if len(symbols) == 0 {
			return nil, fmt.Errorf("place %d of a sheet cannot be read", place+1)
		}
		codes = append(codes, symbols[0].Text)
	}
	return codes, nil
}

func cut(sheet *image.Gray, r image.Rectangle) *image.Gray {
	part := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(part, part.Rect, sheet, r.Min, draw.Src)
	return part
}

func dots(mm float64) int { return int(mm * dpi / inch) }
