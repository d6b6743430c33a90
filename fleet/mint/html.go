package mint

import (
	"context"
	_ "embed" // the pages are HTML files
	"fmt"
	"html/template"
	"io"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

//go:embed carnets.html
var carnetsPage string

//go:embed card.html
var cardPage string

// drawing is a code in SVG, in modules.
type drawing struct {
	Width, Height int
	Path          string
}

// shown is a pass on the page.
type shown struct {
	Carnet, Place int
	Where, Number string
	QR, Bars      drawing
}

type carnetsView struct {
	Title, Value, UseUntil, Stamp, Worthless string
	Manifest                                 pass.Manifest
	Carnets                                  []carnetView
}

type carnetView struct {
	Number int
	Passes []shown
}

// PrintHTML writes the same carnets as [Mint.PrintPDF] for a screen reader, a
// screen, or a browser's printer.
func (m *Mint) PrintHTML(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error {
	mf, passes, err := m.Passes(ctx, tenant, issuer, batch, from, to)
	if err != nil {
		return fmt.Errorf("print carnets: %w", err)
	}
	view := carnetsView{Title: titleWords, Value: euros(mf.FaceValue), UseUntil: frenchDay(mf.UseUntil), Stamp: stampWords, Manifest: mf}
	if mf.Specimen {
		view.Worthless = worthless
	}
	for _, p := range passes {
		s, err := show(p, mf.CarnetSize)
		if err != nil {
			return fmt.Errorf("print carnets: %w", err)
		}
		if p.Place == 1 {
			view.Carnets = append(view.Carnets, carnetView{Number: p.Carnet})
		}
		last := &view.Carnets[len(view.Carnets)-1]
		last.Passes = append(last.Passes, s)
	}
	return render(w, carnetsPage, view)
}

func show(p Printed, size int) (shown, error) {
	code, err := qrDrawing(p.Signed.Digits())
	if err != nil {
		return shown{}, err
	}
	bars, err := barSymbol(p.Number.Digits())
	if err != nil {
		return shown{}, err
	}
	return shown{
		Carnet: p.Carnet, Place: p.Place, Where: placeWords(p, size), Number: p.Number.Grouped(), QR: code,
		Bars: drawing{bars.width + 2*barQuiet, 24, bars.path(barQuiet, 0, 24)},
	}, nil
}

func qrDrawing(digits string) (drawing, error) {
	code, err := qrSymbol(digits)
	if err != nil {
		return drawing{}, err
	}
	side := code.width + 2*qrQuiet
	return drawing{side, side, code.path(qrQuiet, qrQuiet, 1)}, nil
}

type cardView struct {
	Title, Label, Number, Period, Use, Lost string
	QR                                      drawing
}

// PrintCardHTML writes the same card as [Mint.PrintCardPDF] as a page.
func (m *Mint) PrintCardHTML(ctx context.Context, tenant wire.Tenant, id pass.CardID, w io.Writer) error {
	c, err := m.printedCard(ctx, tenant, id)
	if err != nil {
		return err
	}
	code, err := qrDrawing(c.digits)
	if err != nil {
		return fmt.Errorf("print card: %w", err)
	}
	return render(w, cardPage, cardView{cardTitle, c.Label, c.number(), c.period(), cardUse, cardLost, code})
}

func render(w io.Writer, page string, view any) error {
	t, err := template.New("page").Parse(page)
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	if err := t.Execute(w, view); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}
