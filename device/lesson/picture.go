package lesson

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
)

// readPictures reads everything in images/.
func readPictures(p *pack) (map[string]Picture, error) {
	pictures := map[string]Picture{}
	for _, name := range p.names {
		kind := fileKinds()[path.Ext(name)]
		if path.Dir(name) != "images" || !strings.HasPrefix(kind, "image/") {
			continue
		}
		raw, err := p.read(name, maxPicture)
		if err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
		if err := checkPicture(kind, raw); err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
		pictures[path.Base(name)] = Picture{kind, raw}
	}
	return pictures, nil
}

func checkPicture(kind string, raw []byte) error {
	if kind == "image/svg+xml" {
		return CheckSVG(raw)
	}
	if http.DetectContentType(raw) != kind {
		return fmt.Errorf("not what its name says: %w", ErrFormat)
	}
	return nil
}

// CheckSVG refuses a drawing that could run or load anything: it errors with
// [ErrActive], [ErrRemote] or [ErrFormat].
func CheckSVG(raw []byte) error {
	if len(raw) > maxPicture {
		return ErrTooLarge
	}
	dec := xml.NewDecoder(bytes.NewReader(raw))
	for n := 0; ; n++ {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("drawing: %w", ErrFormat)
		}
		if err := checkToken(tok); err != nil {
			return err
		}
	}
}

func checkToken(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.Directive:
		return fmt.Errorf("declaration in a drawing: %w", ErrActive)
	case xml.ProcInst:
		if t.Target != "xml" {
			return fmt.Errorf("instruction in a drawing: %w", ErrActive)
		}
	case xml.StartElement:
		return checkElement(t)
	case xml.CharData:
		return checkStyle(string(t))
	}
	return nil
}

// drawing lists the elements of a picture that stays still or moves by itself.
func drawing() []string {
	return []string{"svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
		"text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "symbol", "use",
		"marker", "style", "animate", "animateTransform", "animateMotion", "mpath"}
}

func checkElement(e xml.StartElement) error {
	if !slices.Contains(drawing(), e.Name.Local) {
		return fmt.Errorf("element of a drawing: %w", ErrActive)
	}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		if strings.HasPrefix(name, "on") {
			return fmt.Errorf("event in a drawing: %w", ErrActive)
		}
		if name == "href" && !strings.HasPrefix(a.Value, "#") {
			return ErrRemote
		}
		if name == "attributename" && strings.Contains(strings.ToLower(a.Value), "href") {
			return ErrActive
		}
		if a.Name.Space != "xmlns" && name != "xmlns" {
			if err := checkStyle(a.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkStyle refuses an address in a style or an attribute, except one inside
// the drawing.
func checkStyle(s string) error {
	low := strings.ToLower(s)
	if strings.Contains(low, "@import") || strings.Contains(low, "javascript:") || strings.Contains(s, "\\") {
		return ErrActive
	}
	for _, part := range strings.Split(low, "url(")[1:] {
		if !strings.HasPrefix(strings.TrimLeft(part, " \t\r\n'\""), "#") {
			return ErrRemote
		}
	}
	return nil
}
