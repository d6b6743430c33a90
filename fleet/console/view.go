package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed style
var assets embed.FS

// view is what every page gets.
type view struct {
	Title  string
	Path   string
	Person people.Person
	Nav    []navItem
	CSRF   string
	Banner string
	Done   string
	Now    time.Time
	Body   any
}

// show renders a page whole before it sends anything.
func (c *console) show(w http.ResponseWriter, v *visit, status int, page, title string, body any) error {
	data := view{Title: title, Path: v.URL.Path, Person: v.Person, CSRF: v.csrf(), Now: c.Now(), Body: body, Done: doneText(v)}
	if v.Person.Login != "" {
		data.Nav = c.nav(v)
		t, err := c.Fleet.Tenant(v.Context(), v.tenant())
		if err != nil {
			return fmt.Errorf("show %s: %w", page, err)
		}
		if t.Demonstration {
			data.Banner = "Démonstration : structures, pass et chiffres sont inventés."
		}
	}
	var out bytes.Buffer
	if err := c.pages[page].ExecuteTemplate(&out, "base.html", data); err != nil {
		return fmt.Errorf("show %s: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(out.Bytes())
	if err != nil {
		return nil // the browser left; there is nobody to tell
	}
	return nil
}

// parsePages parses every page with the frame around it.
func parsePages() map[string]*template.Template {
	base := template.Must(template.New("base.html").Funcs(funcs()).ParseFS(pageFiles, "pages/base.html", "pages/parts.html"))
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err)
	}
	pages := make(map[string]*template.Template, len(names))
	for _, name := range names {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")
		if short != "base" && short != "parts" {
			pages[short] = template.Must(template.Must(base.Clone()).ParseFS(pageFiles, name))
		}
	}
	return pages
}

// done goes back to a page that says what was done; an odd code says nothing.
func done(w http.ResponseWriter, v *visit, path, code string) error {
	http.Redirect(w, v.Request, path+"?fait="+url.QueryEscape(code), http.StatusSeeOther)
	return nil
}

func doneText(v *visit) string {
	return map[string]string{
		"enregistre": "C’est enregistré. Les postes concernés le sauront dès qu’ils seront connectés.",
		"ordre":      "L’ordre est donné. Un poste hors ligne l’exécutera s’il se connecte à temps.",
		"deplace":    "Les postes sont déplacés. Ceux qui changent de structure oublieront le Wi-Fi de l’ancienne.",
		"perdus":     "Les postes sont déclarés perdus : leurs certificats sont révoqués et leurs connexions coupées.",
		"perdu":      "Le poste est déclaré perdu : ses certificats sont révoqués et sa connexion est coupée.",
		"personne":   "La fiche est enregistrée.",
		"passe":      "Votre mot de passe est changé. Vos autres connexions sont fermées.",
		"annule":     "Le jeton est annulé.",
		"approuve":   "Le poste est accepté. Il rejoint la mallette dans les secondes qui viennent ; gardez-le allumé.",
		"vu":         "L’alarme est marquée comme vue.",
		"publie":     "Tout est publié. Les postes le recevront à leur prochaine connexion.",
		"revoque":    "C’est révoqué. Les postes l’apprendront à leur prochaine connexion.",
		"lot":        "Le lot est créé. Imprimez ses carnets ; les postes l’apprendront d’eux-mêmes.",
		"carnet":     "Le carnet est à jour.",
		"emetteur":   "L’émetteur est enregistré.",
		"decide":     "La décision est enregistrée.",
		"deploie":    "Le déploiement est lancé. Chaque poste le saura dès qu’il sera connecté.",
		"code":       "Le code est enregistré. Les postes l’apprendront à leur prochaine connexion.",
		"cloture":    "Le mois est clôturé et le bordereau est fait.",
	}[v.URL.Query().Get("fait")]
}
