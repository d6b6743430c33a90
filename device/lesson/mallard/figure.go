package mallard

import (
	"bytes"
	"encoding/xml"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

var nameSigns = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// figure writes a picture that says what it shows. One that does not is an
// ornament beside words; one that a station would refuse is told by its words.
func (w *writing) figure(n *node) string {
	said := escape(n.words())
	if said == "" {
		return ""
	}
	name := n.attr["src"]
	raw, ok := w.help.picture(name)
	if !ok {
		return "(" + said + ")"
	}
	short := nameSigns.ReplaceAllString(path.Base(name), "-")
	w.figures[short] = raw
	return "![" + said + "](images/" + short + ")"
}

// picture reads a picture that a lesson may hold.
func (h *help) picture(name string) ([]byte, bool) {
	if !fs.ValidPath(name) {
		return nil, false
	}
	raw, err := h.file(name, maxFigure)
	if err != nil {
		return nil, false
	}
	switch path.Ext(name) {
	case ".svg":
		raw = still(raw)
		return raw, lesson.CheckSVG(raw) == nil
	case ".png":
		return raw, http.DetectContentType(raw) == "image/png"
	case ".jpg":
		return raw, http.DetectContentType(raw) == "image/jpeg"
	}
	return nil, false
}

const (
	nsSVG   = "http://www.w3.org/2000/svg"
	nsXLink = "http://www.w3.org/1999/xlink"
)

// editors names what drawing programs leave in a file for themselves.
func editors() []string { return []string{"metadata", "namedview", "perspective", "grid"} }

// still drops what drawing programs leave for themselves, and writes the rest
// again. What it cannot read is returned as it is, to be refused.
func still(raw []byte) []byte {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	var out bytes.Buffer
	for depth := 0; ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return out.Bytes()
		}
		if err != nil {
			return raw
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Space != nsSVG || slices.Contains(editors(), t.Name.Local) {
				if dec.Skip() != nil {
					return raw
				}
				continue
			}
			start(&out, t, depth == 0)
			depth++
		case xml.EndElement:
			out.WriteString("</" + t.Name.Local + ">")
			depth--
		case xml.CharData:
			if depth > 0 {
				_ = xml.EscapeText(&out, t) // a buffer takes everything
			}
		}
	}
}

func start(out *bytes.Buffer, t xml.StartElement, top bool) {
	out.WriteString("<" + t.Name.Local)
	if top {
		out.WriteString(` xmlns="` + nsSVG + `" xmlns:xlink="` + nsXLink + `"`)
	}
	for _, a := range t.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == nsXLink && name == "href":
			name = "xlink:href"
		case a.Name.Space != "" || name == "xmlns" || strings.Contains(name, ":"):
			continue
		}
		out.WriteString(" " + name + `="`)
		_ = xml.EscapeText(out, []byte(a.Value)) // a buffer takes everything
		out.WriteByte('"')
	}
	out.WriteByte('>')
}
