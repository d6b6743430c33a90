package kiosk

import (
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// maxReady bounds how many pages are kept ready to be written. Each carries
// its own copy of the layout and the parts, some 180 KB: all of them together
// were most of what the program held.
const maxReady = 12

// pages are the files of kiosk-ui/pages, each joined with the layout and the
// parts when it is asked for. It is safe for concurrent use.
type pages struct {
	files fs.FS
	base  *template.Template // layout and parts; never executed, so that it can be copied
	names map[string]string  // name of a page → its file

	mu    sync.Mutex
	ready []preparedPage // the one used last comes last
}

type preparedPage struct {
	name string
	page *page
}

// readPages reads pages/**/*.html, and parses each once to find mistakes. A
// page is named by its path without "pages/" and ".html"; it defines "title"
// and "main".
func readPages(files fs.FS, a *assets) (*pages, error) {
	drawn := &icons{drawn: map[string]template.HTML{}}
	base, err := template.New("layout").Funcs(functions(a, drawn)).
		ParseFS(files, "pages/layout.html", "pages/parts/*.html")
	if err != nil {
		return nil, err
	}
	if drawn.shapes, err = base.Clone(); err != nil {
		return nil, err
	}
	ps := &pages{files: files, base: base, names: map[string]string{}}
	err = fs.WalkDir(files, "pages", func(name string, d fs.DirEntry, err error) error {
		short, isPage := pageName(name)
		if err != nil || d.IsDir() || !isPage {
			return err
		}
		ps.names[short] = name
		_, err = ps.parse(short)
		return err
	})
	return ps, err
}

func pageName(file string) (string, bool) {
	name, isHTML := strings.CutSuffix(strings.TrimPrefix(file, "pages/"), ".html")
	return name, isHTML && name != "layout" && !strings.HasPrefix(name, "parts/")
}

func (ps *pages) parse(name string) (*page, error) {
	file, ok := ps.names[name]
	if !ok {
		return nil, fmt.Errorf("no such template")
	}
	own, err := ps.base.Clone()
	if err != nil {
		return nil, err
	}
	tmpl, err := own.ParseFS(ps.files, file)
	return &page{tmpl}, err
}

// find returns a page, ready or made ready in the place of the one that was
// not used for longest.
func (ps *pages) find(name string) (*page, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	found := preparedPage{name: name}
	if i := slices.IndexFunc(ps.ready, func(r preparedPage) bool { return r.name == name }); i >= 0 {
		found = ps.ready[i]
		ps.ready = slices.Delete(ps.ready, i, i+1)
	} else {
		p, err := ps.parse(name)
		if err != nil {
			return nil, err
		}
		found.page = p
	}
	if len(ps.ready) >= maxReady {
		ps.ready = slices.Delete(ps.ready, 0, 1)
	}
	ps.ready = append(ps.ready, found)
	return found.page, nil
}
