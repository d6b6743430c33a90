package kiosk

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/redeem"
)

// lineWords is a line of the row as it is read.
type lineWords struct {
	redeem.Line
	Tone   string // yes, late, note, wait, no: a shape and a word go with it
	Title  string
	Detail []string
	Ask    []askWords
	Value  string
	Hour   string
}

type askWords struct {
	Word redeem.Override
	Text string
}

// Said is the line in one breath.
func (l lineWords) Said() string {
	return strings.TrimSpace(l.Title + ". " + strings.Join(l.Detail, " "))
}

func wordsOf(line redeem.Line) lineWords {
	o := outcomes[line.Kind]
	w := lineWords{Line: line, Tone: o.tone, Title: o.title}
	if line.Kind.Written() || line.Kind == redeem.NeedsMediator {
		w.Value = euros(line.Value)
	}
	if !line.At.IsZero() {
		w.Hour = frenchHour(line.At)
	}
	w.Detail = details(line, o)
	if line.Cancelled {
		w.Tone, w.Title = "no", "Annulé"
		w.Detail = []string{"La validation est annulée : le pass peut resservir."}
	}
	for _, word := range line.Words {
		w.Ask = append(w.Ask, askWords{word, askings[word]})
	}
	return w
}

func details(line redeem.Line, o passWords) []string {
	var list []string
	if why, ok := reasons[line.Why]; ok {
		list = append(list, why)
	} else if o.detail != "" {
		list = append(list, o.detail)
	}
	if !line.UsedAt.IsZero() {
		list = append(list, "C’était à "+frenchHour(line.UsedAt)+".")
	}
	if line.Kind == redeem.NeedsMediator {
		for _, need := range line.Needs {
			list = append(list, reasons[need])
		}
	}
	if o.tone == "no" {
		return list
	}
	for _, note := range line.Notes {
		list = append(list, notes[note])
	}
	return list
}

func euros(cents int) string {
	switch {
	case cents == 0:
		return ""
	case cents%100 == 0:
		return strconv.Itoa(cents/100) + " €"
	}
	return fmt.Sprintf("%d,%02d €", cents/100, cents%100)
}
