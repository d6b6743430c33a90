package level

import "slices"

// Term is a code and what people read for it.
type Term struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Audience returns by its code whom a lesson may be for: one of the ten
// audiences of La Base, mediators, elected officials.
func Audience(code string) (Term, bool) { return find(terms().Audiences, code) }

// Stages returns the three stages under which services are grouped.
func Stages() []Term { return slices.Clone(terms().Stages) }

// Postures returns who may have done the work while a service was given, with
// the codes of pass.Posture.
func Postures() []Term { return slices.Clone(terms().Postures) }

// Posture returns one posture by its code.
func Posture(code string) (Term, bool) { return find(terms().Postures, code) }

func find(list []Term, code string) (Term, bool) {
	i := slices.IndexFunc(list, func(t Term) bool { return t.Code == code })
	if i < 0 {
		return Term{}, false
	}
	return list[i], true
}
