package practice

import (
	"fmt"
	"regexp"
	"slices"
)

var plainName = regexp.MustCompile(`^[a-z][a-z0-9]{1,24}$`)

// reserved are names of the frame around a service.
func reserved() []string {
	return []string{"bilan", "guide", "recommencer", "commencer", "geste", "jeton"}
}

func kinds() []Kind {
	return []Kind{Text, Email, Digits, Amount, Password, Choice, Tick, Code, File}
}

// check finds the mistakes of who wrote the service: a way that leads nowhere,
// a name that cannot be an address, a fact that nothing establishes.
func (s *Service) check() error {
	seen := map[string]bool{}
	for i := range s.Screens {
		sc := &s.Screens[i]
		if !plainName.MatchString(sc.ID) || slices.Contains(reserved(), sc.ID) || seen[sc.ID] {
			return fmt.Errorf("screen %d has no name of its own", i+1)
		}
		seen[sc.ID] = true
		if err := s.checkScreen(sc); err != nil {
			return fmt.Errorf("screen %s: %w", sc.ID, err)
		}
	}
	return s.checkFacts()
}

func (s *Service) checkScreen(sc *Screen) error {
	for _, to := range append(sc.ways(), sc.turns()...) {
		if _, ok := s.Screen(to); !ok {
			return fmt.Errorf("leads to %q", to)
		}
	}
	for _, b := range sc.Buttons {
		if _, ok := s.Notes[b.Sends]; b.Sends != "" && !ok {
			return fmt.Errorf("button %s sends %q", b.Do, b.Sends)
		}
	}
	for i := range sc.Fields {
		if err := sc.Fields[i].check(); err != nil {
			return fmt.Errorf("field %s: %w", sc.Fields[i].Name, err)
		}
	}
	return nil
}

func (f *Field) check() error {
	switch {
	case !plainName.MatchString(f.Name) || slices.Contains(reserved(), f.Name):
		return fmt.Errorf("no plain name")
	case !slices.Contains(kinds(), f.Kind):
		return fmt.Errorf("unknown kind %q", f.Kind)
	case (f.Kind == Choice || f.Kind == File) != (len(f.Picks) > 0):
		return fmt.Errorf("options do not go with the kind")
	}
	return nil
}

// turns are the screens that buttons lead to.
func (s *Screen) turns() []string {
	var to []string
	for _, b := range s.Buttons {
		to = append(to, b.Goto)
		for _, br := range b.Branch {
			to = append(to, br.Goto)
		}
	}
	return to
}

func (s *Service) checkFacts() error {
	facts := s.facts()
	for _, g := range s.Goals {
		if !slices.Contains(facts, g.Fact) {
			return fmt.Errorf("goal %q cannot be reached", g.Fact)
		}
	}
	for _, sc := range s.Screens {
		for _, b := range sc.Buttons {
			for _, n := range b.Needs {
				if !slices.Contains(facts, n) {
					return fmt.Errorf("button %s waits for %q", b.Do, n)
				}
			}
		}
	}
	return nil
}

// facts are all those that some screen or button establishes.
func (s *Service) facts() []string {
	var all []string
	for _, sc := range s.Screens {
		all = append(all, sc.Sets)
		for _, b := range sc.Buttons {
			all = append(all, b.Sets)
			for _, br := range b.Branch {
				all = append(all, br.Sets)
			}
		}
	}
	return all
}
