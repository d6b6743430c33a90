package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
)

// statementsView is the page of statements (bordereaux).
type statementsView struct {
	Statements []mint.Statement
	Structures []registry.Structure
	Names      map[pass.Structure]registry.Structure
	Admin      bool
	Month      string // the last one that is over
	Period     report.Period
	Nothing    bool // the month asked for owes nothing
}

func (c *console) statementsPage(w http.ResponseWriter, v *visit) error {
	return c.showStatements(w, v, http.StatusOK, false)
}

func (c *console) showStatements(w http.ResponseWriter, v *visit, status int, nothing bool) error {
	names, err := c.structures(v)
	if err != nil {
		return err
	}
	body := statementsView{Names: names, Admin: v.is(people.Admin), Nothing: nothing,
		Month: c.lastMonth().Format("2006-01"), Period: report.QuarterOf(c.Now().In(paris()))}
	if body.Statements, err = c.statements(v); err != nil {
		return err
	}
	if body.Structures, err = c.structuresOf(v); err != nil {
		return err
	}
	return c.show(w, v, status, "bordereaux", "Bordereaux", body)
}

func (c *console) lastMonth() time.Time {
	now := c.Now().In(paris())
	return time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC)
}

// statements returns those that the person may see, newest first.
func (c *console) statements(v *visit) ([]mint.Statement, error) {
	all, err := c.Mint.Statements(v.Context(), v.tenant())
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	var own []mint.Statement
	for i := len(all) - 1; i >= 0; i-- {
		if v.is(people.Admin) || all[i].Structure == v.Person.Structure {
			own = append(own, all[i])
		}
	}
	return own, nil
}

func (c *console) statement(v *visit) (mint.Statement, error) {
	number, err := strconv.ParseUint(v.PathValue("number"), 10, 64)
	if err != nil {
		return mint.Statement{}, errNoPage
	}
	own, err := c.statements(v)
	if err != nil {
		return mint.Statement{}, err
	}
	for _, s := range own {
		if s.Number == number {
			return s, nil
		}
	}
	return mint.Statement{}, errNoPage
}

// statementView is one statement, to print.
type statementView struct {
	mint.Statement
	Home   registry.Structure
	Tenant registry.Tenant
}

func (c *console) statementPage(w http.ResponseWriter, v *visit) error {
	s, err := c.statement(v)
	if err != nil {
		return err
	}
	names, err := c.structures(v)
	if err != nil {
		return err
	}
	t, err := c.Fleet.Tenant(v.Context(), v.tenant())
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "bordereau", fmt.Sprintf("Bordereau n° %d", s.Number), statementView{s, names[s.Structure], t})
}

func (c *console) statementCSV(w http.ResponseWriter, v *visit) error {
	s, err := c.statement(v)
	if err != nil {
		return err
	}
	rows := [][]string{{"Bordereau", "Mois", "Structure", "Émetteur", "Lot", "Pass", "Valeur", "Montant"}}
	for _, l := range s.Lines {
		rows = append(rows, []string{fmt.Sprint(s.Number), s.Period, fmt.Sprint(s.Structure), fmt.Sprint(l.Issuer), fmt.Sprint(l.Batch),
			fmt.Sprint(l.Passes), money(l.FaceValue), money(l.Passes * l.FaceValue)})
	}
	var out bytes.Buffer
	if err := report.WriteRows(&out, rows); err != nil {
		return err
	}
	return sendFile(w, fmt.Sprintf("bordereau-%d.csv", s.Number), "text/csv; charset=utf-8", out.Bytes())
}

func (c *console) closeMonth(w http.ResponseWriter, v *visit) error {
	month, err := time.Parse("2006-01", v.PostFormValue("mois"))
	if err != nil {
		return fmt.Errorf("%w: month", errInput)
	}
	s, err := c.Mint.CloseMonth(v.Context(), v.tenant(), structureID(v.PostFormValue("structure")), month.Year(), month.Month())
	if errors.Is(err, mint.ErrNothingOwed) {
		return c.showStatements(w, v, http.StatusOK, true)
	}
	if err != nil {
		return err
	}
	if err := c.note(v, "month.close", fmt.Sprint(s.Number)); err != nil {
		return err
	}
	return done(w, v, "/bordereaux", "cloture")
}

// money writes cents as a spreadsheet reads them.
func money(cents int) string { return fmt.Sprintf("%d,%02d", cents/100, cents%100) }
