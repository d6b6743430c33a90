package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/console"
	"github.com/mallette-kit/mallette/fleet/console/people"
)

// permissions says, apart from the code, who may use each route: m(ediateur),
// c(oordinateur), t(echnicien), f(inanceur), e(diteur), a(dmin); "-" is open.
var permissions = map[string]string{
	"GET /connexion":  "-",
	"POST /connexion": "-",

	"POST /deconnexion": "mctfea",
	"GET /compte":       "mctfea",
	"POST /compte":      "mctfea",
	"GET /{$}":          "mctfea",

	"GET /postes":                 "mcta",
	"GET /postes/{station}":       "mcta",
	"POST /postes/{station}":      "ta",
	"POST /postes/ordre":          "mta",
	"GET /ordres":                 "mta",
	"GET /ordres/{job}":           "mta",
	"GET /postes/{station}/perdu": "mta",

	"GET /postes/{station}/journaux/{name}":         "ta",
	"GET /postes/{station}/journaux/{name}/fichier": "ta",

	"POST /postes/{station}/perdu": "mta",

	"GET /versions":                       "ta",
	"GET /versions/{release}":             "ta",
	"GET /versions/{release}/sbom/{arch}": "ta",
	"GET /versions/{release}/deployer":    "ta",
	"POST /versions/{release}/deployer":   "ta",
	"GET /deploiements":                   "ta",
	"GET /deploiements/{id}":              "ta",
	"POST /deploiements/{id}":             "ta",

	"GET /territoire":                 "mcta",
	"GET /territoire/structures/{id}": "a",
	"POST /territoire/structures":     "a",
	"GET /territoire/lieux/{id}":      "ta",
	"POST /territoire/lieux":          "ta",
	"GET /territoire/mallettes/{id}":  "ta",
	"POST /territoire/mallettes":      "ta",

	"GET /lots":                            "a",
	"POST /lots":                           "a",
	"POST /lots/emetteurs":                 "a",
	"POST /lots/publier":                   "a",
	"GET /lots/{issuer}/{batch}":           "a",
	"GET /lots/{issuer}/{batch}/pdf":       "a",
	"GET /lots/{issuer}/{batch}/page":      "a",
	"POST /lots/{issuer}/{batch}/carnets":  "a",
	"GET /lots/{issuer}/{batch}/revoquer":  "a",
	"POST /lots/{issuer}/{batch}/revoquer": "a",

	"GET /validations":             "ma",
	"POST /validations/decision":   "a",
	"GET /validations/autres":      "ma",
	"GET /bordereaux":              "ma",
	"POST /bordereaux":             "a",
	"GET /bordereaux/{number}":     "ma",
	"GET /bordereaux/{number}/csv": "ma",

	"GET /alarmes":  "ta",
	"POST /alarmes": "ta",

	"GET /cartes":                  "a",
	"POST /cartes":                 "a",
	"POST /cartes/code":            "a",
	"GET /cartes/{card}":           "a",
	"GET /cartes/{card}/pdf":       "a",
	"POST /cartes/{card}/revoquer": "a",

	"GET /usages":         "mctfea",
	"GET /usages/{table}": "mctfea",
	"GET /bilan":          "mcfa",
	"GET /bilan/{table}":  "mcfa",

	"GET /enrolement":          "ta",
	"POST /enrolement":         "ta",
	"POST /enrolement/annuler": "ta",
	"POST /enrolement/code":    "ta",

	"GET /personnes":                       "a",
	"POST /personnes":                      "a",
	"GET /personnes/{login}":               "a",
	"POST /personnes/{login}":              "a",
	"POST /personnes/{login}/mot-de-passe": "a",
	"GET /journal":                         "a",
}

var sample = strings.NewReplacer("{$}", "", "{station}", string(mine), "{id}", "nouveau", "{issuer}", "1", "{batch}", "1",
	"{job}", "j1", "{name}", "j1", "{release}", "2027.03.1", "{arch}", "amd64", "{number}", "1", "{card}", "1", "{table}", "lieux", "{login}", "admin")

// Every route answers every role as the table says, and nobody else.
func TestEveryRouteKnowsItsRoles(t *testing.T) {
	h := newHouse(t)
	browsers := map[people.Role]*browser{}
	for _, role := range people.Roles() {
		browsers[role] = h.as(t, role)
	}
	stranger := h.browser(t)
	for _, route := range console.Routes() {
		want, ok := permissions[route.Pattern]
		if !ok {
			t.Errorf("route %s is not in the table; say who may use it", route.Pattern)
			continue
		}
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		path := sample.Replace(pattern)
		if want != "-" {
			if status := stranger.ask(method, path); status != http.StatusSeeOther {
				t.Errorf("%s without a session = %d; want a redirect to sign-in", route.Pattern, status)
			}
		}
		for role, b := range browsers {
			if route.Pattern == "POST /deconnexion" || want == "-" {
				continue
			}
			allowed := strings.Contains(want, string(role[0]))
			if got := b.allowed(method, path); got != allowed {
				t.Errorf("%s as %s: allowed %v; want %v", route.Pattern, role, got, allowed)
			}
		}
	}
	if len(console.Routes()) != len(permissions) {
		t.Errorf("%d routes, %d in the table; want the same", len(console.Routes()), len(permissions))
	}
}

func (b *browser) ask(method, path string) int {
	b.t.Helper()
	if method == http.MethodGet {
		status, _ := b.get(path)
		return status
	}
	status, _ := b.post(path, "", url.Values{})
	return status
}

// allowed reports whether the role gets past the guard: a form without a token
// is refused with another page than a role without the right.
func (b *browser) allowed(method, path string) bool {
	b.t.Helper()
	var page string
	if method == http.MethodGet {
		_, page = b.get(path)
	} else {
		_, page = b.post(path, "", url.Values{})
	}
	return !strings.Contains(page, "Accès refusé")
}
