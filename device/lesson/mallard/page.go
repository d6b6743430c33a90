package mallard

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// page is one page of the help.
type page struct {
	id      string
	root    *node
	info    *node
	licence string // address of its licence
}

func (h *help) page(name string) (*page, error) {
	raw, err := readPlain(h.roots[0], name, maxPage)
	if err != nil {
		return nil, err
	}
	root, err := parse(raw)
	if err != nil {
		return nil, err
	}
	p := &page{id: root.attr["id"], root: root, info: root.first("info")}
	if root.name != "page" || p.id == "" || p.title() == "" {
		return nil, ErrFormat
	}
	if p.info == nil {
		p.info = &node{}
	}
	p.licence, err = h.licence(p.info)
	return p, err
}

// licence is the address of the licence that a page states, or includes.
func (h *help) licence(info *node) (string, error) {
	if said := info.first("license"); said != nil {
		return said.attr["href"], nil
	}
	for _, included := range info.all("include") {
		name := included.attr["href"]
		if !fs.ValidPath(name) {
			return "", fmt.Errorf("include: %w", ErrFormat)
		}
		raw, err := readPlain(h.roots[0], name, maxPage)
		if err != nil {
			return "", fmt.Errorf("include: %w", err)
		}
		root, err := parse(raw)
		if err == nil && root.name == "license" {
			return root.attr["href"], nil
		}
	}
	return "", nil
}

func (p *page) title() string { return p.root.first("title").words() }

func (p *page) desc() string { return p.info.first("desc").words() }

// task says whether the page is one that tells how to do something, by steps.
func (p *page) task() bool {
	return p.root.attr["type"] == "topic" && slices.Contains(strings.Fields(p.root.attr["style"]), "task") && p.root.holdsSteps()
}

// credits are the people of a page: authors, then editors, then translators.
func (p *page) credits() (names []string) {
	for _, role := range []string{"author", "editor", "translator", ""} {
		for _, c := range p.info.all("credit") {
			name := c.first("name").words()
			if strings.Contains(c.attr["type"], role) && name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// terms are the code of the licence of a lesson made from the page, and how
// the page itself is licensed. Share-alike licences let an adaptation be under
// a later version of the same licence.
func (p *page) terms() (code, said string, err error) {
	_, rest, ok := strings.Cut(p.licence, "creativecommons.org/licenses/by-sa/")
	version, _, _ := strings.Cut(rest, "/")
	switch {
	case ok && slices.Contains([]string{"2.0", "2.5", "3.0", "4.0"}, version):
		return "cc_by_sa_4_0", "CC BY-SA " + version, nil
	}
	return "", "", ErrLicence
}
