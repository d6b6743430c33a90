package admin

import (
	"context"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

// People lets somebody in (fleet/console/people).
type People interface {
	Invite(ctx context.Context, p people.Person) (string, error)
}

func (p Parts) people(mux *http.ServeMux) {
	on(mux, p.Log, "/person/invite", func(ctx context.Context, q people.Person) (string, error) {
		password, err := p.People.Invite(ctx, q)
		return noted(ctx, p, q.Tenant, "person.invite", q.Login, password, err)
	})
}

// Invite saves a person and returns a one-time password, shown only now.
func (c *Client) Invite(ctx context.Context, p people.Person) (string, error) {
	return call[people.Person, string](ctx, c, "/person/invite", p)
}
