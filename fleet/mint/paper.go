package mint

import (
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// pass draws one pass with its upper left corner at x, y.
func (s sheet) pass(x, y float64, mf pass.Manifest, p Printed) error {
	if mf.Specimen {
		s.watermark(x, y)
	}
	s.pdf.SetDrawColor(90, 90, 90)
	s.pdf.SetLineWidth(0.15)
	s.pdf.Line(x+cellWidth-notch, y, x+cellWidth, y+notch)
	s.head(x, y, mf)
	s.middle(x, y, mf, p)
	s.stamp(x, y)
	return s.codes(x, y, p)
}

// watermark lies under everything; codes have white of their own.
func (s sheet) watermark(x, y float64) {
	s.pdf.SetTextColor(215, 215, 215)
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(22, x+63, y+27)
	s.text(x+21, y+20, 80, 35, "B", "C", specimenWords)
	s.pdf.TransformEnd()
	s.pdf.SetTextColor(0, 0, 0)
}

func (s sheet) head(x, y float64, mf pass.Manifest) {
	s.text(x+edge, y+2.5, 62, 9, "B", "L", mf.Print.IssuerName)
	s.text(x+edge, y+6.5, 62, 6.5, "", "L", mf.Print.IssuerAddress)
	s.text(x+edge, y+9.5, 62, 6.5, "", "L", mf.Print.PublicBody)
	s.text(x+cellWidth-edge-30, y+3.5, 27, 18, "B", "R", euros(mf.FaceValue))
	if mf.Specimen {
		s.text(x+cellWidth-edge-30, y+10.5, 30, 7, "B", "R", worthless)
	}
}

func (s sheet) middle(x, y float64, mf pass.Manifest, p Printed) {
	left, width := x+31, cellWidth-31-edge
	title := titleWords
	if mf.Year > 0 {
		title += " " + strconv.Itoa(mf.Year)
	}
	s.text(left, y+14, width, 10, "B", "L", title)
	s.lines(left, y+18.5, width, 7, 2, mf.Print.Nature)
	s.text(left, y+24.5, width, 8.5, "B", "L", "Utilisable jusqu'au "+frenchDay(mf.UseUntil))
	s.text(left, y+28.2, width, 7, "", "L", placeWords(p, mf.CarnetSize))
	s.lines(left, y+31.4, width, 5.5, 3, strings.Join(mf.Print.Mentions, " "))
}

func (s sheet) stamp(x, y float64) {
	s.pdf.Rect(x+49, y+38.6, cellWidth-49-edge, 15, "D")
	s.lines(x+50, y+39, cellWidth-51-edge, 5.5, 2, stampWords)
}

func (s sheet) codes(x, y float64, p Printed) error {
	code, err := qrSymbol(p.Signed.Digits())
	if err != nil {
		return err
	}
	s.symbol(x+edge, y+12.8, qrModule, qrModule, qrQuiet, qrQuiet, code)
	bars, err := barSymbol(p.Number.Digits())
	if err != nil {
		return err
	}
	s.symbol(x+edge, y+39.2, barModule, barHeight, barQuiet, 0, bars)
	s.text(x+edge, y+48, float64(bars.width+2*barQuiet)*barModule, 13, "B", "C", p.Number.Grouped())
	return nil
}
