package journal

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// sendTime bounds one journal, however slow the line is.
const sendTime = 10 * time.Minute

// Handler takes what stations send to [wire.PathJournals] followed by a name;
// mount it there with http.StripPrefix. Who returns whose connection it is, or an
// error when nobody's: it is kept under that name and no other.
func (s Shelf) Handler(who func(*http.Request) (wire.Tenant, wire.Station, error), log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodPost {
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		tenant, id, err := who(q)
		if err != nil {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		c, end := http.NewResponseController(w), time.Now().Add(sendTime)
		_ = errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)) // not every writer can
		err = s.Put(tenant, id, q.URL.Path, q.Body)
		if errors.Is(err, wire.ErrMalformed) {
			http.Error(w, "not a journal", http.StatusBadRequest)
			return
		}
		if err != nil {
			log.Error("journal not kept", "station", id, "err", err)
			http.Error(w, "not kept", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
