// Package admin is the operator's own door to a running fleet server: a unix
// socket in its data directory, on which kitctl and the demonstration ask for
// what the console also does.
//
// Whoever may open the socket file (its owner and root) may do everything; the
// door never opens on a network, and every change is written in the audit log.
// A call is one POST of one JSON object, answered by one:
//
//	c := admin.Dial("/var/lib/mallette/admin.sock")
//	token, err := c.IssueToken(ctx, admin.TokenOrder{Tenant: "nancy", Kit: "k1", Life: time.Hour})
//
// The package never decides: fleet/registry and fleet/mint do.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// SocketName is the socket's file in the server's data directory.
const SocketName = "admin.sock"

// maxBody bounds a question, in bytes.
const maxBody = 1 << 20

// actor is who the audit log names for what came through the door.
var actor = registry.Actor{Login: "kitctl"}

// Parts is what the door leads to.
type Parts struct {
	Registry Registry
	Fleet    Fleet
	People   People
	Mint     Mint
	Shelf    Shelf
	Releases Releases
	Jobs     Jobs
	Journals Journals
	Carrier  Carrier
	Log      *slog.Logger
}

// New returns the handler of the door.
func New(p Parts) http.Handler {
	mux := http.NewServeMux()
	p.territory(mux)
	p.stations(mux)
	p.journals(mux)
	p.people(mux)
	p.passes(mux)
	p.cards(mux)
	p.press(mux)
	p.lessons(mux)
	p.books(mux)
	p.releases(mux)
	on(mux, p.Log, "/ping", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	door := http.NewServeMux()
	door.HandleFunc("POST "+packPath, p.putPack)
	door.HandleFunc("POST "+blobPath, p.putBlob)
	door.HandleFunc("POST "+adoptPath, p.adopt)
	door.HandleFunc("POST "+carryPath, p.takeCarry)
	door.Handle("/", http.MaxBytesHandler(mux, maxBody))
	return door
}

// Listen opens the socket for its owner alone. A socket file left by a server
// that was killed is replaced; one that still answers is not: [ErrInUse].
func Listen(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return nil, errors.Join(ErrInUse, conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// noted writes a change that the registry does not make itself in the audit log.
func noted[A any](ctx context.Context, p Parts, tenant wire.Tenant, what, object string, answer A, err error) (A, error) {
	if err != nil {
		return answer, err
	}
	err = p.Fleet.Note(ctx, tenant, registry.Audit{At: time.Now(), Who: actor.Login, What: what, Object: object})
	if err != nil {
		return answer, fmt.Errorf("note %s: %w", what, err)
	}
	return answer, nil
}

// on answers POSTs to path by calling do.
func on[Q, A any](mux *http.ServeMux, log *slog.Logger, path string, do func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var question Q
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&question); err != nil {
			refuse(w, log, path, registry.ErrInvalid)
			return
		}
		answer, err := do(r.Context(), question)
		if err != nil {
			refuse(w, log, path, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
}
