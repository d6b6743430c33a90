package kiosk

import (
	"html/template"
	"strings"
	"sync"
)

// icons draws each icon once: a page has a dozen, and a template that looks
// its shape up each time is most of the page's cost.
type icons struct {
	shapes *template.Template // defines "icon-shape"
	mu     sync.Mutex
	drawn  map[string]template.HTML
}

func (i *icons) draw(name string) (template.HTML, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if svg, ok := i.drawn[name]; ok {
		return svg, nil
	}
	var b strings.Builder
	if err := i.shapes.ExecuteTemplate(&b, "icon-shape", name); err != nil {
		return "", err
	}
	i.drawn[name] = template.HTML(b.String())
	return i.drawn[name], nil
}
