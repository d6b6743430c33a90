// Package console is what operators see in a browser: stations, places,
// batches, validations, usage, alarms, people.
//
//	handler := console.New(console.Parts{Gate: gate, Registry: reg, Fleet: db, …})
//
// Pages are rendered on the server, work without scripts and load nothing from
// elsewhere; tables sort, filter and page by URL. Every route names the roles
// that may use it ([Routes]) and every query carries the tenant and the scope
// of the person who asks: a route without roles is open to nobody. French is
// written here and in the pages; errors are turned into sentences in one place.
//
// The package never speaks SQL or MQTT, never keeps a password, and shows pass
// numbers to nobody but administrators.
package console

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Parts is what the console stands on. Plain is for a server that speaks HTTP
// on the loopback interface only: its cookies then travel without TLS.
type Parts struct {
	Gate     people.Gate
	People   PeopleList
	Registry registry.Registry
	Fleet    Fleet
	Report   report.Reporter
	Mint     Mint
	Ledger   Ledger
	Alarms   Alarms
	Releases Releases
	Rollouts Rollouts
	RolloutList
	Jobs     Jobs
	Journals Journals
	Unseal   func(sealed []byte) ([]byte, error) // opens a ledger line's record
	Now      func() time.Time
	Log      *slog.Logger
	Plain    bool
}

// PeopleList lists who may sign in.
type PeopleList interface {
	People(ctx context.Context, tenant wire.Tenant) ([]people.Person, error)
}

// Fleet reads the registry.
type Fleet interface {
	Tenant(ctx context.Context, tenant wire.Tenant) (registry.Tenant, error)
	Structures(ctx context.Context, tenant wire.Tenant) ([]registry.Structure, error)
	Places(ctx context.Context, tenant wire.Tenant) ([]registry.Place, error)
	Kits(ctx context.Context, tenant wire.Tenant) ([]registry.Kit, error)
	Stations(ctx context.Context, tenant wire.Tenant, q registry.Query) ([]registry.Station, int, error)
	Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (registry.Station, error)
	Certificates(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]registry.Certificate, error)
	Acks(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]wire.LogAck, error)
	Quarantined(ctx context.Context, tenant wire.Tenant, id wire.Station) (int, error)
	// Samples returns a station's health since a time, oldest first.
	Samples(ctx context.Context, tenant wire.Tenant, id wire.Station, since time.Time) ([]registry.Sample, error)
	Tokens(ctx context.Context, tenant wire.Tenant) ([]registry.Token, error)
	RevokeToken(ctx context.Context, tenant wire.Tenant, hash string, a registry.Audit) error
	Audit(ctx context.Context, tenant wire.Tenant, offset, limit int) ([]registry.Audit, error)
	Note(ctx context.Context, tenant wire.Tenant, a registry.Audit) error
}

// console is the handler's state; all of it is read-only after New but the
// throttle, which locks itself, and the channel.
type console struct {
	Parts
	pages    map[string]*template.Template
	throttle people.Throttle
	hashing  chan struct{} // bounds how many passwords are checked at once
}

// atOnce is how many passwords are checked at once: each takes 19 MiB.
const atOnce = 4

// New returns the console's handler. It panics when the pages built into the
// program cannot be parsed.
func New(parts Parts) http.Handler {
	c := &console{Parts: parts, pages: parsePages(), hashing: make(chan struct{}, atOnce)}
	mux := http.NewServeMux()
	for _, r := range c.routes() {
		mux.Handle(r.Pattern, c.guard(r))
	}
	mux.Handle("GET /style/", http.FileServerFS(assets))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.refuse(w, r, nil, errNoPage) })
	return c.headers(http.NewCrossOriginProtection().Handler(bounded(mux)))
}

// maxForm is the largest form that the console reads.
const maxForm = 64 << 10

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// headers forbids everything the pages do not need.
func (c *console) headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !c.Plain {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// actor is who the audit log names for a visit.
func (v *visit) actor() registry.Actor {
	return registry.Actor{Login: v.Person.Login, Address: v.address()}
}

// note writes an audit entry for a change that the registry does not make.
func (c *console) note(v *visit, what, object string) error {
	err := c.Fleet.Note(v.Context(), v.tenant(), registry.Audit{At: c.Now(), Who: v.Person.Login, From: v.address(), What: what, Object: object})
	if err != nil {
		return fmt.Errorf("note %s: %w", what, err)
	}
	return nil
}
