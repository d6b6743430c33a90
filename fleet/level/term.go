package level

import "slices"

// Term is a code and what people read for it.
type Term struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Trait is something worth knowing besides the level, always optional and
// never stored with a person.
type Trait struct {
	Code   string `json:"code"`
	Label  string `json:"label"`
	Values []Term `json:"values"`
}

// Traits returns the three traits: equipment, ways of learning, French.
func Traits() []Trait {
	traits := slices.Clone(terms().Traits)
	for i := range traits {
		traits[i].Values = slices.Clone(traits[i].Values)
	}
	return traits
}

// Audiences returns whom a lesson may be for: the ten audiences of La Base,
// then mediators and elected officials.
func Audiences() []Term { return slices.Clone(terms().Audiences) }

// Audience returns one audience by its code.
func Audience(code string) (Term, bool) { return find(terms().Audiences, code) }

// Assets returns the seven kinds of material a lesson is made of.
func Assets() []Term { return slices.Clone(terms().Assets) }

// Asset returns one kind of material by its code.
func Asset(code string) (Term, bool) { return find(terms().Assets, code) }

// Stages returns the three stages under which services are grouped.
func Stages() []Term { return slices.Clone(terms().Stages) }

// Stage returns one stage by its code.
func Stage(code string) (Term, bool) { return find(terms().Stages, code) }

// Postures returns who may have done the work while a service was given, with
// the codes of pass.Posture.
func Postures() []Term { return slices.Clone(terms().Postures) }

// Posture returns one posture by its code.
func Posture(code string) (Term, bool) { return find(terms().Postures, code) }

// Competences returns the sixteen competences of Pix.
func Competences() []Term { return slices.Clone(terms().Competences) }

// Competence returns one competence by its code, such as "5.2".
func Competence(code string) (Term, bool) { return find(terms().Competences, code) }

func find(list []Term, code string) (Term, bool) {
	i := slices.IndexFunc(list, func(t Term) bool { return t.Code == code })
	if i < 0 {
		return Term{}, false
	}
	return list[i], true
}
