package console

import (
	"net/url"
	"strconv"
)

// perPage is how many rows a page of a table has.
const perPage = 50

// lister reads the state of a table from the URL and writes links that change
// one part of it.
type lister struct {
	path   string
	values url.Values
	Total  int
}

func newLister(v *visit) *lister { return &lister{path: v.URL.Path, values: v.URL.Query()} }

// Get returns a filter's value.
func (l *lister) Get(name string) string { return l.values.Get(name) }

// Sort returns the column to sort by, and whether downwards.
func (l *lister) Sort() (column string, desc bool) {
	return l.values.Get("tri"), l.values.Get("sens") == "desc"
}

// Page returns the page number, from 1.
func (l *lister) Page() int {
	n, err := strconv.Atoi(l.values.Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// Offset returns the first row of the page.
func (l *lister) Offset() int { return (min(l.Page(), 1_000_000) - 1) * perPage }

// Pages returns how many pages there are.
func (l *lister) Pages() int { return max(1, (l.Total+perPage-1)/perPage) }

// First and Last number the rows shown; both are 0 when there is none.
func (l *lister) First() int { return min(l.Offset()+1, l.Total) }

// Last numbers the last row shown.
func (l *lister) Last() int { return min(l.Offset()+perPage, l.Total) }

// Filtered reports whether anything narrows the table.
func (l *lister) Filtered() bool {
	for name, v := range l.values {
		if name != "tri" && name != "sens" && name != "page" && name != "fait" && v[0] != "" {
			return true
		}
	}
	return false
}

// Clear links to the table with nothing narrowed.
func (l *lister) Clear() string { return l.path }

// Previous links to the page before; "" on the first.
func (l *lister) Previous() string { return l.page(l.Page() - 1) }

// Next links to the page after; "" on the last.
func (l *lister) Next() string { return l.page(l.Page() + 1) }

func (l *lister) page(n int) string {
	if n < 1 || n > l.Pages() {
		return ""
	}
	return l.with("page", strconv.Itoa(n))
}

// SortLink links to the table sorted by column, the other way when it is
// sorted by it already.
func (l *lister) SortLink(column string) string {
	current, desc := l.Sort()
	sense := "asc"
	if current == column && !desc {
		sense = "desc"
	}
	return l.with("tri", column, "sens", sense, "page", "")
}

// Sorted is the column's aria-sort.
func (l *lister) Sorted(column string) string {
	current, desc := l.Sort()
	switch {
	case current != column:
		return "none"
	case desc:
		return "descending"
	}
	return "ascending"
}

func (l *lister) with(pairs ...string) string {
	values := url.Values{}
	for name, v := range l.values {
		if name != "fait" {
			values[name] = v
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			values.Del(pairs[i])
		}
	}
	return l.path + "?" + values.Encode()
}
