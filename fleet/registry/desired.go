package registry

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// banner is what every screen of a demonstration says.
const banner = "Démonstration"

// Compose returns the state that st should reach, with the version it has in
// before, or one more when the state differs. The station's usual place comes
// first, the other places of the structure follow by name.
func Compose(before wire.Desired, t Tenant, s Structure, st Station, places []Place) wire.Desired {
	d := before
	d.Kit, d.Label, d.Role, d.Mode = st.Kit, st.Label, st.Role, st.Mode
	d.Structure = wire.Structure{ID: s.ID, SIRET: s.SIRET, Name: s.Name}
	d.Places = ordered(places, st.Place)
	d.Hours = hours(d.Places, places)
	d.Passes = s.Passes
	d.Trust = t.Trust
	d.Base = st.Base
	d.Contact = cmp.Or(s.Contact, t.Contact)
	d.Banner = ""
	if t.Demonstration {
		d.Banner = banner
	}
	if before.Version == 0 || !reflect.DeepEqual(before, d) {
		d.Version++
	}
	return d
}

// hours are those of the usual place, the first. What was kept was checked.
func hours(ordered []wire.Place, places []Place) []wire.Window {
	if len(ordered) == 0 {
		return nil
	}
	i := slices.IndexFunc(places, func(p Place) bool { return p.ID == ordered[0].ID })
	list, _ := ParseHours(places[i].Hours)
	return list
}

// maxPlaces is what wire.Desired allows.
const maxPlaces = 200

func ordered(places []Place, usual string) []wire.Place {
	sorted := slices.Clone(places)
	slices.SortFunc(sorted, func(a, b Place) int {
		if (a.ID == usual) != (b.ID == usual) {
			if a.ID == usual {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	out := make([]wire.Place, 0, len(sorted))
	for _, p := range sorted[:min(len(sorted), maxPlaces)] {
		out = append(out, wire.Place{ID: p.ID, Name: p.Name, Commune: p.Commune, Zone: p.Zone, Proxy: p.Proxy})
	}
	return out
}
