package kiosk

import (
	"net"
	"net/http"
	"strings"
)

// Codes lets a station join a fleet by a code on its screen.
type Codes interface {
	// Ask begins to ask the fleet at server ("host:port"), and stops asking any
	// other.
	Ask(server string)
	// Stop gives up.
	Stop()
	// Asked is how it stands.
	Asked() Asked
}

// Asked is a station that asks for a fleet.
type Asked struct {
	Server  string // asked now or last, or the one that flashing named
	Code    string // to be approved there; "" until the server was reached
	Running bool
	Problem string // why it ended, for people
}

// codeRefresh is how often the page with the code comes again by itself, in
// seconds: it ends when somebody approves.
const codeRefresh = "5"

// defaultPort is the fleet's where people type a name alone.
const defaultPort = "443"

type codePage struct {
	Asked
	Calm bool
}

// codes are the pages of a station that belongs to no fleet.
func (m *Mediator) codes() map[string]Handler {
	return map[string]Handler{
		"GET /mediateur/rejoindre/code":          m.showCode,
		"POST /mediateur/rejoindre/code":         m.askCode,
		"POST /mediateur/rejoindre/code/arreter": m.stopCode,
	}
}

// unjoined says whether a code would lead anywhere: to a first fleet only.
func (m *Mediator) unjoined(r *http.Request) bool {
	return m.Codes != nil && !m.State(r.Context()).Enrolled
}

func (m *Mediator) showCode(w http.ResponseWriter, r *http.Request) error {
	if !m.unjoined(r) {
		return SeeOther(w, r, "/mediateur") // it worked
	}
	p := codePage{m.Codes.Asked(), r.URL.Query().Get("calme") != ""}
	if !p.Running {
		return m.showJoin(w, r, http.StatusOK, joinPage{})
	}
	if !p.Calm {
		w.Header().Set("Refresh", codeRefresh)
	}
	return m.Render(w, r, http.StatusOK, "mediator/code", p)
}

func (m *Mediator) askCode(w http.ResponseWriter, r *http.Request) error {
	if !m.unjoined(r) {
		return ErrNotFound
	}
	server, ok := address(r.PostForm.Get("adresse"))
	if !ok {
		return m.showJoin(w, r, http.StatusUnprocessableEntity, joinPage{Problem: "Cette adresse n’en est pas une. Elle ressemble à « flotte.exemple.fr »."})
	}
	m.Codes.Ask(server)
	return SeeOther(w, r, "/mediateur/rejoindre/code")
}

func (m *Mediator) stopCode(w http.ResponseWriter, r *http.Request) error {
	if m.unjoined(r) {
		m.Codes.Stop()
	}
	return SeeOther(w, r, "/mediateur/rejoindre")
}

// address reads what somebody typed, or copied from a browser.
func address(typed string) (server string, ok bool) {
	typed = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(typed), "https://"), "/")
	if len(typed) > 255 || strings.ContainsAny(typed, " /?#@\t\r\n") {
		return "", false
	}
	host, port, err := net.SplitHostPort(typed)
	if err != nil {
		host, port = strings.Trim(typed, "[]"), defaultPort
	}
	return net.JoinHostPort(host, port), host != "" && port != ""
}
