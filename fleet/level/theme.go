package level

import "slices"

// Crosswalk says what something of ours is called elsewhere. Its values are
// exact bytes of the other party's enumerations.
type Crosswalk struct {
	Coop           []string `json:"coop,omitempty"`                // La Coop's thematiques, the usual one first
	Administrative bool     `json:"coop_administrative,omitempty"` // La Coop wants one administrative thematique besides
	Carto          string   `json:"carto,omitempty"`               // service of the map of places
	Inclusion      string   `json:"inclusion,omitempty"`           // data·inclusion's thematique
	Pix            []string `json:"pix,omitempty"`                 // codes of competences, such as "5.2"
}

func (c Crosswalk) clone() Crosswalk {
	c.Coop, c.Pix = slices.Clone(c.Coop), slices.Clone(c.Pix)
	return c
}

// Theme is what a lesson is about.
type Theme struct {
	Code  string `json:"code"`
	Label string `json:"label"`
	Crosswalk
}

// Themes returns every theme, in the order people see them.
func Themes() []Theme {
	list := slices.Clone(themes().Themes)
	for i := range list {
		list[i].Crosswalk = list[i].clone()
	}
	return list
}

// ThemeOf returns one theme by its code.
func ThemeOf(code string) (Theme, bool) {
	list := Themes()
	i := slices.IndexFunc(list, func(t Theme) bool { return t.Code == code })
	if i < 0 {
		return Theme{}, false
	}
	return list[i], true
}
