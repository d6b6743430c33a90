package admin

import (
	"context"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func (p Parts) books(mux *http.ServeMux) {
	on(mux, p.Log, "/book/list", func(_ context.Context, t wire.Tenant) (wire.Books, error) { return p.Shelf.Books(t) })
	on(mux, p.Log, "/book/put", func(ctx context.Context, q Of[wire.Book]) (done, error) {
		if (&wire.Books{V: 1, Books: []wire.Book{q.Value}}).Check() != nil {
			return done{}, registry.ErrInvalid
		}
		return noted(ctx, p, q.Tenant, "book.put", q.Value.Hash, done{}, p.Shelf.PutBook(ctx, q.Tenant, q.Value))
	})
	on(mux, p.Log, "/book/remove", func(ctx context.Context, q Of[string]) (done, error) {
		return noted(ctx, p, q.Tenant, "book.remove", q.Value, done{}, p.Shelf.RemoveBook(ctx, q.Tenant, q.Value))
	})
}

// Books lists the books that a tenant has published.
func (c *Client) Books(ctx context.Context, tenant wire.Tenant) (wire.Books, error) {
	return call[wire.Tenant, wire.Books](ctx, c, "/book/list", tenant)
}

// PutBook publishes a book whose bytes [Client.PutBlob] brought.
func (c *Client) PutBook(ctx context.Context, tenant wire.Tenant, b wire.Book) error {
	_, err := call[Of[wire.Book], done](ctx, c, "/book/put", Of[wire.Book]{tenant, b})
	return err
}

// RemoveBook withdraws the book whose hash begins so.
func (c *Client) RemoveBook(ctx context.Context, tenant wire.Tenant, hash string) error {
	_, err := call[Of[string], done](ctx, c, "/book/remove", Of[string]{tenant, hash})
	return err
}
