package admin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Press prints passes and cards (fleet/mint).
type Press interface {
	PrintPDF(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error
	PrintHTML(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, w io.Writer) error
	PrintCardPDF(ctx context.Context, tenant wire.Tenant, id pass.CardID, w io.Writer) error
	PrintCardHTML(ctx context.Context, tenant wire.Tenant, id pass.CardID, w io.Writer) error
}

// Format is what is printed: a PDF for the press, or HTML that also speaks to
// a screen reader.
type Format string

// The formats.
const (
	PDF  Format = "pdf"
	HTML Format = "html"
)

// Printing asks for carnets From to To of a batch, or for a card.
type Printing struct {
	Tenant   wire.Tenant
	Issuer   pass.Issuer
	Batch    pass.Batch
	From, To int
	Card     pass.CardID
	Format   Format
}

func (p Parts) press(mux *http.ServeMux) {
	on(mux, p.Log, "/print", func(ctx context.Context, q Printing) ([]byte, error) {
		var paper bytes.Buffer
		err := p.print(ctx, q, &paper)
		what, object := "batch.print", fmt.Sprintf("%d/%d carnets %d-%d", q.Issuer, q.Batch, q.From, q.To)
		if q.Card != 0 {
			what, object = "card.print", fmt.Sprint(uint32(q.Card))
		}
		return noted(ctx, p, q.Tenant, what, object, paper.Bytes(), err)
	})
}

func (p Parts) print(ctx context.Context, q Printing, w io.Writer) error {
	switch {
	case q.Format != PDF && q.Format != HTML:
		return registry.ErrInvalid
	case q.Card != 0 && q.Format == PDF:
		return p.Mint.PrintCardPDF(ctx, q.Tenant, q.Card, w)
	case q.Card != 0:
		return p.Mint.PrintCardHTML(ctx, q.Tenant, q.Card, w)
	case q.Format == PDF:
		return p.Mint.PrintPDF(ctx, q.Tenant, q.Issuer, q.Batch, q.From, q.To, w)
	}
	return p.Mint.PrintHTML(ctx, q.Tenant, q.Issuer, q.Batch, q.From, q.To, w)
}

// Print returns a document ready for the press.
func (c *Client) Print(ctx context.Context, q Printing) ([]byte, error) {
	return call[Printing, []byte](ctx, c, "/print", q)
}
