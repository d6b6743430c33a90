// Package visitor is a person with a browser without scripts, for tests: it
// follows links, fills the forms that are on a page and reads what the page says.
// It never sends what nobody could have filled in.
package visitor

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Visitor is one person. Its methods must not be called concurrently.
type Visitor struct {
	Page Page // what the last answer showed

	base   string
	client *http.Client
}

// Page is what an answer showed.
type Page struct {
	Status int
	Path   string
	Body   string
	Root   *html.Node
	Text   string // as a reader sees it, blanks folded
}

// New returns a visitor of the site at base, an address like http://127.0.0.1:80.
func New(base string) *Visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Visitor{base: strings.TrimSuffix(base, "/"), client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// Open asks for a page.
func (v *Visitor) Open(path string) error {
	answer, err := v.client.Get(v.base + path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return v.read(answer)
}

// Send fills the form with this action with values and sends it. A form or a
// field that is not on the page is an error: nobody could have used it.
func (v *Visitor) Send(action string, values url.Values) error {
	forms := Forms(v.Page.Root, action)
	if len(forms) == 0 {
		return fmt.Errorf("no form %s on %s, which says: %s", action, v.Page.Path, v.Page.Text)
	}
	form := forms[0]
	filled := defaults(form)
	for name, value := range values {
		if Find(form, func(n *html.Node) bool { return Attr(n, "name") == name }) == nil {
			return fmt.Errorf("form %s has no field %s", action, name)
		}
		filled[name] = value
	}
	answer, err := v.client.PostForm(v.base+action, filled)
	if err != nil {
		return fmt.Errorf("send %s: %w", action, err)
	}
	return v.read(answer)
}

func (v *Visitor) read(answer *http.Response) error {
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	v.Page = Page{answer.StatusCode, answer.Request.URL.Path, string(body), root, Words(root)}
	return nil
}

// defaults are the values a form has before anybody touches it.
func defaults(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := Attr(n, "name")
		switch {
		case name == "" || n.Data == "button":
		case n.Data == "select":
			values.Set(name, chosen(n))
		case slices.Contains([]string{"radio", "checkbox"}, Attr(n, "type")) && !Has(n, "checked"):
		case n.Data == "input" || n.Data == "textarea":
			values.Add(name, Attr(n, "value"))
		}
	}
	return values
}

func chosen(list *html.Node) string {
	option := Find(list, func(n *html.Node) bool { return n.Data == "option" && Has(n, "selected") })
	if option == nil {
		option = Find(list, func(n *html.Node) bool { return n.Data == "option" })
	}
	return Attr(option, "value")
}

// Forms returns the forms that lead to action.
func Forms(root *html.Node, action string) []*html.Node {
	return FindAll(root, func(n *html.Node) bool { return n.Data == "form" && Attr(n, "action") == action })
}

// Find returns the first element that is ok, or nil.
func Find(root *html.Node, ok func(*html.Node) bool) *html.Node {
	if list := FindAll(root, ok); len(list) > 0 {
		return list[0]
	}
	return nil
}

// FindAll returns the elements that are ok, in the order of the page.
func FindAll(root *html.Node, ok func(*html.Node) bool) []*html.Node {
	var list []*html.Node
	if root == nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && ok(n) {
			list = append(list, n)
		}
	}
	return list
}

// Attr is the value of an attribute, or "".
func Attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Has reports whether the element has the attribute.
func Has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// Class reports whether the element is of the class.
func Class(n *html.Node, name string) bool {
	return slices.Contains(strings.Fields(Attr(n, "class")), name)
}

// Words is the text of a node as a reader sees it.
func Words(root *html.Node) string {
	if root == nil {
		return ""
	}
	var text strings.Builder
	for n := range root.Descendants() {
		hidden := n.Parent != nil && slices.Contains([]string{"script", "style", "head", "title"}, n.Parent.Data)
		if n.Type == html.TextNode && !hidden {
			text.WriteString(n.Data)
			text.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "\u00a0", " ")), " ")
}
