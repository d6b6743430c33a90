package kiosk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson/cycle"
)

// save keeps what was typed of a cycle, and shows it again; or, while it is
// being typed, keeps it and says so.
func (c *Cycles) save(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm.Get("geste") == jotting {
		return c.jot(w, r)
	}
	return c.changed(w, r, "", func(next *cycle.Cycle) error {
		readCycle(next, r.PostForm)
		return nil
	})
}

// jot keeps what is being typed, so that a mediator who walks away, or a power
// cut, loses nothing. A title that is being written anew is not one yet.
func (c *Cycles) jot(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	err = c.Book.Change(found.ID, func(next *cycle.Cycle) error {
		title := next.Title
		if readCycle(next, r.PostForm); next.Title == "" {
			next.Title = title
		}
		return nil
	})
	if cycleProblem(err) != "" {
		return ErrBadForm
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readCycle takes what the form says of the cycle and of its lessons.
func readCycle(next *cycle.Cycle, f url.Values) {
	next.Title, next.Summary, next.Notes = strings.TrimSpace(f.Get("titre")), strings.TrimSpace(f.Get("resume")), unixLines(f.Get("notes"))
	next.From, next.To, next.Audiences = f.Get("de"), f.Get("vers_niveau"), f["public"]
	next.Material = nil
	for line := range strings.Lines(f.Get("materiel")) {
		if line = strings.TrimSpace(line); line != "" {
			next.Material = append(next.Material, line)
		}
	}
	for field, i := range placesOf(f.Get("vu"), *next) {
		n := strconv.Itoa(field)
		next.Items[i].Notes = unixLines(f.Get("note" + n))
		if minutes, err := strconv.Atoi(f.Get("minutes" + n)); err == nil {
			next.Items[i].Minutes = minutes
		}
	}
}

// unixLines ends lines as our own files do: a browser adds a sign to each.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// orderOf names the lessons of a cycle in their order.
func orderOf(c cycle.Cycle) string {
	var ids []string
	for _, i := range c.Items {
		ids = append(ids, i.Lesson)
	}
	return strings.Join(ids, " ")
}

// placesOf finds the lesson that each field of a page is about: words typed
// just before a lesson was moved come after that, and belong to the same
// lesson. One that was taken out has no place any more.
func placesOf(seen string, c cycle.Cycle) map[int]int {
	places, left := map[int]int{}, map[string][]int{}
	for i, item := range c.Items {
		left[item.Lesson] = append(left[item.Lesson], i)
	}
	for field, id := range strings.Fields(seen) {
		if at := left[id]; len(at) > 0 {
			places[field], left[id] = at[0], at[1:]
		}
	}
	return places
}
