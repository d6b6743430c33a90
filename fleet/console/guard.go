package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"slices"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// visit is one request of a person who is allowed to make it.
type visit struct {
	*http.Request
	Person people.Person
	token  string // of the session; "" on the sign-in page
}

func (v *visit) tenant() wire.Tenant { return v.Person.Tenant }

func (v *visit) address() string {
	host, _, err := net.SplitHostPort(v.RemoteAddr)
	if err != nil {
		return v.RemoteAddr
	}
	return host
}

// is reports whether the person has one of roles.
func (v *visit) is(roles ...people.Role) bool { return slices.Contains(roles, v.Person.Role) }

// query limits a query of stations to what the person may see.
func (v *visit) query(q registry.Query) registry.Query {
	switch v.Person.Role {
	case people.Admin, people.Technician:
		return q
	case people.Coordinator:
		q.Territory = v.Person.Territory
		return q
	}
	q.Structure = v.Person.Structure
	return q
}

// scope says whose figures the person may read, and how closely.
func (v *visit) scope() report.Scope {
	switch v.Person.Role {
	case people.Admin:
		return report.Scope{Exact: true}
	case people.Mediator:
		return report.Scope{Structure: v.Person.Structure, Exact: true}
	case people.Coordinator:
		return report.Scope{Territory: v.Person.Territory}
	}
	return report.Scope{Structure: v.Person.Structure, Territory: v.Person.Territory}
}

// countsWaiting reports whether the person may read how many records wait on a
// station: on a market day that is how many passes were shown there.
func (v *visit) countsWaiting() bool { return !v.is(people.Coordinator) }

// csrf is the token that every form of this session carries.
func (v *visit) csrf() string {
	sum := sha256.Sum256([]byte("mallette-form-v1\x00" + v.token))
	return hex.EncodeToString(sum[:])
}

// guard lets a request through to the route's handler when its person may
// make it. It denies by default: a route without roles is open to nobody.
func (c *console) guard(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		v, err := c.admit(r, req)
		if errors.Is(err, people.ErrNoSession) {
			http.Redirect(w, req, "/connexion", http.StatusSeeOther)
			return
		}
		if err == nil && v.Person.MustChange && !r.always {
			http.Redirect(w, req, "/compte", http.StatusSeeOther)
			return
		}
		if err == nil {
			err = r.do(w, v)
		}
		if err != nil {
			c.refuse(w, req, v, err)
		}
	})
}

func (c *console) admit(r route, req *http.Request) (*visit, error) {
	v := &visit{Request: req}
	if r.open {
		return v, nil
	}
	v.token = c.cookie(req)
	p, err := c.Gate.Person(req.Context(), v.token)
	if err != nil {
		return nil, err
	}
	v.Person = p
	if !v.is(r.Roles...) || v.is(people.Mediator) && p.Structure == 0 {
		return v, errForbidden
	}
	if req.Method == http.MethodPost && subtle.ConstantTimeCompare([]byte(req.PostFormValue("jeton")), []byte(v.csrf())) != 1 {
		return v, errForm
	}
	return v, nil
}

func (c *console) cookieName() string {
	if c.Plain {
		return "mallette"
	}
	return "__Host-mallette"
}

func (c *console) cookie(req *http.Request) string {
	k, err := req.Cookie(c.cookieName())
	if err != nil {
		return ""
	}
	return k.Value
}

// setCookie hands the browser a session's token; an empty one takes it back.
func (c *console) setCookie(w http.ResponseWriter, token string) {
	age := int(people.Life.Seconds())
	if token == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: c.cookieName(), Value: token, Path: "/", MaxAge: age,
		Secure: !c.Plain, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}
