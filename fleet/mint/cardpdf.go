package mint

import (
	"context"
	"fmt"
	"io"

	"github.com/go-pdf/fpdf"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// A card is printed on A7, landscape, with larger modules than a pass: it is
// read several times a day.
const (
	cardWidth  = 105.0
	cardHeight = 74.0
	cardModule = 0.8
)

// printedCard is a card as it goes on paper.
type printedCard struct {
	MediatorCard
	digits string
}

func (m *Mint) printedCard(ctx context.Context, tenant wire.Tenant, id pass.CardID) (printedCard, error) {
	cards, err := m.Store.MintCards(ctx, tenant)
	if err != nil {
		return printedCard{}, fmt.Errorf("print card: %w", err)
	}
	for _, c := range cards {
		if c.Card.ID != id {
			continue
		}
		s, err := m.SignedCard(ctx, tenant, id)
		if err != nil {
			return printedCard{}, fmt.Errorf("print card: %w", err)
		}
		return printedCard{c, s.Digits()}, nil
	}
	return printedCard{}, fmt.Errorf("print card: %w", ErrUnknown)
}

func (c printedCard) number() string { return fmt.Sprintf("Carte n° %d", c.Card.ID) }

func (c printedCard) period() string {
	return "Valable du " + frenchDay(c.Card.NotBefore) + " au " + frenchDay(c.Card.NotAfter)
}

// PrintCardPDF writes a mediator card, ready to print. The document is not
// tagged; [Mint.PrintCardHTML] is its accessible twin.
func (m *Mint) PrintCardPDF(ctx context.Context, tenant wire.Tenant, id pass.CardID, w io.Writer) error {
	c, err := m.printedCard(ctx, tenant, id)
	if err != nil {
		return err
	}
	code, err := qrSymbol(c.digits)
	if err != nil {
		return fmt.Errorf("print card: %w", err)
	}
	s := newSheet("P", fpdf.SizeType{Wd: cardWidth, Ht: cardHeight}, cardTitle, m.Now())
	s.pdf.AddPage()
	s.symbol(5, 19, cardModule, cardModule, qrQuiet, qrQuiet, code)
	s.text(6, 6, cardWidth-12, 13, "B", "L", cardTitle)
	s.text(6, 12.5, cardWidth-12, 10, "", "L", c.Label)
	right := 5 + float64(code.width+2*qrQuiet)*cardModule + 5
	s.text(right, 24, cardWidth-right-5, 11, "B", "L", c.number())
	s.lines(right, 31, cardWidth-right-5, 9, 3, c.period())
	s.lines(right, 43, cardWidth-right-5, 8, 8, cardUse+"\n"+cardLost)
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("print card: %w", err)
	}
	return nil
}
