package kiosk

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/mallette-kit/mallette/device/workshop"
)

// maxCount bounds what a person may type as a count.
const maxCount = 10_000

type endPage struct {
	frame
	Day       dayWords
	Tally     workshop.Tally
	Validated int
	Problem   string
}

type sheetPage struct {
	frame
	Sheet workshop.Sheet
	Words sheetWords
}

func (m *Mediator) endForm(w http.ResponseWriter, r *http.Request) error {
	return m.showEnd(w, r, http.StatusOK, "")
}

func (m *Mediator) showEnd(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	day := m.Days.Day()
	if !day.Open {
		return SeeOther(w, r, "/mediateur")
	}
	n, err := m.validated(r)
	if err != nil {
		return err
	}
	return m.Render(w, r, status, "mediator/end", endPage{m.frame(r, "end"), m.dayWords(r), day.Tally, n, problem})
}

// endDay counts and closes. What cannot be written leaves the day open.
func (m *Mediator) endDay(w http.ResponseWriter, r *http.Request) error {
	participants, kept, ok := readCounts(r, m.Desk.Takes())
	if !ok {
		return m.showEnd(w, r, http.StatusUnprocessableEntity, problemCount)
	}
	err := m.Days.EndDay(r.Context(), participants, kept)
	switch {
	case errors.Is(err, workshop.ErrNoDay):
		return SeeOther(w, r, "/mediateur")
	case errors.Is(err, ErrDiskFull):
		return m.showEnd(w, r, http.StatusInsufficientStorage, problemDisk)
	case err != nil:
		return fmt.Errorf("end day: %w", err)
	}
	return SeeOther(w, r, "/mediateur/feuille")
}

func readCounts(r *http.Request, papers bool) (participants, kept int, ok bool) {
	participants, ok = readCount(r.PostForm.Get("participants"))
	if !ok || !papers {
		return participants, 0, ok
	}
	kept, ok = readCount(r.PostForm.Get("papiers"))
	return participants, kept, ok
}

func readCount(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= maxCount
}

func (m *Mediator) sheet(w http.ResponseWriter, r *http.Request) error {
	sheet, ok := m.Days.Last()
	if !ok {
		return SeeOther(w, r, "/mediateur")
	}
	return m.Render(w, r, http.StatusOK, "mediator/sheet", sheetPage{m.frame(r, "sheet"), sheet, wordsOfSheet(sheet)})
}

func (m *Mediator) sheetCSV(w http.ResponseWriter, r *http.Request) error {
	sheet, ok := m.Days.Last()
	if !ok {
		return ErrNotFound
	}
	var body bytes.Buffer
	if err := sheet.CSV(&body); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="feuille-`+fileDate(sheet)+`.csv"`)
	_, _ = w.Write(body.Bytes()) // the reader has gone: nobody to tell
	return nil
}

func fileDate(s workshop.Sheet) string {
	if s.Date == "" {
		return "sans-date"
	}
	return s.Date
}
