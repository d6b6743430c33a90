package kiosk

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/practice"
)

const practiceRoot = "/entrainement"

// maxVisitors bounds how many browsers' exercises are held at once.
const maxVisitors = 64

// Practice is the pages of the fictitious services. Services is required; Now
// tells the age of a code on the fake phone, and is time.Now when nil. What
// people enter is held in memory until [Practice.Forget].
type Practice struct {
	Services []*practice.Service
	Now      func() time.Time

	*Server
	mu     sync.Mutex
	visits map[string]map[string]practice.Visit // by visitor, then by service
}

// Mount implements [Part].
func (p *Practice) Mount(s *Server) {
	p.Server, s.practice, s.services = s, true, p.Services
	if p.Now == nil {
		p.Now = time.Now
	}
	for pattern, h := range map[string]Handler{
		"GET " + practiceRoot:                             p.list,
		"GET " + practiceRoot + "/{service}":              p.start,
		"POST " + practiceRoot + "/{service}/commencer":   p.begin,
		"POST " + practiceRoot + "/{service}/guide":       p.turnGuide,
		"GET " + practiceRoot + "/{service}/bilan":        p.told,
		"GET " + practiceRoot + "/{service}/{screen}":     p.screen,
		"POST " + practiceRoot + "/{service}/{screen}":    p.press,
		"POST " + practiceRoot + "/{service}/recommencer": p.again,
	} {
		s.Handle(pattern, s.during(h))
	}
}

// Forget drops what everybody entered. The end of a session calls it.
func (p *Practice) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits = nil
}

// serviceHome is where the pages of a service are, at the service's own name.
func serviceHome(s *practice.Service) string { return practiceRoot + "/" + s.ID }

// change replaces the visitor's visit of a service by what does returns. A
// visit that has not begun has no screen.
func (p *Practice) change(r *http.Request, s *practice.Service, does func(practice.Visit) (practice.Visit, error)) (practice.Visit, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := visitorOf(r).id
	next, err := does(p.visits[who][s.ID])
	if err != nil {
		return next, err
	}
	if p.visits == nil || (p.visits[who] == nil && len(p.visits) >= maxVisitors) {
		p.visits = map[string]map[string]practice.Visit{}
	}
	if p.visits[who] == nil {
		p.visits[who] = map[string]practice.Visit{}
	}
	p.visits[who][s.ID] = next
	return next, nil
}

func (p *Practice) visit(r *http.Request, s *practice.Service) practice.Visit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.visits[visitorOf(r).id][s.ID]
}

func (p *Practice) serviceOf(r *http.Request) (*practice.Service, error) {
	for _, s := range p.Services {
		if s.ID == r.PathValue("service") {
			return s, nil
		}
	}
	return nil, ErrNotFound
}

// practicePage is what the pages of a service receive.
type practicePage struct {
	Service *practice.Service
	Screen  *practice.Screen
	Visit   practice.Visit
	Person  practice.Person
	Home    string
	Told    []practice.Told
	All     bool // everything was achieved
}

// Say is a sentence of the service, set as French is.
func (p practicePage) Say(text string) string {
	return lesson.Typeset("fr", p.Service.Say(p.Visit, text))
}

func (p *Practice) page(s *practice.Service, v practice.Visit) practicePage {
	sc, _ := s.Screen(v.Screen)
	return practicePage{Service: s, Screen: sc, Visit: v, Person: practice.Camille(), Home: serviceHome(s)}
}

func practiceError(err error) error {
	if errors.Is(err, practice.ErrUnknown) {
		return ErrNotFound
	}
	return err
}
