package kiosk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Errors of [Days.OpenDay] that the mediator can do something about.
var (
	// ErrDatePast says that the date is before one the station is sure of.
	ErrDatePast = errors.New("date is surely past")
	// ErrDateFuture says that the date is years away.
	ErrDateFuture = errors.New("date is years away")
	// ErrDateKnown says that the network's time is another.
	ErrDateKnown = errors.New("network knows the date")
	// ErrDiskFull says that the day cannot be kept.
	ErrDiskFull = errors.New("disk full")
)

// When is the mediator's word on date and time: as shown, unknown, or At.
type When struct {
	Unknown bool
	At      time.Time // zero: as shown
}

// dayPage is what the page that opens or changes a day shows.
type dayPage struct {
	frame
	Station   Station
	PlaceName string
	Now       dateWords
	Form      workshop.Day
	Services  []serviceGroup
	Postures  []level.Term
	Lessons   []offer
	Problem   string
}

func (m *Mediator) dayForm(w http.ResponseWriter, r *http.Request) error {
	day := m.Days.Day()
	if !day.Open {
		day = m.usual(r)
	}
	return m.showDay(w, r, http.StatusOK, day, "")
}

// usual is the day that most likely begins: the first place, the first
// service, doing with the person, papers kept.
func (m *Mediator) usual(r *http.Request) workshop.Day {
	d := workshop.Day{Service: level.Services()[0].Code, Posture: pass.PostureGuide, PaperKept: true}
	if places := m.State(r.Context()).Places; len(places) > 0 {
		d.Place = places[0].ID
	}
	return d
}

func (m *Mediator) showDay(w http.ResponseWriter, r *http.Request, status int, form workshop.Day, problem string) error {
	st := m.State(r.Context())
	place, _ := placeOf(st.Places, form.Place)
	return m.Render(w, r, status, "mediator/day", dayPage{
		frame: m.frame(r, "day"), Station: st, PlaceName: place.Name, Now: saidNow(st), Form: form, Problem: problem,
		Services: serviceGroups(), Postures: level.Postures(), Lessons: m.offers(),
	})
}

// openDay opens the day, or changes the one that is open.
func (m *Mediator) openDay(w http.ResponseWriter, r *http.Request) error {
	form, st := readDay(r.PostForm), m.State(r.Context())
	was := m.Days.Day()
	if was.Open {
		form.Place, form.Date, form.Began = was.Place, was.Date, was.Began
	}
	err := m.takeDay(r, form, st, was.Open)
	switch problem := dayProblem(err); {
	case err == nil:
		return SeeOther(w, r, "/mediateur")
	case problem != "":
		return m.showDay(w, r, http.StatusUnprocessableEntity, form, problem)
	}
	return err
}

func (m *Mediator) takeDay(r *http.Request, form workshop.Day, st Station, open bool) error {
	for _, id := range form.Lessons {
		if _, ok := m.Catalogue.Lesson(id); !ok {
			return workshop.ErrDay
		}
	}
	if open {
		return m.Days.AmendDay(form)
	}
	place, ok := placeOf(st.Places, form.Place)
	if !ok {
		return workshop.ErrDay
	}
	when, err := readWhen(r.PostForm, place)
	if err != nil {
		return err
	}
	return m.Days.OpenDay(r.Context(), form, when)
}

func placeOf(places []wire.Place, id string) (wire.Place, bool) {
	i := slices.IndexFunc(places, func(p wire.Place) bool { return p.ID == id })
	if i < 0 {
		return wire.Place{}, false
	}
	return places[i], true
}

func readDay(f url.Values) workshop.Day {
	return workshop.Day{
		Place: f.Get("lieu"), Service: f.Get("service"), Posture: pass.Posture(f.Get("posture")),
		Lessons: f["lecon"], PaperKept: f.Get("papiers") != "non",
	}
}

// readWhen compares what was typed with what the page had shown, so that
// opening an hour-old page does not set the clock back.
func readWhen(f url.Values, place wire.Place) (When, error) {
	typed := f.Get("date") + " " + f.Get("heure")
	switch {
	case f.Get("date_inconnue") != "":
		return When{Unknown: true}, nil
	case typed == f.Get("montre"):
		return When{}, nil
	}
	zone, err := time.LoadLocation(place.Zone)
	if err != nil {
		return When{}, workshop.ErrDay
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", typed, zone)
	if err != nil {
		return When{}, errDateForm
	}
	return When{At: at}, nil
}

// errDateForm says that the date or time cannot be read.
var errDateForm = errors.New("unreadable date")
