package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
)

// territoryView is the page of structures, places and kits.
type territoryView struct {
	Structures []registry.Structure
	Places     []registry.Place
	Kits       []registry.Kit
	Names      map[pass.Structure]registry.Structure
	MayEdit    bool // places and kits
	Admin      bool // structures
}

func (c *console) territoryPage(w http.ResponseWriter, v *visit) error {
	names, err := c.structures(v)
	if err != nil {
		return err
	}
	body := territoryView{Names: names, MayEdit: v.is(people.Technician, people.Admin), Admin: v.is(people.Admin)}
	if body.Structures, err = c.structuresOf(v); err != nil {
		return err
	}
	if body.Places, err = c.placesOf(v); err != nil {
		return err
	}
	if body.Kits, err = c.kitsOf(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "territoire", "Structures, lieux, mallettes", body)
}

// form is the page on which a structure, a place or a kit is edited. New is
// true when there is none yet.
type form struct {
	New        bool
	Structure  registry.Structure
	Place      registry.Place
	Kit        registry.Kit
	Structures []registry.Structure
}

// newID is the path element of a thing that does not exist yet.
const newID = "nouveau"

func (c *console) structurePage(w http.ResponseWriter, v *visit) error {
	known, err := c.structures(v)
	if err != nil {
		return err
	}
	if v.PathValue("id") == newID {
		return c.show(w, v, http.StatusOK, "structure", "Nouvelle structure", form{New: true, Structure: registry.Structure{ID: nextStructure(known)}})
	}
	s, ok := known[structureID(v.PathValue("id"))]
	if !ok {
		return errNoPage
	}
	return c.show(w, v, http.StatusOK, "structure", s.Name, form{Structure: s})
}

func (c *console) saveStructure(w http.ResponseWriter, v *visit) error {
	s := registry.Structure{ID: structureID(v.PostFormValue("id")), SIRET: strings.ReplaceAll(v.PostFormValue("siret"), " ", ""),
		Name: v.PostFormValue("nom"), Territory: v.PostFormValue("territoire"), Contact: v.PostFormValue("contact"), Passes: v.PostFormValue("pass") == "oui"}
	if err := c.Registry.SaveStructure(v.Context(), v.actor(), v.tenant(), s); err != nil {
		return err
	}
	return done(w, v, "/territoire", "enregistre")
}

func (c *console) placePage(w http.ResponseWriter, v *visit) error {
	structures, err := c.structuresOf(v)
	if err != nil {
		return err
	}
	if v.PathValue("id") == newID {
		return c.show(w, v, http.StatusOK, "lieu", "Nouveau lieu", form{New: true, Place: registry.Place{Zone: "Europe/Paris"}, Structures: structures})
	}
	places, err := c.placesOf(v)
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.ID == v.PathValue("id") {
			return c.show(w, v, http.StatusOK, "lieu", p.Name, form{Place: p, Structures: structures})
		}
	}
	return errNoPage
}

func (c *console) savePlace(w http.ResponseWriter, v *visit) error {
	p := registry.Place{ID: v.PostFormValue("id"), Structure: structureID(v.PostFormValue("structure")), Name: v.PostFormValue("nom"),
		Commune: v.PostFormValue("commune"), INSEE: v.PostFormValue("insee"), Zone: v.PostFormValue("fuseau"), Itinerant: v.PostFormValue("itinerant") == "oui"}
	if err := c.Registry.SavePlace(v.Context(), v.actor(), v.tenant(), p); err != nil {
		return err
	}
	return done(w, v, "/territoire", "enregistre")
}

func (c *console) kitPage(w http.ResponseWriter, v *visit) error {
	structures, err := c.structuresOf(v)
	if err != nil {
		return err
	}
	if v.PathValue("id") == newID {
		return c.show(w, v, http.StatusOK, "mallette", "Nouvelle mallette", form{New: true, Structures: structures})
	}
	kits, err := c.kitsOf(v)
	if err != nil {
		return err
	}
	for _, k := range kits {
		if k.ID == v.PathValue("id") {
			return c.show(w, v, http.StatusOK, "mallette", "Mallette "+k.ID, form{Kit: k, Structures: structures})
		}
	}
	return errNoPage
}

func (c *console) saveKit(w http.ResponseWriter, v *visit) error {
	k := registry.Kit{ID: v.PostFormValue("id"), Structure: structureID(v.PostFormValue("structure")), Label: v.PostFormValue("nom")}
	if err := c.Registry.SaveKit(v.Context(), v.actor(), v.tenant(), k); err != nil {
		return err
	}
	return done(w, v, "/territoire", "enregistre")
}

func structureID(text string) pass.Structure {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0 // which no structure has, so that saving and finding refuse it
	}
	return pass.Structure(n)
}

func nextStructure(known map[pass.Structure]registry.Structure) pass.Structure {
	next := pass.Structure(1)
	for id := range known {
		next = max(next, id+1)
	}
	return next
}

// structures returns every structure of the tenant by id.
func (c *console) structures(v *visit) (map[pass.Structure]registry.Structure, error) {
	list, err := c.Fleet.Structures(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read structures: %w", err)
	}
	byID := make(map[pass.Structure]registry.Structure, len(list))
	for _, s := range list {
		byID[s.ID] = s
	}
	return byID, nil
}

// sees reports whether the person's scope includes a structure.
func (v *visit) sees(s registry.Structure) bool {
	q := v.query(registry.Query{})
	return (q.Structure == 0 || q.Structure == s.ID) && (q.Territory == "" || q.Territory == s.Territory)
}

func (c *console) structuresOf(v *visit) ([]registry.Structure, error) {
	list, err := c.Fleet.Structures(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read structures: %w", err)
	}
	var out []registry.Structure
	for _, s := range list {
		if v.sees(s) {
			out = append(out, s)
		}
	}
	return out, nil
}

func (c *console) placesOf(v *visit) ([]registry.Place, error) {
	structures, err := c.structures(v)
	if err != nil {
		return nil, err
	}
	list, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	var out []registry.Place
	for _, p := range list {
		if v.sees(structures[p.Structure]) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (c *console) kitsOf(v *visit) ([]registry.Kit, error) {
	structures, err := c.structures(v)
	if err != nil {
		return nil, err
	}
	list, err := c.Fleet.Kits(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read kits: %w", err)
	}
	var out []registry.Kit
	for _, k := range list {
		if v.sees(structures[k.Structure]) {
			out = append(out, k)
		}
	}
	return out, nil
}

func (c *console) placeNames(v *visit) (map[string]string, error) {
	places, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	names := make(map[string]string, len(places))
	for _, p := range places {
		names[p.ID] = p.Name
	}
	return names, nil
}
