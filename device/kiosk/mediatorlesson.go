package kiosk

import (
	"strings"

	"github.com/mallette-kit/mallette/fleet/level"
)

// offer is a lesson as a mediator chooses today's: for whom it is and what is
// learnt, which the public's pages do not say.
type offer struct {
	ID, Title string
	Levels    string // "Premiers pas, Je débute"
	Audiences string
	Skills    string // competences of Pix
}

func (m *Mediator) offers() []offer {
	var list []offer
	for _, l := range m.Catalogue.Lessons() {
		list = append(list, offer{
			ID: l.ID, Title: l.Title,
			Levels:    labels(l.Levels, levelTerm),
			Audiences: labels(l.Audiences, level.Audience),
			Skills:    labels(l.Competences, level.Competence),
		})
	}
	return list
}

func levelTerm(code string) (level.Term, bool) {
	l := level.Level(code)
	return level.Term{Code: code, Label: l.Label()}, l.Valid()
}

// labels leaves out codes that are newer than this station.
func labels(codes []string, find func(string) (level.Term, bool)) string {
	var list []string
	for _, code := range codes {
		if t, ok := find(code); ok {
			list = append(list, t.Label)
		}
	}
	return strings.Join(list, ", ")
}

// serviceGroup is the services of one stage.
type serviceGroup struct {
	Label    string
	Services []level.Service
}

func serviceGroups() []serviceGroup {
	var groups []serviceGroup
	for _, stage := range level.Stages() {
		g := serviceGroup{Label: stage.Label}
		for _, s := range level.Services() {
			if s.Stage == stage.Code {
				g.Services = append(g.Services, s)
			}
		}
		groups = append(groups, g)
	}
	return groups
}
