package console

import (
	"net/http"

	"github.com/mallette-kit/mallette/fleet/registry"
)

// auditView is one page of the audit log.
type auditView struct {
	*lister
	Entries []registry.Audit
	More    bool
}

func (c *console) auditPage(w http.ResponseWriter, v *visit) error {
	l := newLister(v)
	entries, err := c.Fleet.Audit(v.Context(), v.tenant(), l.Offset(), perPage+1)
	if err != nil {
		return err
	}
	body := auditView{lister: l, Entries: entries, More: len(entries) > perPage}
	l.Total = l.Offset() + len(entries)
	if body.More {
		body.Entries = entries[:perPage]
	}
	return c.show(w, v, http.StatusOK, "journal", "Journal", body)
}
