package main

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// filled is what the form with this action sends when nobody touches it.
func filled(page, action string) (url.Values, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for form := range root.Descendants() {
		if form.Data != "form" || attr(form, "action") != action {
			continue
		}
		for field := range form.Descendants() {
			keep(values, field)
		}
		return values, nil
	}
	return nil, fmt.Errorf("no form %s on the page", action)
}

func keep(values url.Values, field *html.Node) {
	name := attr(field, "name")
	choice := attr(field, "type") == "radio" || attr(field, "type") == "checkbox"
	switch {
	case name == "" || choice && !has(field, "checked"):
	case field.Data == "input":
		values.Add(name, attr(field, "value"))
	case field.Data == "select":
		values.Set(name, option(field))
	}
}

// option is the chosen option of a list, or its first.
func option(list *html.Node) (value string) {
	first := true
	for n := range list.Descendants() {
		if n.Data == "option" && (first || has(n, "selected")) {
			value, first = attr(n, "value"), false
		}
	}
	return value
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
