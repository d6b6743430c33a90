package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Shelf publishes lessons, cycles and books (fleet/shelf).
type Shelf interface {
	List(tenant wire.Tenant) (wire.Lessons, error)
	Put(ctx context.Context, tenant wire.Tenant, l wire.Lesson, pack []byte) error
	Remove(ctx context.Context, tenant wire.Tenant, id string) error
	PutCycle(ctx context.Context, tenant wire.Tenant, id string, cycle []byte) error
	Books(tenant wire.Tenant) (wire.Books, error)
	PutBook(ctx context.Context, tenant wire.Tenant, b wire.Book) error
	RemoveBook(ctx context.Context, tenant wire.Tenant, hash string) error
}

// CycleOrder is a cycle to publish; no content withdraws it.
type CycleOrder struct {
	ID      string
	Content []byte
}

const packPath = "/lesson/put"

func (p Parts) lessons(mux *http.ServeMux) {
	on(mux, p.Log, "/lesson/list", func(_ context.Context, t wire.Tenant) (wire.Lessons, error) {
		return p.Shelf.List(t)
	})
	on(mux, p.Log, "/lesson/remove", func(ctx context.Context, q Of[string]) (done, error) {
		return noted(ctx, p, q.Tenant, "lesson.remove", q.Value, done{}, p.Shelf.Remove(ctx, q.Tenant, q.Value))
	})
	on(mux, p.Log, "/cycle/put", func(ctx context.Context, q Of[CycleOrder]) (done, error) {
		err := p.Shelf.PutCycle(ctx, q.Tenant, q.Value.ID, q.Value.Content)
		return noted(ctx, p, q.Tenant, "cycle.put", q.Value.ID, done{}, err)
	})
}

// putPack takes a pack as the body of a request, which is larger than any
// question; the question is in the address.
func (p Parts) putPack(w http.ResponseWriter, r *http.Request) {
	var q Of[wire.Lesson]
	if json.Unmarshal([]byte(r.URL.Query().Get("q")), &q) != nil || (&wire.Lessons{V: 1, Lessons: []wire.Lesson{q.Value}}).Check() != nil {
		refuse(w, p.Log, packPath, registry.ErrInvalid)
		return
	}
	pack, err := io.ReadAll(http.MaxBytesReader(w, r.Body, release.MaxTarget))
	if err != nil || len(pack) == 0 {
		refuse(w, p.Log, packPath, registry.ErrInvalid)
		return
	}
	err = p.Shelf.Put(r.Context(), q.Tenant, q.Value, pack)
	answer, err := noted(r.Context(), p, q.Tenant, "lesson.put", q.Value.ID, done{}, err)
	if err != nil {
		refuse(w, p.Log, packPath, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// PutLesson publishes a pack to a tenant's stations.
func (c *Client) PutLesson(ctx context.Context, tenant wire.Tenant, l wire.Lesson, pack []byte) error {
	q, err := json.Marshal(Of[wire.Lesson]{tenant, l})
	if err != nil {
		return fmt.Errorf("call %s: %w", packPath, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+packPath+"?q="+url.QueryEscape(string(q)), bytes.NewReader(pack))
	if err != nil {
		return fmt.Errorf("call %s: %w", packPath, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("call %s: %w", packPath, unreachable(err))
	}
	defer response.Body.Close()
	_, err = read[done](response)
	return err
}

// Lessons lists what a tenant has published.
func (c *Client) Lessons(ctx context.Context, tenant wire.Tenant) (wire.Lessons, error) {
	return call[wire.Tenant, wire.Lessons](ctx, c, "/lesson/list", tenant)
}

// RemoveLesson withdraws a lesson.
func (c *Client) RemoveLesson(ctx context.Context, tenant wire.Tenant, id string) error {
	_, err := call[Of[string], done](ctx, c, "/lesson/remove", Of[string]{tenant, id})
	return err
}

// PutCycle publishes a cycle, or withdraws it when it has no content.
func (c *Client) PutCycle(ctx context.Context, tenant wire.Tenant, o CycleOrder) error {
	_, err := call[Of[CycleOrder], done](ctx, c, "/cycle/put", Of[CycleOrder]{tenant, o})
	return err
}
