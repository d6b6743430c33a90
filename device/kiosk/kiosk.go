// Package kiosk is the station's own web server: it renders the pages of
// kiosk-ui, takes the answers of quizzes and settings, and tells an open page
// when the session changes.
//
// It listens on loopback only, asks the network for nothing, sends no script
// that a page needs, and keeps nothing about a person: language and display
// settings live in a cookie that ends with the session.
//
// A part of the station that has pages of its own (the mediator's, for one)
// implements [Part] and is handed to [New]; everything it mounts goes through
// the same doors: host, origin and token checks, bounded bodies, one layout.
package kiosk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/gym"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/practice"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Session is one person's time at the station. It is safe for concurrent use.
type Session interface {
	// Active says whether somebody's session is on.
	Active() bool
	// Begin starts a session; it does nothing when one is on.
	Begin() error
	// Touch says that the person has just done something.
	Touch()
	// Extend answers the idle warning: the person is still there.
	Extend()
	// End wipes whatever the session left.
	End() error
	// Idle is how long without a touch before the warning; 0 means never.
	Idle() time.Duration
	// Warning returns the time left before the session ends by itself; ok is
	// false while no warning is due.
	Warning() (left time.Duration, ok bool)
	// Changed is closed at the next start, end, warning or extension.
	Changed() <-chan struct{}
}

// Counter adds one to a usage counter of the current half-day. Counting never
// fails a page: the implementation copes and reports by itself.
type Counter interface {
	Count(name wire.CounterName, lessonID, item, outcome string)
}

// Catalogue is the lessons of the station. A lesson it returns is not modified.
type Catalogue interface {
	// Lessons are all of them, in the order they are shown.
	Lessons() []*lesson.Lesson
	// Lesson finds one by its identifier.
	Lesson(id string) (*lesson.Lesson, bool)
}

// Today is what pages need to know of the day and the place.
type Today struct {
	Open    bool      // a mediator has opened the day: this is a workshop
	Place   string    // name of the place; may be empty
	Date    time.Time // civil date at the place; zero when nobody knows it
	Lesson  string    // identifier of today's lesson, or ""
	Contact string    // whom to call when help is needed, or ""
	Label   string    // what is written on the machine, e.g. "Poste 3"
	Banner  string    // e.g. "Démonstration", or ""
	// Elsewhere says that the structure takes passes, at another station.
	Elsewhere bool
	// Alone says that the station belongs to no fleet.
	Alone bool
	// Lost says that it was of one, which declared it lost.
	Lost bool
	// Wanted says that somebody at the fleet wants this station to be found.
	Wanted bool
}

// Options are what a [Server] works with. Every field but Hosts, Now
// and Shown is required.
type Options struct {
	Log       *slog.Logger
	Files     fs.FS // kiosk-ui: pages, style, script, locales, gym
	Session   Session
	Counter   Counter
	Catalogue Catalogue
	Today     func() Today
	Now       func() time.Time // nil: time.Now; only used to pace the state stream
	// Shown counts the passes shown while mediator mode was shut, and returns
	// a channel that is closed at the next change; nil where none are read.
	Shown func() (int, <-chan struct{})
	Hosts []string // names the server answers to; nil: loopback names
	// Painted hears from the first page of a browser, with the context that the
	// server runs with; Farewell that somebody has read the last page. Both may
	// be nil.
	Painted  func(ctx context.Context)
	Farewell func()
}

// Part is a set of pages that belongs to one step of the station.
type Part interface {
	// Mount registers its handlers, once, before the server runs.
	Mount(*Server)
}

// Server serves the pages of one station. Make it with [New].
type Server struct {
	Options
	mux    *http.ServeMux
	pages  *pages
	words  *words
	assets *assets
	index  indexes
	gym    *gym.Catalogue
	tokens tokens
	blank  string // begins what stands for a visitor's own in a page that is kept
	stills stills
	// buffers are *bytes.Buffer that pages are written in.
	buffers sync.Pool
	visits  visits
	// practice says that the fictitious services are there: doors lead to them.
	practice bool
	services []*practice.Service // each has a name of its own
	// preview is where a mediator who looks at a page without a session came
	// from, or "" for everybody else; nil where lessons are not made.
	preview func(*http.Request) string
	web     *Web     // the doors to the open web, if it can be opened
	library *Library // the books of the station, or nil
	// aloud speaks pages, or is nil.
	aloud *Aloud
	// portfolio is the pages of "ma carte", or nil.
	portfolio *Portfolio
}

// New reads the pages, locales and assets and mounts the public pages and the
// parts. It fails on a page, locale or option that is missing or broken.
func New(opts Options, parts ...Part) (*Server, error) {
	s := &Server{Options: opts, mux: http.NewServeMux()}
	if err := s.complete(); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("load pages: %w", err)
	}
	s.index.of(s.Catalogue.Lessons()) // the first search does not wait
	s.mountPublic()
	for _, p := range parts {
		p.Mount(s)
	}
	return s, nil
}

func (s *Server) complete() error {
	if s.Log == nil || s.Files == nil || s.Session == nil || s.Counter == nil || s.Catalogue == nil || s.Today == nil {
		return errors.New("kiosk: an option is missing")
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Shown == nil {
		s.Shown = func() (int, <-chan struct{}) { return 0, nil }
	}
	if s.Hosts == nil {
		s.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	return nil
}

func (s *Server) load() (err error) {
	if s.tokens, err = newTokens(); err != nil {
		return err
	}
	if s.blank, err = randomHex(); err != nil {
		return err
	}
	if s.words, err = readWords(s.Files); err != nil {
		return err
	}
	if s.assets, err = readAssets(s.Files); err != nil {
		return err
	}
	if s.gym, err = readGym(s.Files); err != nil {
		return err
	}
	s.pages, err = readPages(s.Files, s.assets)
	return err
}

// Handler returns the whole site behind its doors.
func (s *Server) Handler() http.Handler { return s.doors(s.mux) }

// Run serves ln, which it closes, until ctx is done.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s.Handler())
}

func (s *Server) serve(ctx context.Context, ln net.Listener, site http.Handler) error {
	srv := &http.Server{
		Handler:           site,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { stopped <- shutdown(srv) })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve kiosk: %w", err)
	}
	return <-stopped
}

// shutdown lets open pages finish for a moment; state streams end with the
// context they were given.
func shutdown(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return srv.Close()
	}
	return nil
}
