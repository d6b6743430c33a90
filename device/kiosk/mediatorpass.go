package kiosk

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/mallette-kit/mallette/device/redeem"
)

type passPage struct {
	frame
	Lines     []lineWords
	Validated int
	Day       dayWords
}

// passes is the page on which passes are validated in a row.
func (m *Mediator) passes(w http.ResponseWriter, r *http.Request) error {
	if !m.Desk.Takes() {
		return SeeOther(w, r, "/mediateur")
	}
	n, err := m.validated(r)
	if err != nil {
		return err
	}
	p := passPage{frame: m.frame(r, "pass"), Validated: n, Day: m.dayWords(r)}
	for _, line := range m.Desk.Row() {
		p.Lines = append(p.Lines, wordsOf(line))
	}
	if len(p.Lines) > 0 {
		p.Said = p.Lines[0].Said()
	}
	return m.Render(w, r, http.StatusOK, "mediator/pass", p)
}

// show decides on digits that were typed. An empty field does nothing: hands
// press Enter twice.
func (m *Mediator) show(w http.ResponseWriter, r *http.Request) error {
	if text := r.PostForm.Get("code"); text != "" {
		m.Desk.Show(r.Context(), text)
	}
	return SeeOther(w, r, "/mediateur/pass")
}

func (m *Mediator) showWaiting(w http.ResponseWriter, r *http.Request) error {
	m.Desk.ShowWaiting(r.Context())
	return SeeOther(w, r, "/mediateur/pass")
}

func (m *Mediator) clearRow(w http.ResponseWriter, r *http.Request) error {
	m.Desk.Clear()
	return SeeOther(w, r, "/mediateur")
}

func (m *Mediator) confirm(w http.ResponseWriter, r *http.Request) error {
	id, err := lineID(r)
	if err != nil {
		return err
	}
	words := redeem.ParseOverrides(r.PostForm["parole"])
	return m.rowChanged(w, r, m.Desk.Confirm(r.Context(), id, words))
}

func (m *Mediator) cancel(w http.ResponseWriter, r *http.Request) error {
	id, err := lineID(r)
	if err != nil {
		return err
	}
	return m.rowChanged(w, r, m.Desk.Cancel(r.Context(), id))
}

// rowChanged goes back to the row. A line that is gone, because the page was
// old, is no error: the row as it is says so.
func (m *Mediator) rowChanged(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil && !errors.Is(err, redeem.ErrNoLine) {
		return fmt.Errorf("change row: %w", err)
	}
	return SeeOther(w, r, "/mediateur/pass")
}

func lineID(r *http.Request) (int, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return 0, ErrNotFound
	}
	return id, nil
}
