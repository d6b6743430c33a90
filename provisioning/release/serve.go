package release

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

var (
	metadataPath = regexp.MustCompile(`^metadata/(timestamp|[0-9]{1,19}\.(root|targets|snapshot|base|tenant-([a-z][a-z0-9-]{0,31})))\.json$`)
	basePath     = regexp.MustCompile(`^(targets/fleet/[0-9a-f]{64}\.contact\.json|targets/base/[a-z0-9]{1,16}/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\.json|blobs/[0-9a-f]{64})$`)
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
			none(w)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(serveTime)) // not every writer can
		w.Header().Set("Cache-Control", caching(name))
		r.serve(w, q, name)
	})
}

// serve answers with a file. Every station asks every day for the timestamp and
// for a root that is not there yet: these two answers carry no header too many.
func (r *Repository) serve(w http.ResponseWriter, q *http.Request, name string) {
	file := filepath.Join(r.dir, publicDir, filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		none(w)
		return
	}
	if name != timestampName {
		http.ServeFile(w, q, file)
		return
	}
	content, err := os.ReadFile(file)
	if err != nil {
		http.Error(w, "not readable", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if q.Method == http.MethodGet {
		_, _ = w.Write(content) // who has gone does not wait for it
	}
}

func none(w http.ResponseWriter) {
	w.Header().Del("Cache-Control")
	w.WriteHeader(http.StatusNotFound)
}

// visible reports whether name is a file that a station of tenant may read.
func visible(name string, tenant wire.Tenant) bool {
	if m := metadataPath.FindStringSubmatch(name); m != nil {
		return m[3] == "" || m[3] == string(tenant)
	}
	if basePath.MatchString(name) {
		return true // the same for everybody
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
