package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// tokensView is the page of enrolment tokens. Secret is set once, in answer to
// the form that made it.
type tokensView struct {
	Tokens   []registry.Token
	Kits     []registry.Kit
	Stations []registry.Station
	Secret   string
	Code     code
	Now      time.Time
}

func (c *console) tokensPage(w http.ResponseWriter, v *visit) error {
	return c.showTokens(w, v, tokensView{})
}

func (c *console) showTokens(w http.ResponseWriter, v *visit, body tokensView) error {
	var err error
	if body.Tokens, err = c.Fleet.Tokens(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.Kits, err = c.kitsOf(v); err != nil {
		return err
	}
	if body.Stations, _, err = c.Fleet.Stations(v.Context(), v.tenant(), registry.Query{Limit: 500}); err != nil {
		return err
	}
	body.Now = c.Now()
	return c.show(w, v, http.StatusOK, "enrolement", "Enrôlement", body)
}

func (c *console) issueToken(w http.ResponseWriter, v *visit) error {
	days, err := strconv.Atoi(v.PostFormValue("jours"))
	if err != nil {
		return fmt.Errorf("%w: days", errInput)
	}
	secret, err := c.Registry.IssueToken(v.Context(), v.actor(), v.tenant(), v.PostFormValue("mallette"),
		wire.Station(v.PostFormValue("poste")), time.Duration(days)*24*time.Hour)
	if err != nil {
		return err
	}
	qr, err := newCode(secret)
	if err != nil {
		return err
	}
	return c.showTokens(w, v, tokensView{Secret: secret, Code: qr})
}

// approveCode lets the machine that shows a code join, without anybody carrying
// a token to it.
func (c *console) approveCode(w http.ResponseWriter, v *visit) error {
	err := c.Registry.Approve(v.Context(), v.actor(), v.tenant(), v.PostFormValue("mallette"), wire.Station(v.PostFormValue("poste")), v.PostFormValue("code"))
	if err != nil {
		return err
	}
	return done(w, v, "/enrolement", "approuve")
}

func (c *console) revokeToken(w http.ResponseWriter, v *visit) error {
	hash := v.PostFormValue("empreinte")
	a := registry.Audit{At: c.Now(), Who: v.Person.Login, From: v.address(), What: "token.revoke"}
	if err := c.Fleet.RevokeToken(v.Context(), v.tenant(), hash, a); err != nil {
		return err
	}
	return done(w, v, "/enrolement", "annule")
}
