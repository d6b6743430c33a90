package kiosk

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Door is mediator mode, open or shut.
type Door interface {
	// Grant says whether it is open; it does not count as use.
	Grant() (workshop.Grant, bool)
	// Use is Grant, and keeps the door open for longer.
	Use() (workshop.Grant, bool)
	// ByPIN opens it; see [workshop.Door.ByPIN] for the errors.
	ByPIN(pin string) error
	// Lock shuts it.
	Lock()
	// Wait is how long until another PIN may be tried.
	Wait() time.Duration
	// Changed is closed when the door opens or shuts.
	Changed() <-chan struct{}
}

// Days is the day as the mediator sets it.
type Days interface {
	// Day is the open day, or the zero value.
	Day() workshop.Day
	// Last is the sheet of the day that ended last.
	Last() (workshop.Sheet, bool)
	// OpenDay opens a day, and sets the station's clock as w says.
	OpenDay(ctx context.Context, d workshop.Day, w When) error
	// AmendDay changes service, posture, lessons and papers of the open day.
	AmendDay(d workshop.Day) error
	// EndDay counts, writes what it owes the fleet and keeps the sheet.
	EndDay(ctx context.Context, participants, kept int) error
	// Changed is closed at the next change of the day.
	Changed() <-chan struct{}
}

// Desk validates passes: the desk of this station with the day's setting applied.
type Desk interface {
	// Takes says whether this station validates passes at all.
	Takes() bool
	Show(ctx context.Context, text string) redeem.Line
	Confirm(ctx context.Context, id int, words []redeem.Override) error
	Cancel(ctx context.Context, id int) error
	Row() []redeem.Line
	Clear()
	// Validated counts the day's validations that stand.
	Validated(ctx context.Context) (int, error)
	// Waiting is how many passes were shown while the door was shut, and
	// ShowWaiting decides on them.
	Waiting() int
	ShowWaiting(ctx context.Context)
	// Changed is closed when the row or what waits changes.
	Changed() <-chan struct{}
}

// Station is what the mediator may know of the machine.
type Station struct {
	Enrolled   bool
	Label, Kit string
	ID         wire.Station
	Release    string
	Structure  string
	Places     []wire.Place
	Role       wire.Role
	Now        time.Time // in the place's civil time; zero when nobody knows it
	Clock      pass.Quality
	Zone       *time.Location
	Online     bool
	Offline    network.Reason // why there is no way out; "" when there is, or nobody knows
	LastSync   time.Time      // zero: never, or nobody knows
	Records    int            // waiting for the fleet
	Counters   int
	Reader     bool // the passreader answers
	Alerts     []Alert
	CardError  error // why the last card did not open the door, for a moment
}

// Mediator is the pages of mediator mode. Join, Codes, Network, OpenPortal,
// Ready, Installer and Errands may be nil, the others are required.
type Mediator struct {
	Door  Door
	Days  Days
	Desk  Desk
	State func(context.Context) Station
	// Join makes the station join a fleet with a one-time token. It returns
	// what to tell people when it did not, "" when it did. It is nil where
	// that cannot be done.
	Join func(ctx context.Context, token string) (refusal string)
	// Codes is the other way to join, nil where that cannot be done.
	Codes Codes
	// Network is nil where another system keeps the network.
	Network Network
	// OpenPortal opens the page of a captive portal in a browser for one
	// person; nil where there is none.
	OpenPortal func(ctx context.Context, address string) error
	// Ready looks at all that a station needs.
	Ready func(context.Context) []Check
	// Installer is nil where the station was not started from a live stick.
	Installer Installer
	// Errands is nil where no stick can appear.
	Errands Errands
	// owns says whether a lesson was made here; nil where none can be.
	owns func(id string) bool
	// books says whether there are pages to bring them.
	books bool

	*Server
}

// Mount implements [Part].
func (m *Mediator) Mount(s *Server) {
	m.Server = s
	for pattern, h := range m.open() {
		s.Handle(pattern, h)
	}
	for pattern, h := range m.codes() {
		s.Handle(pattern, h)
	}
	pages := m.guarded()
	if m.Errands != nil {
		maps.Copy(pages, m.errands())
	}
	for pattern, h := range pages {
		s.Handle(pattern, m.inside(h))
	}
	for pattern, h := range m.optional() {
		s.Handle(pattern, m.insideOrNew(h))
	}
}

// optional are pages of an open door that a station without a fleet has too,
// as far as it has what they are about.
func (m *Mediator) optional() map[string]Handler {
	pages := map[string]Handler{}
	if m.Network != nil {
		maps.Copy(pages, m.networks())
	}
	if m.Ready != nil {
		maps.Copy(pages, m.readiness())
	}
	if m.Installer != nil {
		maps.Copy(pages, m.installs())
	}
	return pages
}

// open are the doors themselves: what can be asked while mediator mode is shut.
func (m *Mediator) open() map[string]Handler {
	return map[string]Handler{
		"GET /mediateur":            m.hub,
		"POST /mediateur/ouvrir":    m.unlock,
		"GET /mediateur/rejoindre":  m.joinForm,
		"POST /mediateur/rejoindre": m.join,
	}
}

// guarded are the pages that only an open door shows.
func (m *Mediator) guarded() map[string]Handler {
	return map[string]Handler{
		"POST /mediateur/fermer":                 m.lock,
		"POST /mediateur/session/fin":            m.endSession,
		"GET /mediateur/journee":                 m.dayForm,
		"POST /mediateur/journee":                m.openDay,
		"GET /mediateur/pass":                    m.passes,
		"POST /mediateur/pass":                   m.show,
		"POST /mediateur/pass/attente":           m.showWaiting,
		"POST /mediateur/pass/fini":              m.clearRow,
		"POST /mediateur/pass/{id}/accepter":     m.confirm,
		"POST /mediateur/pass/{id}/annuler":      m.cancel,
		"GET /mediateur/catalogue":               m.catalogue,
		"GET /mediateur/lecon/{id}":              m.preview,
		"GET /mediateur/lecon/{id}/fiche/{kind}": m.guide,
		"GET /mediateur/fin":                     m.endForm,
		"POST /mediateur/fin":                    m.endDay,
		"GET /mediateur/feuille":                 m.sheet,
		"GET /mediateur/feuille.csv":             m.sheetCSV,
		"GET /mediateur/poste":                   m.station,
		"GET /mediateur/flux":                    m.stream,
	}
}

// inside asks for an open door; the others are led to it.
func (m *Mediator) inside(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, open := m.Door.Use(); !open {
			return SeeOther(w, r, "/mediateur")
		}
		return h(w, r)
	}
}

// frame is on every page of mediator mode.
type frame struct {
	Tab     string
	Opened  bool // a day is
	Passes  bool
	Waiting int
	Alerts  int
	Said    string // what just happened, for role=status
	Checks  bool   // there is "Tout est prêt ?"
	Network bool   // the network can be chosen here
	Stick   bool   // a stick of the fleet can be looked at
	Install bool   // the stick can be installed on a disk of this machine
	Edits   bool   // lessons can be made here
	Library bool   // books can be brought here
}

func (m *Mediator) frame(r *http.Request, tab string) frame {
	f := frame{Tab: tab, Opened: m.Days.Day().Open, Passes: m.Desk.Takes(), Alerts: len(m.State(r.Context()).Alerts), Checks: m.Ready != nil, Network: m.Network != nil,
		Install: m.Installer != nil, Stick: m.Errands != nil, Edits: m.owns != nil, Library: m.books}
	if f.Passes {
		f.Waiting = m.Desk.Waiting()
	}
	return f
}
