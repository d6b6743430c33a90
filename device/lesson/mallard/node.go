package mallard

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	nsMallard = "http://projectmallard.org/1.0/"
	nsIf      = "http://projectmallard.org/if/1.0/"
	maxDepth  = 64
)

// node is an element with what it holds, or a piece of text.
type node struct {
	name string // without its namespace; "" for text
	attr map[string]string
	text string
	kids []*node
}

func readPlain(root *os.Root, name string, limit int) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, ErrFormat)
	}
	raw, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(raw) > limit {
		err = ErrTooLarge
	}
	return raw, err
}

// parse reads a page into a tree. What a test decides against, what is for
// machines and what is of another vocabulary is left out.
func parse(raw []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("no element: %w", ErrFormat)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("declaration: %w", ErrFormat)
		case xml.StartElement:
			if t.Name.Space != nsMallard {
				return nil, ErrFormat
			}
			return element(dec, t, 0)
		}
	}
}

func element(dec *xml.Decoder, start xml.StartElement, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, ErrTooLarge
	}
	n := &node{name: start.Name.Local, attr: map[string]string{}}
	for _, a := range start.Attr {
		n.attr[a.Name.Local] = a.Value
	}
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("element not closed: %w", ErrFormat)
		}
		switch t := tok.(type) {
		case xml.EndElement:
			return n, nil
		case xml.CharData:
			n.kids = append(n.kids, &node{text: string(t)})
		case xml.StartElement:
			kid, err := element(dec, t, depth+1)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, kid.chosen()...)
		}
	}
}

// chosen is what stays of an element once its conditions are decided.
func (n *node) chosen() []*node {
	switch {
	case !holds(n.attr["test"]):
		return nil
	case n.name == "if":
		return n.kids
	case n.name == "choose":
		for _, kid := range n.kids {
			if kid.name == "when" || kid.name == "else" {
				return kid.kids
			}
		}
		return nil
	}
	return []*node{n}
}

// holds decides a test: one of the alternatives between commas, all of whose
// words hold. A lesson is about an ordinary GNOME, read on a large screen.
func holds(test string) bool {
	if test == "" {
		return true
	}
	for alternative := range strings.SplitSeq(test, ",") {
		all := true
		for word := range strings.FieldsSeq(alternative) {
			name, not := strings.CutPrefix(word, "!")
			all = all && (name == "platform:gnome" || name == "platform:gnome-3" || name == "target:html") != not
		}
		if all {
			return true
		}
	}
	return false
}

// all are the elements below n that have one of these names, in their order.
func (n *node) all(names ...string) (found []*node) {
	for _, kid := range n.kids {
		for _, name := range names {
			if kid.name == name {
				found = append(found, kid)
			}
		}
	}
	return found
}

// first is the first element below n of that name, or nil.
func (n *node) first(name string) *node {
	if n == nil {
		return nil
	}
	for _, kid := range n.kids {
		if kid.name == name {
			return kid
		}
	}
	return nil
}

// words is the text of everything below n.
func (n *node) words() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	n.gather(&b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n *node) gather(b *strings.Builder) {
	b.WriteString(n.text)
	for _, kid := range n.kids {
		kid.gather(b)
	}
}

// holdsSteps says whether there are steps anywhere below n.
func (n *node) holdsSteps() bool {
	for _, kid := range n.kids {
		if kid.name == "steps" || kid.holdsSteps() {
			return true
		}
	}
	return false
}
