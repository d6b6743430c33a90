package cycle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/word"
)

// Add puts a lesson at the end.
func (c *Cycle) Add(l *lesson.Lesson) {
	c.Items = append(slices.Clone(c.Items), Item{Lesson: l.ID, Hash: l.Hash, Version: l.Version, Title: l.Title, Minutes: l.Minutes})
}

// Move puts item i where item j is; anything else than two places that are
// there changes nothing.
func (c *Cycle) Move(i, j int) {
	if i < 0 || j < 0 || i >= len(c.Items) || j >= len(c.Items) {
		return
	}
	moved := c.Items[i]
	c.Items = slices.Insert(slices.Delete(slices.Clone(c.Items), i, i+1), j, moved)
}

// Remove takes item i out; one that is not there changes nothing.
func (c *Cycle) Remove(i int) {
	if i >= 0 && i < len(c.Items) {
		c.Items = slices.Delete(slices.Clone(c.Items), i, i+1)
	}
}

// Name makes an identifier of a title that none of taken has.
func Name(title string, taken func(id string) bool) string {
	var b strings.Builder
	for _, r := range word.Fold(title) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 32 {
			break
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		name = "cycle"
	}
	for id, n := name, 2; ; n++ {
		if !taken(id) {
			return id
		}
		id = name + "-" + strconv.Itoa(n)
	}
}

// Catalogue is the lessons of a station.
type Catalogue interface {
	Lesson(id string) (*lesson.Lesson, bool)
}

// Met is an item as this station can give it.
type Met struct {
	Item
	N       int            // from 1
	Here    *lesson.Lesson // nil: the lesson is not on this station
	Changed bool           // it is not the content that was chosen
}

// Against looks for the lessons of a cycle.
func (c Cycle) Against(lessons Catalogue) []Met {
	list := make([]Met, len(c.Items))
	for i, item := range c.Items {
		list[i] = Met{Item: item, N: i + 1}
		if l, ok := lessons.Lesson(item.Lesson); ok {
			list[i].Here, list[i].Changed = l, item.Hash != "" && item.Hash != l.Hash
		}
	}
	return list
}

// Needed is what to bring: what the cycle says and what its lessons say, each
// once.
func (c Cycle) Needed(lessons Catalogue) []string {
	needed := slices.Clone(c.Material)
	for _, m := range c.Against(lessons) {
		if m.Here == nil {
			continue
		}
		for _, thing := range m.Here.Material {
			if !slices.Contains(needed, thing) {
				needed = append(needed, thing)
			}
		}
	}
	return needed
}
