package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Releases takes base releases that were signed elsewhere
// (release.Repository).
type Releases interface {
	BaseList() ([]byte, error)
	HasBlob(p release.Part) bool
	PutBlob(p release.Part, content io.Reader) error
	Adopt(list []byte, contents map[string][]byte) error
	Standing(fresh bool) (release.Standing, error)
	AdoptRequest(request []byte) error
}

// BaseOrder is a signed list of base releases, with what is new on it.
type BaseOrder struct {
	List     []byte            `json:"list"`
	Contents map[string][]byte `json:"contents,omitempty"`
}

const (
	blobPath  = "/release/blob"
	adoptPath = "/release/adopt"
	maxAdopt  = 64 << 20
	blobTime  = 30 * time.Minute
)

func (p Parts) releases(mux *http.ServeMux) {
	on(mux, p.Log, "/release/list", func(context.Context, struct{}) ([]byte, error) { return p.Releases.BaseList() })
	on(mux, p.Log, "/release/standing", func(ctx context.Context, q Of[bool]) (release.Standing, error) {
		s, err := p.Releases.Standing(q.Value)
		if err != nil || !q.Value {
			return s, err
		}
		return noted(ctx, p, q.Tenant, "release.newkeys", "", s, nil)
	})
	on(mux, p.Log, "/release/adoptrequest", func(ctx context.Context, q Of[[]byte]) (done, error) {
		return noted(ctx, p, q.Tenant, "release.keys", "", done{}, p.Releases.AdoptRequest(q.Value))
	})
	on(mux, p.Log, "/release/has", func(_ context.Context, q release.Part) (bool, error) { return p.Releases.HasBlob(q), nil })
}

// adopt takes a list that is larger than any question.
func (p Parts) adopt(w http.ResponseWriter, r *http.Request) {
	var q Of[BaseOrder]
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdopt)).Decode(&q) != nil {
		refuse(w, p.Log, adoptPath, registry.ErrInvalid)
		return
	}
	err := p.Releases.Adopt(q.Value.List, q.Value.Contents)
	answer, err := noted(r.Context(), p, q.Tenant, "release.adopt", strconv.Itoa(len(q.Value.Contents)), done{}, err)
	if err != nil {
		refuse(w, p.Log, adoptPath, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// putBlob takes a part of a release as the body of a request.
func (p Parts) putBlob(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.ParseInt(r.URL.Query().Get("size"), 10, 64)
	if err != nil {
		refuse(w, p.Log, blobPath, registry.ErrInvalid)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(blobTime)) // not every reader can
	part := release.Part{SHA256: r.URL.Query().Get("sha256"), Size: size}
	if err := p.Releases.PutBlob(part, r.Body); err != nil {
		refuse(w, p.Log, blobPath, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(done{})
}

// BaseList returns the signed list of base releases.
func (c *Client) BaseList(ctx context.Context) ([]byte, error) {
	return call[struct{}, []byte](ctx, c, "/release/list", struct{}{})
}

// Standing returns what signs releases now. With fresh the server makes its next
// keys and names them.
func (c *Client) Standing(ctx context.Context, tenant wire.Tenant, fresh bool) (release.Standing, error) {
	return call[Of[bool], release.Standing](ctx, c, "/release/standing", Of[bool]{tenant, fresh})
}

// AdoptRequest has the server take a request that enough keys have signed. A
// tenant's audit log says so; the keys are every tenant's.
func (c *Client) AdoptRequest(ctx context.Context, tenant wire.Tenant, request []byte) error {
	_, err := call[Of[[]byte], done](ctx, c, "/release/adoptrequest", Of[[]byte]{tenant, request})
	return err
}

// PutBlob brings a part of a release, unless the server has it.
func (c *Client) PutBlob(ctx context.Context, p release.Part, content io.Reader) error {
	if has, err := call[release.Part, bool](ctx, c, "/release/has", p); has || err != nil {
		return err
	}
	q := url.Values{"sha256": {p.SHA256}, "size": {strconv.FormatInt(p.Size, 10)}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+blobPath+"?"+q.Encode(), struct{ io.Reader }{content}) // who opened it closes it
	if err != nil {
		return fmt.Errorf("call %s: %w", blobPath, err)
	}
	request.ContentLength = p.Size
	slow := http.Client{Timeout: blobTime, Transport: c.http.Transport}
	response, err := slow.Do(request)
	if err != nil {
		return fmt.Errorf("call %s: %w", blobPath, unreachable(err))
	}
	_, err = read[done](response)
	return errors.Join(err, response.Body.Close())
}

// Adopt has the server publish a signed list of base releases. A tenant's audit
// log says so; the releases are every tenant's.
func (c *Client) Adopt(ctx context.Context, tenant wire.Tenant, o BaseOrder) error {
	_, err := call[Of[BaseOrder], done](ctx, c, adoptPath, Of[BaseOrder]{tenant, o})
	return err
}
