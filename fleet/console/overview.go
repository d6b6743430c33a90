package console

import (
	"net/http"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
)

// overviewView is the first page: what needs somebody comes first.
type overviewView struct {
	Late      []report.Late
	Exact     bool // may read how much waits, not only whether
	Alarms    int
	Conflicts int
	States    []stateCount
	Stations  bool // may open the list
	Usage     report.Report
	Plot      plot
	Table     report.Table
	Empty     bool // no station yet
	Enrol     bool
}

type stateCount struct {
	Label string
	Path  string
	Count int
}

func (c *console) overview(w http.ResponseWriter, v *visit) error {
	body := overviewView{Stations: v.is(people.Mediator, people.Coordinator, people.Technician, people.Admin), Enrol: v.is(people.Technician, people.Admin), Exact: v.countsWaiting()}
	if body.Stations {
		if err := c.fleetState(v, &body); err != nil {
			return err
		}
	}
	if err := c.troubles(v, &body); err != nil {
		return err
	}
	var err error
	if body.Usage, err = c.Report.Usage(v.Context(), v.tenant(), v.scope(), report.QuarterOf(c.Now().In(paris()))); err != nil {
		return err
	}
	body.Table, _ = body.Usage.Table("mois")
	body.Plot = newPlot(body.Table)
	return c.show(w, v, http.StatusOK, "accueil", "Vue d’ensemble", body)
}

func (c *console) fleetState(v *visit, body *overviewView) error {
	var err error
	if body.Late, err = c.Report.Late(v.Context(), v.tenant(), v.scope()); err != nil {
		return err
	}
	for _, s := range stationStates() {
		_, n, err := c.Fleet.Stations(v.Context(), v.tenant(), v.query(registry.Query{State: registry.State(s.Value), Limit: 1}))
		if err != nil {
			return err
		}
		body.States = append(body.States, stateCount{s.Label, "/postes?etat=" + s.Value, n})
	}
	body.Empty = body.States[0].Count == 0
	return nil
}

// troubles counts what somebody with this role can do something about.
func (c *console) troubles(v *visit, body *overviewView) error {
	if v.is(people.Technician, people.Admin) {
		alarms, err := c.Alarms.Alarms(v.Context(), v.tenant(), false)
		if err != nil {
			return err
		}
		body.Alarms = len(alarms)
	}
	if !v.is(people.Mediator, people.Admin) {
		return nil
	}
	var err error
	_, body.Conflicts, err = c.Ledger.Lines(v.Context(), v.tenant(), v.lines(report.LineQuery{State: "conflit", Limit: 1}))
	return err
}
