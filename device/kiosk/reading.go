package kiosk

import (
	"net/http"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
)

// wishOf is how a person wants to read a lesson: in the language they chose
// for lessons, or else in that of the buttons.
func wishOf(st Settings, l *lesson.Lesson) lesson.Wish {
	w := lesson.Wish{Lang: st.lang(), Easy: st.Easy}
	if st.Text != "" && speaks(l, st.Text) {
		w.Lang = st.Text
	}
	return w
}

// reading is what the page of a lesson says about how it is read.
type reading struct {
	Wish      lesson.Wish
	Languages []string // to choose from; nil when there is one
	Twins     bool     // an easy-to-read twin can be asked for
}

func readingOf(st Settings, l *lesson.Lesson) reading {
	r := reading{Wish: wishOf(st, l), Twins: l.Twins() > 0}
	if !speaks(l, r.Wish.Lang) {
		r.Wish.Lang = l.Own()
	}
	if len(l.Languages) > 1 {
		r.Languages = l.Languages
	}
	return r
}

// Choice says whether there is anything to choose.
func (r reading) Choice() bool { return r.Twins || len(r.Languages) > 0 }

// saveReading keeps how lessons are read in the cookie of this session.
func (s *Server) saveReading(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	st := visitorOf(r).settings
	if lang := r.PostForm.Get("texte"); slices.Contains(l.Languages, lang) {
		st.Text = lang
	}
	if easy := r.PostForm.Get("facile"); easy != "" {
		st.Easy = easy == "oui"
	}
	setCookie(w, settingsCookie, st.cookie())
	return SeeOther(w, r, localPath(r.PostForm.Get("vers")))
}

// endonyms are the names of languages that lessons may be translated into, as
// those who speak them write them. An unknown one is called by its tag.
func endonyms() map[string]string {
	return map[string]string{
		"fr": "Français", "en": "English", "ar": "العربية", "uk": "Українська", "ru": "Русский", "es": "Español",
		"pt": "Português", "it": "Italiano", "de": "Deutsch", "ro": "Română", "pl": "Polski", "tr": "Türkçe",
		"fa": "فارسی", "ps": "پښتو", "ur": "اردو", "ti": "ትግርኛ", "am": "አማርኛ", "so": "Soomaali", "sq": "Shqip",
		"ka": "ქართული", "hy": "Հայերեն", "zh": "中文", "vi": "Tiếng Việt", "bn": "বাংলা", "ta": "தமிழ்",
		"wo": "Wolof", "bm": "Bamanankan", "ff": "Pulaar", "ln": "Lingála", "br": "Brezhoneg", "oc": "Occitan",
		"co": "Corsu", "eu": "Euskara", "ca": "Català", "ku": "Kurdî", "kab": "Taqbaylit",
	}
}

func endonym(lang string) string {
	if name, ok := endonyms()[lang]; ok {
		return name
	}
	return lang
}
