package mint

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/go-pdf/fpdf"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Millimetres on a sheet of A4: two columns of five passes.
const (
	sheetMargin  = 8.0
	cellWidth    = 97.0
	cellHeight   = 56.2
	sheetColumns = 2
	sheetRows    = 5
	edge         = 3.0 // inside a pass
	notch        = 5.0 // corner to cut, so that fingers find which way up
)

// PrintPDF writes carnets, ready to print and cut, one carnet to a page or
// more. The document is not tagged; [Mint.PrintHTML] is its accessible twin.
func (m *Mint) PrintPDF(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error {
	mf, passes, err := m.Passes(ctx, tenant, issuer, batch, from, to)
	if err != nil {
		return fmt.Errorf("print carnets: %w", err)
	}
	s := newSheet("P", fpdf.SizeType{Wd: 210, Ht: 297}, titleWords, m.Now())
	for _, p := range passes {
		i := (p.Place - 1) % (sheetColumns * sheetRows)
		if i == 0 {
			s.pdf.AddPage()
			s.cutLines()
		}
		x := sheetMargin + float64(i%sheetColumns)*cellWidth
		y := sheetMargin + float64(i/sheetColumns)*cellHeight
		if err := s.pass(x, y, mf, p); err != nil {
			return fmt.Errorf("print carnets: %w", err)
		}
	}
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("print carnets: %w", err)
	}
	return nil
}

// sheet draws on a PDF in millimetres.
type sheet struct {
	pdf   *fpdf.Fpdf
	latin func(string) string // the core fonts know Windows-1252 only
}

func newSheet(orientation string, size fpdf.SizeType, title string, now time.Time) sheet {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: orientation, UnitStr: "mm", Size: size})
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.SetTitle(title, true)
	pdf.SetLang("fr-FR")
	pdf.SetCreationDate(now)
	pdf.SetModificationDate(now)
	return sheet{pdf: pdf, latin: pdf.UnicodeTranslatorFromDescriptor("")}
}

// text writes one line from x, y (top), shortened to a width.
func (s sheet) text(x, y, width, points float64, style, align, words string) {
	s.pdf.SetFont("Helvetica", style, points)
	line := s.latin(words)
	for len(line) > 0 && s.pdf.GetStringWidth(line) > width {
		line = line[:len(line)-1]
	}
	s.pdf.SetXY(x, y)
	s.pdf.CellFormat(width, points*0.42, line, "", 0, align, false, 0, "")
}

// lines writes words over at most n lines.
func (s sheet) lines(x, y, width, points float64, n int, words string) {
	s.pdf.SetFont("Helvetica", "", points)
	height := points * 0.40
	for i, line := range s.pdf.SplitLines([]byte(s.latin(words)), width) {
		if i == n {
			return
		}
		s.pdf.SetXY(x, y+float64(i)*height)
		s.pdf.CellFormat(width, height, string(line), "", 0, "L", false, 0, "")
	}
}

// symbol draws a code on white with its quiet zone, from the outer corner.
func (s sheet) symbol(x, y, module, height float64, quietX, quietY int, code symbol) {
	s.pdf.SetFillColor(255, 255, 255)
	s.pdf.Rect(x, y, float64(code.width+2*quietX)*module, float64(code.height)*height+2*float64(quietY)*module, "F")
	s.pdf.SetFillColor(0, 0, 0)
	for _, r := range code.runs {
		// A hair of overlap hides the seams some printers leave between rows.
		s.pdf.Rect(x+float64(r.x+quietX)*module, y+float64(quietY)*module+float64(r.y)*height, float64(r.n)*module, height+0.01, "F")
	}
}

func (s sheet) cutLines() {
	s.pdf.SetDrawColor(150, 150, 150)
	s.pdf.SetLineWidth(0.1)
	s.pdf.SetDashPattern([]float64{1, 1}, 0)
	for c := range sheetColumns + 1 {
		x := sheetMargin + float64(c)*cellWidth
		s.pdf.Line(x, sheetMargin, x, sheetMargin+sheetRows*cellHeight)
	}
	for r := range sheetRows + 1 {
		y := sheetMargin + float64(r)*cellHeight
		s.pdf.Line(sheetMargin, y, sheetMargin+sheetColumns*cellWidth, y)
	}
	s.pdf.SetDashPattern(nil, 0)
}
