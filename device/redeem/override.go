package redeem

import (
	"slices"
	"strings"
)

// Override is the mediator's word on a pass that needs it: a closed list,
// because a free text would end up holding names.
type Override string

// The overrides: the printed date was read, the carnet really was handed out,
// the paper is in the mediator's hand and stays there.
const (
	DateConfirmed Override = "date_seen"
	HandedOut     Override = "handed_out"
	PaperInHand   Override = "paper_held"
)

// answers says which word lifts which reason.
var answers = map[Reason]Override{
	ExpiryEdge:    DateConfirmed,
	Suspended:     HandedOut,
	ListOld:       PaperInHand,
	ListMissing:   PaperInHand,
	CancelledHere: PaperInHand,
}

// Overrides returns the words that lift all reasons, each once, sorted. It
// returns false when nobody's word can.
func Overrides(needs []Reason) ([]Override, bool) {
	var words []Override
	for _, reason := range needs {
		word, ok := answers[reason]
		if !ok {
			return nil, false
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return slices.Compact(words), true
}

// ParseOverrides keeps the words of the list, so that nothing else reaches a
// record.
func ParseOverrides(words []string) []Override {
	var known []Override
	for _, word := range words {
		switch o := Override(word); o {
		case DateConfirmed, HandedOut, PaperInHand:
			known = append(known, o)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// JoinOverrides writes words the way a record holds them, in its closed form:
// "date_seen_handed_out".
func JoinOverrides(words []Override) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, "_")
}
