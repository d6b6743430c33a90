package console

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Journals reads what stations' programs said, as far as stations sent it.
type Journals interface {
	List(tenant wire.Tenant, id wire.Station) ([]journal.Entry, error)
	Open(tenant wire.Tenant, id wire.Station, name string) (io.ReadCloser, error)
	Read(tenant wire.Tenant, id wire.Station, name string, each func(wire.JournalLine) bool) error
}

// journalView is the page of one journal.
type journalView struct {
	*lister
	Station  wire.Station
	Label    string
	Entry    journal.Entry
	Trial    bool // of a start that failed, which nobody ordered
	Lines    []journalLine
	Programs []string
	Levels   []choice
}

// journalLine is a line with the start it is of.
type journalLine struct {
	wire.JournalLine
	Of wire.JournalStart
}

func journalLevels() []choice {
	return []choice{{"", "Tout"}, {levelWarn, "Ce qui ne va pas"}, {levelError, "Les erreurs"}}
}

// Levels as stations write them.
const (
	levelWarn  = "WARN"
	levelError = "ERROR"
)

// asGrave reports whether a line is at least of a level.
func asGrave(l wire.JournalLine, level string) bool {
	switch level {
	case levelError:
		return l.Level == levelError
	case levelWarn:
		return l.Level == levelError || l.Level == levelWarn
	}
	return true
}

func (c *console) journalPage(w http.ResponseWriter, v *visit) error {
	body, err := c.journalOf(v)
	if err != nil {
		return err
	}
	body.Levels = journalLevels()
	err = c.Journals.Read(v.tenant(), body.Station, body.Entry.Name, body.take())
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	slices.Sort(body.Programs)
	return c.show(w, v, http.StatusOK, "journaux", "Journal technique : "+body.Label, body)
}

// journalOf is the journal that the path names, of a station that the person may
// see.
func (c *console) journalOf(v *visit) (journalView, error) {
	st, err := c.station(v)
	if err != nil {
		return journalView{}, err
	}
	list, err := c.Journals.List(v.tenant(), st.ID)
	if err != nil {
		return journalView{}, err
	}
	name := v.PathValue("name")
	for _, e := range list {
		if e.Name == name {
			return journalView{lister: newLister(v), Station: st.ID, Label: st.Label, Entry: e, Trial: strings.HasPrefix(name, wire.TrialJournal(""))}, nil
		}
	}
	return journalView{}, errNoPage
}

// take keeps the lines of the page that was asked for, and counts the others.
func (j *journalView) take() func(wire.JournalLine) bool {
	var of wire.JournalStart
	program, level := j.Get("programme"), j.Get("niveau")
	return func(l wire.JournalLine) bool {
		if l.Start != nil {
			of = *l.Start
			return true
		}
		if !slices.Contains(j.Programs, l.Program) && len(j.Programs) < 20 {
			j.Programs = append(j.Programs, l.Program)
		}
		if program != "" && l.Program != program || !asGrave(l, level) {
			return true
		}
		if j.Total >= j.Offset() && len(j.Lines) < perPage {
			j.Lines = append(j.Lines, journalLine{l, of})
		}
		j.Total++
		return true
	}
}

// journalFile sends a journal as it came.
func (c *console) journalFile(w http.ResponseWriter, v *visit) error {
	j, err := c.journalOf(v)
	if err != nil {
		return err
	}
	file, err := c.Journals.Open(v.tenant(), j.Station, j.Entry.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.jsonl.gz"`, j.Station, j.Entry.Name))
	if _, err := io.Copy(w, file); err != nil {
		c.Log.Info("journal not sent whole", "err", err)
	}
	return nil
}

// trialJournal is the path of the newest journal of a start that failed in a
// rollout, or "". The station may have been asked for something else since.
func (c *console) trialJournal(v *visit, id wire.Station, r conductor.Record) string {
	list, err := c.Journals.List(v.tenant(), id)
	if err != nil {
		c.Log.Warn("journals not listed", "err", err)
	}
	for _, e := range list {
		if attempt, ok := strings.CutPrefix(e.Name, wire.TrialJournal("")); ok && r.Ordered(attempt) {
			return journalURL(id, e.Name)
		}
	}
	return ""
}

// journalPath is where a journal is read, or "" when there is none of that name.
func (c *console) journalPath(v *visit, id wire.Station, name string) string {
	file, err := c.Journals.Open(v.tenant(), id, name)
	if err != nil {
		if !errors.Is(err, journal.ErrNone) {
			c.Log.Warn("journal not looked up", "err", err)
		}
		return ""
	}
	file.Close()
	return journalURL(id, name)
}

func journalURL(id wire.Station, name string) string {
	return "/postes/" + string(id) + "/journaux/" + name
}

// journalTitle names a journal in a list.
func journalTitle(e journal.Entry) string {
	at := formatted(e.At, "02/01/2006 à 15:04")
	if strings.HasPrefix(e.Name, wire.TrialJournal("")) {
		return "Démarrage raté d’une nouvelle version, reçu le " + at
	}
	return "Demandé, reçu le " + at
}

// said is when a line was said, as far as the station knew.
func said(l wire.JournalLine) string {
	if l.At.IsZero() || l.At.Year() < 2020 {
		return "+ " + (time.Duration(l.Up * float64(time.Second))).Round(time.Millisecond).String()
	}
	return l.At.In(paris()).Format("02/01/2006 15:04:05")
}
