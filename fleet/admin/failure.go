package admin

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/shelf"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Why a call failed; test with errors.Is.
var (
	// ErrNotRunning says that no server answers at the socket.
	ErrNotRunning = errors.New("fleet server not running")
	// ErrInUse says that another server answers at the socket.
	ErrInUse = errors.New("another fleet server uses this data directory")
	// ErrFailed says that the server could not do it; its log says why.
	ErrFailed = errors.New("fleet server failed")
)

// failure is what travels instead of an answer.
type failure struct {
	Kind   string `json:"kind"`
	Detail string `json:"detail,omitempty"`
}

// kinds pairs what travels with what a caller tests for.
var kinds = []struct {
	name   string
	err    error
	status int
}{
	{"unknown", registry.ErrUnknown, http.StatusNotFound},
	{"nobody", registry.ErrNobodyWaits, http.StatusNotFound},
	{"invalid", registry.ErrInvalid, http.StatusUnprocessableEntity},
	{"order", mint.ErrInvalid, http.StatusUnprocessableEntity},
	{"absent", mint.ErrUnknown, http.StatusNotFound},
	{"carnet", mint.ErrCarnet, http.StatusConflict},
	{"withdrawn", shelf.ErrUnknown, http.StatusNotFound},
	{"taken", mint.ErrTaken, http.StatusConflict},
	{"signature", release.ErrUntrusted, http.StatusUnprocessableEntity},
	{"stale", release.ErrStale, http.StatusConflict},
	{"missing", release.ErrMissing, http.StatusUnprocessableEntity},
	{"mismatch", release.ErrMismatch, http.StatusUnprocessableEntity},
	{"norelease", release.ErrNotFound, http.StatusNotFound},
	{"carry", intake.ErrCarry, http.StatusUnprocessableEntity},
	{"person", people.ErrInvalid, http.StatusUnprocessableEntity},
}

func refuse(w http.ResponseWriter, log *slog.Logger, path string, err error) {
	f, status := failure{Kind: "failed"}, http.StatusInternalServerError
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			f, status = failure{k.name, err.Error()}, k.status
		}
	}
	if status == http.StatusInternalServerError {
		log.Error("admin call failed", "call", path, "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(f)
}

// refused is a failure as the client returns it.
type refused struct {
	kind   error
	detail string
}

func (r refused) Error() string {
	if r.detail == "" {
		return r.kind.Error()
	}
	return r.detail
}

func (r refused) Unwrap() error { return r.kind }

func (f failure) err() error {
	for _, k := range kinds {
		if f.Kind == k.name {
			return refused{k.err, f.Detail}
		}
	}
	return refused{kind: ErrFailed}
}
