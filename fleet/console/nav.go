package console

import (
	"strings"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

// navItem is one entry of the menu.
type navItem struct {
	Label   string
	Path    string
	Current bool
}

// nav lists what this person may open: an entry whose route has not their
// role is not there.
func (c *console) nav(v *visit) []navItem {
	entries := []navItem{
		{Label: "Vue d’ensemble", Path: "/"},
		{Label: "Postes", Path: "/postes"},
		{Label: "Ordres", Path: "/ordres"},
		{Label: "Versions", Path: "/versions"},
		{Label: "Déploiements", Path: "/deploiements"},
		{Label: "Structures, lieux, mallettes", Path: "/territoire"},
		{Label: "Lots de pass", Path: "/lots"},
		{Label: "Validations", Path: "/validations"},
		{Label: "Bordereaux", Path: "/bordereaux"},
		{Label: "Usages", Path: "/usages"},
		{Label: "Bilan des pass", Path: "/bilan"},
		{Label: "Alarmes", Path: "/alarmes"},
		{Label: "Enrôlement", Path: "/enrolement"},
		{Label: "Cartes de médiateur", Path: "/cartes"},
		{Label: "Personnes", Path: "/personnes"},
		{Label: "Journal", Path: "/journal"},
	}
	allowed := c.allowed(v.Person.Role)
	var out []navItem
	for _, e := range entries {
		if !allowed["GET "+e.Path] && !(e.Path == "/" && allowed["GET /{$}"]) {
			continue
		}
		e.Current = v.URL.Path == e.Path || e.Path != "/" && strings.HasPrefix(v.URL.Path, e.Path+"/")
		out = append(out, e)
	}
	return out
}

// allowed returns the patterns that a role may use.
func (c *console) allowed(role people.Role) map[string]bool {
	out := map[string]bool{}
	for _, r := range c.routes() {
		for _, may := range r.Roles {
			if may == role {
				out[r.Pattern] = true
			}
		}
	}
	return out
}
