package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// printPDF sends carnets ready to print and cut.
func (c *console) printPDF(w http.ResponseWriter, v *visit) error {
	doc, err := c.carnets(v, c.Mint.PrintPDF)
	if err != nil {
		return err
	}
	return sendFile(w, doc.name, "application/pdf", doc.content)
}

// printHTML shows the same carnets to a screen, a screen reader or a
// browser's printer.
func (c *console) printHTML(w http.ResponseWriter, v *visit) error {
	doc, err := c.carnets(v, c.Mint.PrintHTML)
	if err != nil {
		return err
	}
	return sendPage(w, doc.content)
}

// document is something to print.
type document struct {
	name    string
	content []byte
}

// printer makes one kind of document of the carnets from the first to the last.
type printer func(ctx context.Context, tenant wire.Tenant, issuer pass.Issuer, batch pass.Batch, from, to int, out io.Writer) error

// carnets prints those that the visit asks for and notes who printed them.
func (c *console) carnets(v *visit, print printer) (document, error) {
	b, err := c.batch(v)
	if err != nil {
		return document{}, err
	}
	m := b.Manifest
	from, to := carnetRange(v, m)
	var out bytes.Buffer
	if err := print(v.Context(), v.tenant(), m.Issuer, m.Batch, from, to, &out); err != nil {
		return document{}, err
	}
	if err := c.note(v, "batch.print", fmt.Sprintf("%s carnets %d-%d", batchPath(m), from, to)); err != nil {
		return document{}, err
	}
	return document{fmt.Sprintf("carnets-%d-%d-%d-%d.pdf", m.Issuer, m.Batch, from, to), out.Bytes()}, nil
}

func (c *console) cardPDF(w http.ResponseWriter, v *visit) error {
	id, err := cardID(v)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := c.Mint.PrintCardPDF(v.Context(), v.tenant(), id, &out); err != nil {
		return err
	}
	if err := c.note(v, "card.print", fmt.Sprint(uint32(id))); err != nil {
		return err
	}
	return sendFile(w, fmt.Sprintf("carte-%d.pdf", uint32(id)), "application/pdf", out.Bytes())
}

// sendPage sends a document that carries its own style and nothing else.
func sendPage(w http.ResponseWriter, page []byte) error {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if _, err := w.Write(page); err != nil {
		return nil // the browser left; there is nobody to tell
	}
	return nil
}

// printAtOnce is how many passes one document has when nobody says.
const printAtOnce = 1000

// carnetRange reads which carnets to print: from the first, as many as make a
// document of a reasonable size.
func carnetRange(v *visit, m pass.Manifest) (from, to int) {
	from, err := strconv.Atoi(v.URL.Query().Get("de"))
	if err != nil || from < 1 {
		from = 1
	}
	to, err = strconv.Atoi(v.URL.Query().Get("a"))
	if err != nil {
		to = from + max(1, printAtOnce/m.CarnetSize) - 1
	}
	return from, min(to, m.Carnets())
}
