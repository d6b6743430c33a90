package kiosk

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/practice"
)

// handed is the parameter that carries how a person wants pages to look from
// one name of the station to another: a browser keeps cookies for each.
const handed = "reglages"

// named sends a fictitious service to a name of its own, as real ones have, and
// everything else back to the station's.
func (s *Server) named(next http.Handler) http.Handler {
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		here, wanted := s.serviceNamed(hostOf(r.Host)), s.serviceIn(r.URL.Path)
		switch {
		case isOutside(r):
		case wanted != nil && wanted != here:
			return handOver(w, r, wanted.Host())
		case here != nil && wanted == nil && reads(r) && !everywhere(r.URL.Path):
			return handOver(w, r, s.ownName())
		case reads(r) && r.URL.Query().Has(handed):
			return s.receive(w, r)
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// everywhere says whether every name has the page: what pages of ours load, and
// the question whether somebody is still there.
func everywhere(path string) bool {
	return strings.HasPrefix(path, assetRoot) || slices.Contains([]string{"/etat", "/dessin", "/encore-la", "/voix", "/voix/mots"}, path)
}

// serviceNamed is the service of a name, or nil.
func (s *Server) serviceNamed(host string) *practice.Service {
	return s.serviceWhere(func(one *practice.Service) bool { return one.Host() == host })
}

// serviceIn is the service that a path belongs to, or nil.
func (s *Server) serviceIn(path string) *practice.Service {
	return s.serviceWhere(func(one *practice.Service) bool {
		rest, ok := strings.CutPrefix(path, serviceHome(one))
		return ok && (rest == "" || rest[0] == '/')
	})
}

func (s *Server) serviceWhere(is func(*practice.Service) bool) *practice.Service {
	if i := slices.IndexFunc(s.services, is); i >= 0 {
		return s.services[i]
	}
	return nil
}

// ownName is the station's own.
func (s *Server) ownName() string {
	if slices.Contains(s.Hosts, "127.0.0.1") {
		return "127.0.0.1"
	}
	return s.Hosts[0]
}

// handOver sends a browser to the same page at another name.
func handOver(w http.ResponseWriter, r *http.Request, name string) error {
	to := *r.URL
	if !reads(r) {
		to.Path = "/" // nothing that was typed is sent twice
	}
	to.Scheme, to.Host = "http", withPort(name, r.Host)
	q := to.Query()
	q.Set(handed, settingsOf(r).cookie())
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return nil
}

func withPort(name, hostport string) string {
	if _, port, err := net.SplitHostPort(hostport); err == nil {
		return net.JoinHostPort(name, port)
	}
	return name
}

// receive keeps what was handed over, and asks for the page without it.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.visitor(w, r); err != nil {
		return err
	}
	q := r.URL.Query()
	setCookie(w, settingsCookie, settingsFrom(q.Get(handed)).cookie())
	q.Del(handed)
	to := localPath(r.URL.EscapedPath())
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// formsAt lets the forms of a service's page end on the station's own pages:
// where a session is over, for one.
func (s *Server) formsAt(host string) string {
	if s.serviceNamed(hostOf(host)) == nil {
		return policy
	}
	return strings.Replace(policy, "form-action 'self'", "form-action 'self' http://"+withPort(s.ownName(), host), 1)
}
