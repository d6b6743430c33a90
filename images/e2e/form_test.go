package e2e_test

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

// visitor is a person with a browser without scripts: it follows links, fills
// the forms that are on the page, and reads what the page says.
type visitor struct {
	base   string
	client *http.Client
	page   page
}

// page is what the last answer showed.
type page struct {
	status int
	path   string
	body   string
	root   *html.Node
	text   string // as a reader sees it, blanks folded
}

func newVisitor(base string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &visitor{base: strings.TrimSuffix(base, "/"), client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// open asks for a page.
func (v *visitor) open(path string) error {
	answer, err := v.client.Get(v.base + path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return v.read(answer)
}

// send fills the form with this action with values and sends it. A form or a
// field that is not on the page is an error: nobody could have used it.
func (v *visitor) send(action string, values url.Values) error {
	form := find(v.page.root, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == action })
	if form == nil {
		return fmt.Errorf("no form %s on %s, which says: %s", action, v.page.path, v.page.text)
	}
	filled := defaults(form)
	for name, value := range values {
		if find(form, func(n *html.Node) bool { return attr(n, "name") == name }) == nil {
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

func (v *visitor) read(answer *http.Response) error {
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	v.page = page{answer.StatusCode, answer.Request.URL.Path, string(body), root, words(root)}
	return nil
}

// defaults are the values a form has before anybody touches it.
func defaults(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		switch {
		case name == "" || n.Data == "button":
		case n.Data == "select":
			values.Set(name, chosen(n))
		case slices.Contains([]string{"radio", "checkbox"}, attr(n, "type")) && !has(n, "checked"):
		case n.Data == "input" || n.Data == "textarea":
			values.Add(name, attr(n, "value"))
		}
	}
	return values
}

func chosen(list *html.Node) string {
	option := find(list, func(n *html.Node) bool { return n.Data == "option" && has(n, "selected") })
	if option == nil {
		option = find(list, func(n *html.Node) bool { return n.Data == "option" })
	}
	return attr(option, "value")
}

func find(root *html.Node, ok func(*html.Node) bool) *html.Node {
	if list := findAll(root, ok); len(list) > 0 {
		return list[0]
	}
	return nil
}

func findAll(root *html.Node, ok func(*html.Node) bool) []*html.Node {
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

func attr(n *html.Node, name string) string {
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

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func class(n *html.Node, name string) bool {
	return slices.Contains(strings.Fields(attr(n, "class")), name)
}

// words is the text of a node as a reader sees it.
func words(root *html.Node) string {
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
