package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// figure is one thing that was measured, perhaps beside another system.
type figure struct {
	name   string
	value  float64
	unit   string
	beside *float64 // nil: nothing to compare with
}

// plain is a figure with nothing beside it.
func plain(name string, value float64, unit string) figure { return figure{name, value, unit, nil} }

// compared is a figure and the other system's.
func compared(name string, value float64, unit string, beside float64) figure {
	return figure{name, value, unit, &beside}
}

// ratio is false when there is nothing to divide by.
func (f figure) ratio() (float64, bool) {
	if f.beside == nil || *f.beside == 0 {
		return 0, false
	}
	return f.value / *f.beside, true
}

// parseFigure reads the line "name value unit beside ratio" of a benchmark;
// beside and ratio are "-" when there is nothing to compare with.
func parseFigure(line string) (figure, bool) {
	words := strings.Fields(line)
	if len(words) != 5 {
		return figure{}, false
	}
	value, err := strconv.ParseFloat(words[1], 64)
	if err != nil {
		return figure{}, false
	}
	if words[3] == "-" {
		return plain(words[0], value, words[2]), true
	}
	beside, err := strconv.ParseFloat(words[3], 64)
	return compared(words[0], value, words[2], beside), err == nil
}

// medians folds the runs of each figure into one, in the order of their first
// appearance.
func medians(runs []figure) (list []figure) {
	for _, f := range runs {
		if slices.ContainsFunc(list, func(g figure) bool { return g.name == f.name }) {
			continue
		}
		list = append(list, fold(f, runs))
	}
	return list
}

func fold(f figure, runs []figure) figure {
	var values, besides []float64
	for _, g := range runs {
		if g.name != f.name {
			continue
		}
		values = append(values, g.value)
		if g.beside != nil {
			besides = append(besides, *g.beside)
		}
	}
	f.value = percentile(values, 50)
	if len(besides) > 0 {
		beside := percentile(besides, 50)
		f.beside = &beside
	}
	return f
}

// percentile is the smallest value that p % of the values do not exceed.
func percentile(values []float64, p int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max((len(sorted)*p+99)/100-1, 0)]
}

// line is how a figure is printed.
func (f figure) line(b budget) string {
	beside, quotient := "-", "-"
	if f.beside != nil {
		beside = digits(*f.beside)
	}
	if r, ok := f.ratio(); ok {
		quotient = strconv.FormatFloat(r, 'f', 2, 64)
	}
	return fmt.Sprintf("%-28s %9s %-12s %9s %7s  %s", f.name, digits(f.value), f.unit, beside, quotient, b.verdict(f))
}

// digits keeps three significant ones, without an exponent.
func digits(v float64) string {
	switch {
	case v == 0 || v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
