package book

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxText bounds the page whose words are read, and so what a search holds.
const maxText = 1 << 20

// page is what a page says: its title, its words, and how many links of it
// lead to a network.
type page struct {
	title, text string
	remote      int
}

// readPage reads HTML as it comes; nothing in it is an error.
func readPage(raw []byte) page {
	var p page
	var title, text strings.Builder
	z := html.NewTokenizer(bytes.NewReader(raw))
	z.SetMaxBuf(maxText)
	for skip, inTitle := atom.Atom(0), false; ; {
		switch z.Next() {
		case html.ErrorToken:
			p.title, p.text = squeeze(title.String()), squeeze(text.String())
			return p
		case html.TextToken:
			if inTitle {
				title.Write(z.Text())
			} else if skip == 0 {
				text.WriteByte(' ')
				text.Write(z.Text())
			}
		case html.StartTagToken:
			name := tag(z)
			p.remote += remote(z, name)
			inTitle = inTitle || name == atom.Title && title.Len() == 0
			if skip == 0 && silent(name) {
				skip = name
			}
		case html.EndTagToken:
			name := tag(z)
			inTitle = inTitle && name != atom.Title
			if name == skip {
				skip = 0
			}
		}
	}
}

func tag(z *html.Tokenizer) atom.Atom {
	name, _ := z.TagName()
	return atom.Lookup(name)
}

// silent says whether nothing inside an element is read by people.
func silent(name atom.Atom) bool {
	return name == atom.Script || name == atom.Style || name == atom.Noscript || name == atom.Template
}

// remote counts a link that leads to a network.
func remote(z *html.Tokenizer, name atom.Atom) int {
	if name != atom.A {
		return 0
	}
	for {
		attr, value, more := z.TagAttr()
		if string(attr) == "href" {
			to := strings.ToLower(strings.TrimSpace(string(value)))
			if strings.HasPrefix(to, "http:") || strings.HasPrefix(to, "https:") || strings.HasPrefix(to, "//") {
				return 1
			}
		}
		if !more {
			return 0
		}
	}
}

func squeeze(s string) string {
	return strings.Join(strings.Fields(html.UnescapeString(strings.ToValidUTF8(s, " "))), " ")
}
