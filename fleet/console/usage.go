package console

import (
	"bytes"
	"context"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// reportView is a report on a screen.
type reportView struct {
	report.Report
	Path    string
	Missing string
	Plots   map[string]plot
	Late    []report.Late
	Exact   bool
}

type build func(context.Context, wire.Tenant, report.Scope, report.Period) (report.Report, error)

func (c *console) usagePage(w http.ResponseWriter, v *visit) error {
	return c.reportPage(w, v, "Usages", "/usages", c.Report.Usage)
}

func (c *console) usageCSV(w http.ResponseWriter, v *visit) error {
	return c.reportCSV(w, v, "usages", c.Report.Usage)
}

func (c *console) passesPage(w http.ResponseWriter, v *visit) error {
	return c.reportPage(w, v, "Bilan des pass", "/bilan", c.Report.Passes)
}

func (c *console) passesCSV(w http.ResponseWriter, v *visit) error {
	return c.reportCSV(w, v, "pass", c.Report.Passes)
}

func (c *console) reportPage(w http.ResponseWriter, v *visit, title, path string, build build) error {
	rep, err := build(v.Context(), v.tenant(), v.scope(), c.period(v))
	if err != nil {
		return err
	}
	body := reportView{Report: rep, Path: path, Missing: report.Missing(rep.Unsynced), Plots: map[string]plot{}, Exact: v.scope().Exact}
	for _, t := range rep.Tables {
		if !t.Empty() {
			body.Plots[t.ID] = newPlot(t)
		}
	}
	return c.show(w, v, http.StatusOK, "rapport", title, body)
}

// reportCSV sends one table of the same report.
func (c *console) reportCSV(w http.ResponseWriter, v *visit, name string, build build) error {
	rep, err := build(v.Context(), v.tenant(), v.scope(), c.period(v))
	if err != nil {
		return err
	}
	t, ok := rep.Table(v.PathValue("table"))
	if !ok {
		return errNoPage
	}
	var out bytes.Buffer
	if err := report.WriteCSV(&out, rep, t); err != nil {
		return err
	}
	return sendFile(w, name+"-"+t.ID+"-"+rep.Period.String()+".csv", "text/csv; charset=utf-8", out.Bytes())
}

// period reads the period asked for; this quarter when there is none. The
// report gives the last finished one to those who may not read it yet.
func (c *console) period(v *visit) report.Period {
	if p, ok := report.ParsePeriod(v.URL.Query().Get("periode")); ok {
		return p
	}
	return report.QuarterOf(c.Now().In(paris()))
}

// sendFile sends a file to be saved; name is ours, never somebody's input.
func sendFile(w http.ResponseWriter, name, kind string, content []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if _, err := w.Write(content); err != nil {
		return nil // the browser left; there is nobody to tell
	}
	return nil
}
