package lesson

import (
	"fmt"
	"path"
	"strings"
)

const (
	maxSayings = 20
	maxSaying  = 600
)

// narrated takes what is only said out of a text, as LiaScript marks it: a
// line --{{0}}-- and the lines after it, up to an empty one.
func (w *writer) narrated(raw []byte) (shown []byte, said []string, err error) {
	var text strings.Builder
	inSaid := false
	for line := range strings.Lines(unmarked(string(raw))) {
		bare := strings.TrimSpace(line)
		switch {
		case spoken.MatchString(bare):
			inSaid, said = true, append(said, spoken.ReplaceAllString(bare, ""))
		case inSaid && bare != "":
			said[len(said)-1] = strings.TrimSpace(said[len(said)-1] + " " + bare)
		default:
			inSaid = false
			text.WriteString(line)
		}
	}
	said, err = w.sayings(said)
	return []byte(text.String()), said, err
}

// sayings are plain words: what is said has no markup.
func (w *writer) sayings(said []string) ([]string, error) {
	if len(said) > maxSayings {
		return nil, fmt.Errorf("narration: %w", ErrTooLarge)
	}
	var list []string
	for _, s := range said {
		if bad(strings.TrimSpace(s), maxSaying) {
			return nil, fmt.Errorf("narration: %w", ErrFormat)
		}
		if _, err := w.fragment(s); err != nil {
			return nil, err
		}
		list = append(list, Typeset(w.lang, s))
	}
	return list, nil
}

// audioEndings are the recordings a pack may bring, the preferred one first.
func audioEndings() []string { return []string{".ogg", ".opus", ".mp3"} }

// recording finds the recording of a text: audio/1.ogg goes with etapes/1.md,
// audio/1.en.ogg with etapes/1.en.md.
func (p *pack) recording(text string) string {
	base := "audio/" + strings.TrimSuffix(path.Base(text), path.Ext(text))
	for _, ending := range audioEndings() {
		if p.holds(base + ending) {
			return path.Base(base + ending)
		}
	}
	return ""
}
