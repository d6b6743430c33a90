package kiosk

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds what a page may send: forms are short here.
const maxBody = 64 << 10

// maxLessonForm bounds the forms of lessons: a text and its twin, as a form writes
// them, up to nine bytes a letter.
const maxLessonForm = 2 << 20

// policy allows the station's own files and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; " +
	"media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// doors wraps next in every check a request goes through, outermost first.
func (s *Server) doors(next http.Handler) http.Handler {
	return s.headers(s.ownHost(s.named(s.sameOrigin(bounded(s.tokenHeld(next))))))
}

func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.formsAt(r.Host))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=(), payment=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// ownHost refuses names that are not the station's: a page elsewhere that
// points its own name at loopback must not read this one.
func (s *Server) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostOf(r.Host); !slices.Contains(s.Hosts, host) && s.serviceNamed(host) == nil {
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	return host
}

func (s *Server) sameOrigin(next http.Handler) http.Handler {
	var guard http.CrossOriginProtection
	guard.SetDenyHandler(s.handler(func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("other origin: %w", ErrForbidden)
	}))
	return guard.Handler(next)
}

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(maxBody)
		if strings.HasPrefix(r.URL.Path, editsRoot+"/") {
			most = maxLessonForm
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// tokenHeld gives every visitor a cookie and asks forms for the token that
// belongs to it.
func (s *Server) tokenHeld(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visitor(w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		r = withVisitor(r, v)
		if err := s.checkForm(r, v); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) checkForm(r *http.Request, v visitor) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %v", ErrBadForm, errKind(err))
	}
	if !s.tokens.match(v.id, r.PostForm.Get("jeton")) {
		return fmt.Errorf("token: %w", ErrForbidden)
	}
	return nil
}
