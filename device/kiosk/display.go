package kiosk

import (
	"net/http"
	"slices"
)

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request) error {
	to := localPath(r.URL.Query().Get("vers"))
	return s.Render(w, r, http.StatusOK, "settings", map[string]any{"Sizes": Sizes(), "To": to})
}

// saveSettings keeps language and display in a cookie of this session and goes
// back to the page the person came from.
func (s *Server) saveSettings(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	st := Settings{
		Contrast: f.Has("contraste"), Spaced: f.Has("espace"), Calm: f.Has("calme"), Easy: f.Has("facile"),
		Text: visitorOf(r).settings.Text,
		Lang: known(f.Get("langue"), Languages()), Size: known(f.Get("taille"), Sizes()),
	}
	setCookie(w, settingsCookie, st.cookie())
	return SeeOther(w, r, localPath(f.Get("vers")))
}

// saveLanguage changes the language alone: one press on the first page.
func (s *Server) saveLanguage(w http.ResponseWriter, r *http.Request) error {
	st := visitorOf(r).settings
	st.Lang = known(r.PostForm.Get("langue"), Languages())
	st.Text = "" // lessons follow, until another language is chosen for them
	setCookie(w, settingsCookie, st.cookie())
	return SeeOther(w, r, localPath(r.PostForm.Get("vers")))
}

// known returns v when it is in list, and the list's usual value otherwise.
func known(v string, list []string) string {
	if slices.Contains(list, v) {
		return v
	}
	return list[0]
}
