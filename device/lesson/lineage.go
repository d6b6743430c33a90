package lesson

import (
	"errors"
	"regexp"
	"slices"
)

// Ancestor is a lesson that this one was made from. A derivative keeps the
// ancestors of what it was made from, the nearest first, so that its licence's
// conditions and its authors are never lost.
type Ancestor struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Hash    string   `yaml:"sha256,omitempty"` // of its content, when it was a lesson of this format
	Authors []string `yaml:"authors,flow"`
	Licence string   `yaml:"licence"`
	Source  string   `yaml:"source,omitempty"`  // where it was found, as words: nobody follows it
	Changes string   `yaml:"changes,omitempty"` // what was changed, in a sentence
}

// maxLineage is more generations than a lesson has.
const maxLineage = 12

var sumForm = regexp.MustCompile(`^([0-9a-f]{64})?$`)

func (m *Meta) checkLineage() error {
	if len(m.Lineage) > maxLineage {
		return errors.New("lineage too long")
	}
	for _, a := range m.Lineage {
		if bad(a.ID, 120) || bad(a.Title, 200) || bad(a.Licence, 60) || len(a.Authors) == 0 || len(a.Authors) > 20 ||
			!sumForm.MatchString(a.Hash) || len(a.Source) > 300 || len(a.Changes) > 600 {
			return errors.New("lineage")
		}
	}
	return nil
}

// Derive returns the description of a lesson made from l: another identifier
// and authors, the same licence, l as its nearest ancestor, and no review yet.
func (l *Lesson) Derive(id string, authors ...string) Meta {
	m := l.Meta.clone()
	m.ID, m.Authors, m.Reviewed, m.Version = id, authors, "", 1
	parent := Ancestor{ID: l.ID, Title: l.Title, Hash: l.Hash, Authors: slices.Clone(l.Authors), Licence: l.Licence, Source: l.Source}
	m.Lineage = append([]Ancestor{parent}, m.Lineage...)
	if len(m.Lineage) > maxLineage { // the first author stays
		m.Lineage = slices.Delete(m.Lineage, maxLineage-1, len(m.Lineage)-1)
	}
	return m
}

func (m Meta) clone() Meta {
	m.Lineage = slices.Clone(m.Lineage)
	m.Languages, m.Levels, m.Audiences = slices.Clone(m.Languages), slices.Clone(m.Levels), slices.Clone(m.Audiences)
	m.Themes, m.Competences, m.Accessible = slices.Clone(m.Themes), slices.Clone(m.Competences), slices.Clone(m.Accessible)
	return m
}
