package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// stationList is the page of all stations.
type stationList struct {
	*lister
	Stations []registry.Station
	Places   map[string]string
	Kits     []registry.Kit
	States   []choice
	Enrol    bool // may make a token
	Exact    bool // may read how much waits, not only whether
	Order    bool // may order stations about
	Rule     bool // may move, wipe and lose them
	At       []registry.Place
}

// choice is one option of a form.
type choice struct{ Value, Label string }

func stationStates() []choice {
	return []choice{{"", "Tous"}, {string(registry.Online), "Connectés"}, {string(registry.Offline), "Hors ligne"},
		{string(registry.Pending), "Avec des validations en attente"}, {string(registry.Behind), "Pas encore à jour"}, {string(registry.Missing), "Déclarés perdus"}}
}

func (c *console) stationsPage(w http.ResponseWriter, v *visit) error {
	l := newLister(v)
	q := v.query(registry.Query{Kit: l.Get("mallette"), Text: l.Get("texte"), State: registry.State(l.Get("etat")), Offset: l.Offset(), Limit: perPage})
	if q.Sort, q.Desc = l.Sort(); q.Sort == "pending" && !v.countsWaiting() {
		q.Sort = "" // the order would compare what is not shown
	}
	stations, total, err := c.Fleet.Stations(v.Context(), v.tenant(), q)
	if err != nil {
		return err
	}
	l.Total = total
	places, err := c.placeNames(v)
	if err != nil {
		return err
	}
	kits, err := c.kitsOf(v)
	if err != nil {
		return err
	}
	tech := v.is(people.Technician, people.Admin)
	body := stationList{lister: l, Stations: stations, Places: places, Kits: kits, States: stationStates(), Enrol: tech, Exact: v.countsWaiting(), Order: !v.is(people.Coordinator), Rule: tech}
	if body.At, err = c.placesOf(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "postes", "Postes", body)
}

// stationView is the page of one station.
type stationView struct {
	Station      registry.Station
	Kit          registry.Kit
	Structure    registry.Structure
	Places       []registry.Place
	PlaceNames   map[string]string
	Kits         []registry.Kit
	Certificates []registry.Certificate
	Acks         []wire.LogAck
	Quarantined  int
	Health       []registry.Sample
	Journals     []journal.Entry
	MayEdit      bool
	MayLose      bool
	Exact        bool // may read how much waits, not only whether
	Now          time.Time
}

func (c *console) stationPage(w http.ResponseWriter, v *visit) error {
	st, err := c.station(v)
	if err != nil {
		return err
	}
	body := stationView{Station: st, MayEdit: v.is(people.Technician, people.Admin),
		MayLose: v.is(people.Mediator, people.Technician, people.Admin), Exact: v.countsWaiting(), Now: c.Now()}
	if body.Certificates, err = c.Fleet.Certificates(v.Context(), v.tenant(), st.ID); err != nil {
		return err
	}
	if !v.is(people.Coordinator) { // both tell how many passes a day brought
		if body.Acks, err = c.Fleet.Acks(v.Context(), v.tenant(), st.ID); err != nil {
			return err
		}
		if body.Health, err = c.health(v, st.ID); err != nil {
			return err
		}
	}
	if body.Quarantined, err = c.Fleet.Quarantined(v.Context(), v.tenant(), st.ID); err != nil {
		return err
	}
	if body.MayEdit {
		if body.Journals, err = c.Journals.List(v.tenant(), st.ID); err != nil {
			return err
		}
	}
	if body.Kits, err = c.kitsOf(v); err != nil {
		return err
	}
	for _, k := range body.Kits {
		if k.ID == st.Kit {
			body.Kit = k
		}
	}
	if body.Structure, body.Places, err = c.homeOf(v, st); err != nil {
		return err
	}
	if body.PlaceNames, err = c.placeNames(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "poste", st.Label, body)
}

// station returns the station in the path when the person may see it; another
// structure's station is as unknown as one that does not exist.
func (c *console) station(v *visit) (registry.Station, error) {
	return c.stationOf(v, wire.Station(v.PathValue("station")))
}

func (c *console) stationOf(v *visit, id wire.Station) (registry.Station, error) {
	st, err := c.Fleet.Station(v.Context(), v.tenant(), id)
	if err != nil {
		return st, err
	}
	structures, err := c.structures(v)
	if err != nil {
		return st, err
	}
	limited := v.query(registry.Query{})
	if limited.Structure != 0 && limited.Structure != st.Structure ||
		limited.Territory != "" && structures[st.Structure].Territory != limited.Territory {
		return registry.Station{}, fmt.Errorf("station out of scope: %w", registry.ErrUnknown)
	}
	return st, nil
}

func (c *console) homeOf(v *visit, st registry.Station) (registry.Structure, []registry.Place, error) {
	structures, err := c.structures(v)
	if err != nil {
		return registry.Structure{}, nil, err
	}
	places, err := c.Fleet.Places(v.Context(), v.tenant())
	if err != nil {
		return registry.Structure{}, nil, err
	}
	var own []registry.Place
	for _, p := range places {
		if p.Structure == st.Structure {
			own = append(own, p)
		}
	}
	return structures[st.Structure], own, nil
}

func (c *console) editStation(w http.ResponseWriter, v *visit) error {
	st, err := c.station(v)
	if err != nil {
		return err
	}
	edit := registry.Edit{Kit: v.PostFormValue("mallette"), Label: v.PostFormValue("nom"), Role: wire.Role(v.PostFormValue("role")),
		Mode: wire.Mode(v.PostFormValue("mode")), Place: v.PostFormValue("lieu")}
	if err := c.Registry.EditStation(v.Context(), v.actor(), v.tenant(), st.ID, edit); err != nil {
		return err
	}
	return done(w, v, "/postes/"+string(st.ID), "enregistre")
}

func (c *console) lostPage(w http.ResponseWriter, v *visit) error {
	st, err := c.station(v)
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "perdu", "Déclarer perdu : "+st.Label, stationView{Station: st, Now: c.Now()})
}

func (c *console) declareLost(w http.ResponseWriter, v *visit) error {
	st, err := c.station(v)
	if err != nil {
		return err
	}
	since, err := time.ParseInLocation("2006-01-02T15:04", v.PostFormValue("depuis"), paris())
	if err != nil {
		return fmt.Errorf("%w: since", errInput)
	}
	if err := c.Registry.DeclareLost(v.Context(), v.actor(), v.tenant(), st.ID, since); err != nil {
		return err
	}
	return done(w, v, "/postes/"+string(st.ID), "perdu")
}
