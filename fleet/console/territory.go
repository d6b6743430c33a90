package console

import (
	"fmt"
	"net/http"
	"slices"
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
		Commune: v.PostFormValue("commune"), INSEE: v.PostFormValue("insee"), Zone: v.PostFormValue("fuseau"), Itinerant: v.PostFormValue("itinerant") == "oui",
		Hours: strings.TrimSpace(v.PostFormValue("horaires")), Proxy: strings.TrimSpace(v.PostFormValue("proxy"))}
	if err := c.placeFree(v, p.ID); err != nil {
		return err
	}
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
	if err := c.kitFree(v, k.ID); err != nil {
		return err
	}
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

// placeFree refuses a new place with the identifier of another.
func (c *console) placeFree(v *visit, id string) error {
	places, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	return free(v, slices.ContainsFunc(places, func(p registry.Place) bool { return p.ID == id }))
}

// kitFree refuses a new kit with the identifier of another.
func (c *console) kitFree(v *visit, id string) error {
	kits, err := c.Fleet.Kits(v.Context(), v.tenant())
	if err != nil {
		return fmt.Errorf("read kits: %w", err)
	}
	return free(v, slices.ContainsFunc(kits, func(k registry.Kit) bool { return k.ID == id }))
}

func free(v *visit, taken bool) error {
	if taken && v.PostFormValue(newID) == "oui" {
		return errTaken
	}
	return nil
}
