package release

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

var (
	metadataPath = regexp.MustCompile(`^metadata/(timestamp|[0-9]{1,19}\.(root|targets|snapshot|tenant-([a-z][a-z0-9-]{0,31})))\.json$`)
	targetPath   = regexp.MustCompile(`^targets/tenants/([a-z][a-z0-9-]{0,31})(/[a-z0-9_-][a-z0-9_.-]*)?/[0-9a-f]{64}\.[a-z0-9_-][a-z0-9_.-]*$`)
)

// serveTime bounds one answer, however slowly a client reads.
const serveTime = 15 * time.Minute

// Handler serves public/ to stations; mount it with http.StripPrefix([Path]).
// Who returns the tenant of whoever asks, or an error when it may not ask. A
// station is served the files of its own tenant: cards and lists are nobody
// else's business, though everything is signed.
func (r *Repository) Handler(who func(*http.Request) (wire.Tenant, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		tenant, err := who(q)
		if err != nil {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		name := strings.TrimPrefix(q.URL.Path, "/")
		if !visible(name, tenant) {
			http.NotFound(w, q)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(serveTime)) // not every writer can
		w.Header().Set("Cache-Control", caching(name))
		http.ServeFile(w, q, filepath.Join(r.dir, publicDir, filepath.FromSlash(name)))
	})
}

// visible reports whether name is a file that a station of tenant may read.
func visible(name string, tenant wire.Tenant) bool {
	if m := metadataPath.FindStringSubmatch(name); m != nil {
		return m[3] == "" || m[3] == string(tenant)
	}
	m := targetPath.FindStringSubmatch(name)
	return m != nil && m[1] == string(tenant) && !strings.Contains(name, "..")
}

// caching: everything but the timestamp is named by version or hash.
func caching(name string) string {
	if name == timestampName {
		return "no-cache"
	}
	return "private, max-age=604800, immutable"
}
