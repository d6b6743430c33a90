package mint_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/liyue201/goqr"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// dots is the resolution of a drawn page, an inch: 6.6 for a module of a pass.
const dots = 300

// pages draws a PDF.
func pages(t *testing.T, pdf []byte) []image.Image {
	t.Helper()
	tool := needs.Program(t, "pdftoppm", "poppler-utils")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.pdf"), pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, "-gray", "-png", "-r", strconv.Itoa(dots), filepath.Join(dir, "in.pdf"), filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "page*.png"))
	var all []image.Image
	for _, name := range names {
		f := must(os.Open(name))
		all = append(all, must(png.Decode(f)))
		f.Close()
	}
	return all
}

// cut returns a part of a page, in millimetres.
func cut(page image.Image, x, y, w, h float64) image.Image {
	px := func(mm float64) int { return int(mm / 25.4 * dots) }
	type subImager interface {
		SubImage(image.Rectangle) image.Image
	}
	return page.(subImager).SubImage(image.Rect(px(x), px(y), px(x+w), px(y+h)))
}

// readQR tries two decoders, as a station does; each alone misses some codes.
func readQR(img image.Image) string {
	if text := readWith(qrcode.NewQRCodeReader())(img); text != "" {
		return text
	}
	codes, err := goqr.Recognize(img)
	if err != nil || len(codes) != 1 {
		return ""
	}
	// goqr gives each group of three digits (the last may be shorter) backwards.
	digits := codes[0].Payload
	for group := range slices.Chunk(digits, 3) {
		slices.Reverse(group)
	}
	return string(digits)
}

func readWith(reader gozxing.Reader) func(image.Image) string {
	return func(img image.Image) string {
		bitmap := must(gozxing.NewBinaryBitmapFromImage(img))
		r, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil {
			return ""
		}
		return r.GetText()
	}
}

// Every code on a printed sheet reads back as the pass it belongs to.
func TestPrintedCarnetReadsBack(t *testing.T) {
	b := newBench(t)
	for _, specimen := range []bool{false, true} {
		batch := b.batch(func(o *mint.Order) { o.Specimen = specimen })
		_, passes, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		var pdf bytes.Buffer
		if err := b.PrintPDF(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 2, &pdf); err != nil {
			t.Fatalf("PrintPDF: %v", err)
		}
		sheets := pages(t, pdf.Bytes())
		if len(sheets) != 2 {
			t.Fatalf("pages = %d; want one for each carnet", len(sheets))
		}
		for i, p := range passes {
			if i%9 != 0 {
				continue // the same drawing elsewhere
			}
			x, y := 8+97*float64(i%2), 8+56.2*float64(i/2)
			checkCode(t, cut(sheets[0], x+2, y+12, 28, 27), readQR, p.Signed.Digits())
			checkCode(t, cut(sheets[0], x+2, y+39, 46, 9), readWith(oned.NewCode128Reader()), p.Number.Digits())
		}
	}
}

func checkCode(t *testing.T, img image.Image, read func(image.Image) string, want string) {
	t.Helper()
	if got := read(img); got != want {
		t.Errorf("read %d digits; want the %d that were printed", len(got), len(want))
	}
}

func TestPrintedCardReadsBack(t *testing.T) {
	b := newBench(t)
	card := must(b.IssueCard(t.Context(), tenant, 4, 2600, "Médiathèque de l'Étoile"))
	var pdf, page bytes.Buffer
	if err := b.PrintCardPDF(t.Context(), tenant, card.Card.ID, &pdf); err != nil {
		t.Fatalf("PrintCardPDF: %v", err)
	}
	checkCode(t, cut(pages(t, pdf.Bytes())[0], 3, 17, 42, 42), readQR, card.Digits())
	if err := b.PrintCardHTML(t.Context(), tenant, card.Card.ID, &page); err != nil {
		t.Fatalf("PrintCardHTML: %v", err)
	}
	for _, want := range []string{`lang="fr"`, "Médiathèque de l&#39;Étoile", "Carte n° 1", "Valable du"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("card page lacks %q", want)
		}
	}
	if err := b.PrintCardPDF(t.Context(), tenant, 99, &pdf); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("PrintCardPDF(99) = %v; want ErrUnknown", err)
	}
}

// The twin says everything the paper says, to a screen reader too.
func TestHTMLTwin(t *testing.T) {
	b := newBench(t)
	batch := b.batch(func(o *mint.Order) { o.Specimen, o.FaceValue = true, 1050 })
	var page bytes.Buffer
	if err := b.PrintHTML(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 2, &page); err != nil {
		t.Fatalf("PrintHTML: %v", err)
	}
	_, passes, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	html := page.String()
	wants := []string{`<html lang="fr">`, "<h2 id=\"c2\">Carnet n° 2</h2>", "10,50 €", "SPÉCIMEN, sans valeur", "31/12/2026", "1 place de la Mairie",
		"Services de médiation numérique", "Ne peut être ni vendu", "nom, SIRET ou RNA"}
	for _, p := range passes {
		wants = append(wants, p.Number.Grouped())
	}
	for _, want := range wants {
		if !strings.Contains(html, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if images := strings.Count(html, "<svg"); images != 40 || strings.Count(html, `role="img" aria-label="`) != images {
		t.Errorf("page has %d drawings; want 40, each with a label", images)
	}
	if regexp.MustCompile(`(?i)(https?:|<script|src=)`).MatchString(html) {
		t.Error("page refers to something outside or runs something")
	}
}

func TestPrintBounds(t *testing.T) {
	b := newBench(t)
	id := b.batch(nil).Manifest.Batch
	for _, r := range [][2]int{{0, 1}, {2, 1}, {1, 4}} {
		if err := b.PrintPDF(t.Context(), tenant, b.issuer.ID, id, r[0], r[1], &bytes.Buffer{}); !errors.Is(err, mint.ErrInvalid) {
			t.Errorf("PrintPDF(%d to %d) = %v; want ErrInvalid", r[0], r[1], err)
		}
	}
	if err := b.PrintPDF(t.Context(), tenant, b.issuer.ID, pass.Batch(99), 1, 1, &bytes.Buffer{}); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("PrintPDF of no batch = %v; want ErrUnknown", err)
	}
}
