package kiosk

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Settings is how a person wants pages to be shown. The zero value is French
// at normal size.
type Settings struct {
	Lang     string // "" means French
	Size     string // "", "grand", "tresgrand"
	Contrast bool   // black, white and yellow
	Spaced   bool   // letters and lines apart, for dyslexic readers
	Calm     bool   // no movement
	Easy     bool   // easy-to-read twins of lessons, where there are
	Text     string // language of lessons; "" means that of the buttons
}

// Languages are the languages of the interface, French first.
func Languages() []string { return []string{"fr", "en", "ar"} }

// Sizes are the text sizes a person may ask for, the usual one first.
func Sizes() []string { return []string{"", "grand", "tresgrand"} }

// textWord begins the word of the cookie that says the language of lessons.
const textWord = "texte-"

var langWord = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$`)

// settingsOf reads the cookie; what is not known is left at its usual value.
func settingsOf(r *http.Request) Settings {
	c, err := r.Cookie(settingsCookie)
	if err != nil {
		return Settings{}
	}
	return settingsFrom(c.Value)
}

func settingsFrom(words string) (st Settings) {
	if len(words) > 64 {
		return st
	}
	for word := range strings.SplitSeq(words, ".") {
		st.take(word)
	}
	return st
}

func (st *Settings) take(word string) {
	switch {
	case slices.Contains(Languages(), word):
		st.Lang = word
	case word != "" && slices.Contains(Sizes(), word):
		st.Size = word
	case word == "contraste":
		st.Contrast = true
	case word == "espace":
		st.Spaced = true
	case word == "calme":
		st.Calm = true
	case word == "facile":
		st.Easy = true
	case strings.HasPrefix(word, textWord) && langWord.MatchString(word[len(textWord):]):
		st.Text = word[len(textWord):]
	}
}

func (st Settings) cookie() string {
	var words []string
	for _, w := range append([]string{st.Lang, st.Size}, st.modes()...) {
		if w != "" {
			words = append(words, w)
		}
	}
	if st.Text != "" {
		words = append(words, textWord+st.Text)
	}
	return strings.Join(words, ".")
}

// modes are the display modes that are on, by their French names.
func (st Settings) modes() []string {
	var m []string
	for name, on := range map[string]bool{"contraste": st.Contrast, "espace": st.Spaced, "calme": st.Calm, "facile": st.Easy} {
		if on {
			m = append(m, name)
		}
	}
	slices.Sort(m)
	return m
}

// Classes are the class names the layout puts on the page.
func (st Settings) Classes() string {
	return strings.TrimSpace(st.Size + " " + strings.Join(st.modes(), " "))
}

func (st Settings) lang() string {
	if st.Lang == "" {
		return Languages()[0]
	}
	return st.Lang
}
