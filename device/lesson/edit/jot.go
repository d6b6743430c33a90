package edit

import (
	"maps"
	"slices"
)

// Jot is what stands in the fields of a page and was not saved yet: kept so
// that nothing typed is lost, and shown to nobody but the writer.
type Jot struct {
	Seen   string            `json:"seen"` // see [ErrStale]
	Fields map[string]string `json:"fields"`
}

// AboutPage is the name under which the page that says what a lesson says of
// itself has its jot; that of a text is the name of its file.
const AboutPage = "lesson.yaml"

// Jot keeps what is being typed on a page. The lesson stays what it was. Empty
// fields forget what was kept.
func (b *Book) Jot(id, page string, j Jot) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, err := b.current(id)
	if err != nil {
		return err
	}
	if page != AboutPage && !d.Edits(page) {
		return ErrUnknown
	}
	next := d.clone()
	next.jot(page, j)
	return b.save(next)
}

func (d *Draft) jot(page string, j Jot) {
	if len(j.Fields) == 0 {
		delete(d.Jots, page)
		return
	}
	if d.Jots == nil {
		d.Jots = map[string]Jot{}
	}
	fields := maps.Clone(j.Fields)
	for name, words := range fields {
		fields[name] = clean(words)
	}
	d.Jots[page] = Jot{j.Seen, fields}
}

// forget drops the jots of pages that are there no more.
func (d *Draft) forget() {
	maps.DeleteFunc(d.Jots, func(page string, _ Jot) bool { return page != AboutPage && !d.Edits(page) })
}

// Jotted lists the pages on which something was typed and not saved.
func (d Draft) Jotted() []string { return slices.Sorted(maps.Keys(d.Jots)) }
