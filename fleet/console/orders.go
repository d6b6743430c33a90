package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Jobs reads what stations were ordered.
type Jobs interface {
	Jobs(ctx context.Context, tenant wire.Tenant, q registry.JobQuery) ([]registry.JobLine, error)
	// Receipt reports whether one of the station's ledger keys signed the
	// receipt of a job, and what it says.
	Receipt(ctx context.Context, tenant wire.Tenant, l registry.JobLine) (wire.Farewell, error)
}

// losing is the gesture that no station is told of: it is cut off instead, and
// learns why when it asks.
const losing = "lost"

// mayOrder says who may give an order of each kind; the stations have to be in
// the person's scope besides.
func mayOrder(kind string) []people.Role {
	switch kind {
	case string(wire.JobIdentify), string(wire.JobRefresh), string(wire.JobRestart):
		return []people.Role{people.Mediator, people.Technician, people.Admin}
	case string(wire.JobWipe), string(wire.JobMove), string(wire.JobLogs), losing:
		return []people.Role{people.Technician, people.Admin}
	}
	return nil
}

// grave are the orders that cannot be taken back.
func grave(kind string) bool { return kind == string(wire.JobWipe) || kind == losing }

// chosen returns the stations that a form names. One that is out of the
// person's scope is as unknown as one that does not exist, and stops them all.
func (c *console) chosen(v *visit) ([]wire.Station, error) {
	var ids []wire.Station
	for _, value := range v.PostForm["poste"] {
		st, err := c.stationOf(v, wire.Station(value))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, st.ID) {
			ids = append(ids, st.ID)
		}
	}
	if len(ids) == 0 {
		return nil, errNobody
	}
	return ids, nil
}

// orderMany gives one order to all stations that a form names, or to none.
func (c *console) orderMany(w http.ResponseWriter, v *visit) error {
	kind := v.PostFormValue("ordre")
	if mayOrder(kind) == nil {
		return fmt.Errorf("%w: ordre", errInput)
	}
	if !v.is(mayOrder(kind)...) {
		return errForbidden
	}
	if grave(kind) && v.PostFormValue("sur") != "oui" {
		return errUnsure
	}
	ids, err := c.chosen(v)
	if err != nil {
		return err
	}
	switch kind {
	case losing:
		return c.loseAll(w, v, ids)
	case string(wire.JobMove):
		err := c.Registry.Move(v.Context(), v.actor(), v.tenant(), ids, v.PostFormValue("mallette"), v.PostFormValue("lieu"))
		if err != nil {
			return err
		}
		return done(w, v, "/postes", "deplace")
	}
	job, err := c.Registry.Order(v.Context(), v.actor(), v.tenant(), ids, wire.JobKind(kind))
	if err != nil {
		return err
	}
	return done(w, v, "/ordres/"+job, "ordre")
}

func (c *console) loseAll(w http.ResponseWriter, v *visit, ids []wire.Station) error {
	for _, id := range ids {
		if err := c.Registry.DeclareLost(v.Context(), v.actor(), v.tenant(), id, c.Now()); err != nil {
			return err
		}
	}
	return done(w, v, "/postes", "perdus")
}

// orderList is the page of orders, of all or of one gesture.
type orderList struct {
	Orders []orderLine
	Gone   int // have answered
	Now    time.Time
}

// orderLine is an order to a station, and what its receipt is worth.
type orderLine struct {
	registry.JobLine
	Over     bool
	Farewell *wire.Farewell // a receipt that the station signed
	Doubtful bool           // there is a receipt that nobody known signed
	Journal  string         // where what it sent is read, or ""
}

// maxOrders is how many orders a page shows.
const maxOrders = 500

func (c *console) ordersPage(w http.ResponseWriter, v *visit) error {
	job := v.PathValue("job")
	scope := v.query(registry.Query{})
	q := registry.JobQuery{Job: job, Structure: scope.Structure, Territory: scope.Territory, Limit: maxOrders}
	lines, err := c.Jobs.Jobs(v.Context(), v.tenant(), q)
	if err != nil {
		return err
	}
	if job != "" && len(lines) == 0 {
		return errNoPage
	}
	body := orderList{Now: c.Now()}
	for _, l := range lines {
		line := c.orderLine(v, l)
		if line.Over {
			body.Gone++
		}
		body.Orders = append(body.Orders, line)
	}
	title := "Ordres"
	if job != "" {
		title = fmt.Sprintf("Ordre : %s", jobName(lines[0].Job.Kind))
	}
	return c.show(w, v, http.StatusOK, "ordres", title, body)
}

func (c *console) orderLine(v *visit, l registry.JobLine) orderLine {
	line := orderLine{JobLine: l, Over: l.Over(c.Now())}
	if l.Job.Kind == wire.JobLogs && l.Status == "done" && v.is(people.Technician, people.Admin) {
		line.Journal = c.journalPath(v, l.Station, l.Job.ID)
	}
	if l.Receipt == nil {
		return line
	}
	f, err := c.Jobs.Receipt(v.Context(), v.tenant(), l)
	if err != nil {
		line.Doubtful = true
		return line
	}
	line.Farewell = &f
	return line
}

// jobName is what an order does.
func jobName(k wire.JobKind) string {
	return map[wire.JobKind]string{wire.JobIdentify: "faire clignoter et sonner", wire.JobRefresh: "rafraîchir les listes de pass", wire.JobRestart: "redémarrer", wire.JobLogs: "envoyer son journal technique",
		wire.JobMove: "oublier le Wi-Fi de l’ancienne structure", wire.JobWipe: "effacer et enrôler de nouveau"}[k]
}

// jobText says what became of an order.
func jobText(l orderLine, now time.Time) string {
	texts := map[string]string{"accepted": "Reçu par le poste", "running": "En cours", "done": "Fait", "failed": "Pas fait",
		"expired": "Reçu trop tard : pas exécuté", "repeated": "Coupé en chemin : donnez l’ordre de nouveau", "unknown": "Ce poste ne connaît pas cet ordre : mettez-le à jour"}
	switch {
	case l.Over && (l.Status == "" || l.Status == "accepted" || l.Status == "running"):
		return "Sans réponse dans le temps donné"
	case l.Status == "":
		return "Attend que le poste se connecte, jusqu’au " + formatted(l.Job.Expires, "02/01 à 15:04")
	}
	return texts[l.Status]
}
