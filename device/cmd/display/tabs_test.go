package main

import (
	"slices"
	"testing"
)

func TestWhichPagesHaveToGo(t *testing.T) {
	first := tab{"A", "page", pagesURL}
	cases := []struct {
		name string
		all  []tab
		want []string
	}{
		{"the kiosk's page", []tab{first}, nil},
		{"on its way to the next", []tab{{"A", "page", ""}}, nil},
		{"another page of ours", []tab{{"B", "page", pagesURL + "aide"}, first}, []string{"B"}},
		{"one that is just opening", []tab{{"B", "page", ""}, first}, []string{"B"}},
		{"the browser's own", []tab{{"B", "page", "chrome://history/"}, first}, []string{"B"}},
		{"a part of the browser's frame", []tab{{"B", "page", "chrome://omnibox-popup.top-chrome/"}, first}, nil},
		{"developer's tools", []tab{{"B", "other", "devtools://devtools/x"}, first}, []string{"B"}},
		{"a worker is no page", []tab{{"B", "service_worker", "http://127.0.0.1:8080/w.js"}, first}, nil},
		{"a fictitious service", []tab{{"A", "page", "http://compte.exercice.localhost:8080/entrainement/compte"}}, nil},
		{"a name that only looks like one", []tab{{"A", "page", "http://compte.exercice.localhost:8080.example.org/"}}, []string{"A"}},
		{"the first went elsewhere", []tab{{"A", "page", "http://127.0.0.1:9/"}}, []string{"A"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			one := &tabs{}
			one.others([]tab{first})
			var got []string
			for _, o := range one.others(c.all) {
				got = append(got, o.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("others(%v) = %v; want %v", c.all, got, c.want)
			}
		})
	}
	if got := (&tabs{}).others([]tab{{"A", "page", "about:blank"}}); got != nil {
		t.Errorf("before the first page others = %v; want none", got)
	}
}
