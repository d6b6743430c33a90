package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Jobs reads what stations were ordered (fleet/store).
type Jobs interface {
	Jobs(ctx context.Context, tenant wire.Tenant, q registry.JobQuery) ([]registry.JobLine, error)
}

// Journals reads what stations sent (fleet/journal).
type Journals interface {
	Open(tenant wire.Tenant, id wire.Station, name string) (io.ReadCloser, error)
}

// JournalQuestion asks how far the order of a station's journal is.
type JournalQuestion struct {
	Tenant wire.Tenant
	ID     wire.Station
	Job    string
}

// JournalAnswer is how far it is. Packed is there once Status is "done".
type JournalAnswer struct {
	Status string // of wire.Progress; "": the station has not answered
	Reason wire.Reason
	Over   bool
	Packed []byte // gzipped lines of JSON
}

func (p Parts) journals(mux *http.ServeMux) {
	on(mux, p.Log, "/station/logs", func(ctx context.Context, q StationQuestion) (string, error) {
		return p.Registry.Order(ctx, actor, q.Tenant, []wire.Station{q.ID}, wire.JobLogs)
	})
	on(mux, p.Log, "/station/journal", p.journal)
}

func (p Parts) journal(ctx context.Context, q JournalQuestion) (JournalAnswer, error) {
	lines, err := p.Jobs.Jobs(ctx, q.Tenant, registry.JobQuery{Station: q.ID, Job: q.Job, Limit: 1})
	if err != nil || len(lines) == 0 {
		return JournalAnswer{}, errors.Join(err, registry.ErrUnknown)
	}
	a := JournalAnswer{Status: lines[0].Status, Reason: lines[0].Reason, Over: lines[0].Over(time.Now())}
	if a.Status != "done" {
		return a, nil
	}
	file, err := p.Journals.Open(q.Tenant, q.ID, q.Job)
	if errors.Is(err, journal.ErrNone) {
		return a, registry.ErrUnknown
	}
	if err != nil {
		return a, err
	}
	a.Packed, err = io.ReadAll(io.LimitReader(file, wire.MaxJournal))
	return a, errors.Join(err, file.Close())
}

// OrderLogs orders a station's journal and returns the job's id.
func (c *Client) OrderLogs(ctx context.Context, tenant wire.Tenant, id wire.Station) (string, error) {
	return call[StationQuestion, string](ctx, c, "/station/logs", StationQuestion{Tenant: tenant, ID: id})
}

// Journal says how far an order of [Client.OrderLogs] is.
func (c *Client) Journal(ctx context.Context, q JournalQuestion) (JournalAnswer, error) {
	return call[JournalQuestion, JournalAnswer](ctx, c, "/station/journal", q)
}
