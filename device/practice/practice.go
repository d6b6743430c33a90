// Package practice is "s'entraîner aux démarches": fictitious online services
// in which anybody may create an account, sort a mailbox, fill in a return or
// lose a password, and be wrong, without anything being sent.
//
// A service is data (services/*.yaml): screens, fields, buttons and what they
// lead to. [Open] reads and checks them. A [Visit] is one person's way through
// a service: a value whose methods return the next one. The package writes
// nothing to a disk, asks no network and logs nothing; what a person types is
// in the Visit and goes with it.
//
//	services, err := practice.Open(practice.Files())
//	v := services[0].Begin(true)
//	v, err = services[0].Press(v, "identite", "continuer", form, now)
package practice

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed services
var files embed.FS

// Files are the services every station has, one file each.
func Files() fs.FS { return files }

// Service is one fictitious online service. It is not modified once read.
type Service struct {
	ID      string            `yaml:"id"`
	Name    string            `yaml:"name"`    // of the invented organisation
	Address string            `yaml:"address"` // what its address bar shows
	Icon    string            `yaml:"icon"`
	Minutes int               `yaml:"minutes"`
	Place   int               `yaml:"place"` // among the services, from 1
	Codes   []string          `yaml:"codes"` // those the fake phone receives, in turn
	Notes   map[string]string `yaml:"notes"` // messages of the fake phone; {code} is the current one
	Goals   []Goal            `yaml:"goals"`
	Screens []Screen          `yaml:"screens"` // the first is where a visit begins
}

// Domain is where the services have their names: every browser takes a name that
// ends in "localhost" for its own machine, and asks nobody.
const Domain = "exercice.localhost"

// Host is the service's own name.
func (s *Service) Host() string { return s.ID + "." + Domain }

// Goal is something achieved that is told at the end.
type Goal struct {
	Fact string `yaml:"fact"`
	// Bonus is told when it happened and never offered: falling for a trap and
	// learning from it, for one.
	Bonus bool `yaml:"bonus"`
}

// Open reads and checks the services below services/, in their order.
func Open(files fs.FS) ([]*Service, error) {
	names, err := fs.Glob(files, "services/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []*Service
	for _, name := range names {
		s, err := read(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Service) int { return a.Place - b.Place })
	return all, nil
}

func read(files fs.FS, name string) (*Service, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	s := &Service{}
	if err := dec.Decode(s); err != nil {
		return nil, err
	}
	if s.ID != strings.TrimSuffix(path.Base(name), ".yaml") || len(s.Screens) == 0 {
		return nil, errors.New("no screen, or not named as its file")
	}
	return s, s.check()
}

// Screen finds a screen by its name.
func (s *Service) Screen(id string) (*Screen, bool) {
	for i := range s.Screens {
		if s.Screens[i].ID == id {
			return &s.Screens[i], true
		}
	}
	return nil, false
}

// Person is who everybody is while practising.
type Person struct{ Name, Street, Town, Mail, Mobile string }

// Camille is the invented person whose papers the services accept. Nobody has
// to type anything true.
func Camille() Person {
	return Person{
		Name: "Camille Essai", Street: "3 rue de l’Entraînement", Town: "00000 Villessai",
		Mail: "camille.essai@courrier.example", Mobile: "06 39 98 00 42",
	}
}
