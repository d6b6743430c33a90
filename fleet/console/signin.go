package console

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
)

// signInForm is the sign-in page.
type signInForm struct {
	Login   string
	Problem string
}

func (c *console) signInPage(w http.ResponseWriter, v *visit) error {
	return c.showSignIn(w, v, http.StatusOK, signInForm{})
}

// showSignIn gives the browser a secret that its form must repeat, because
// there is no session yet that could vouch for the form.
func (c *console) showSignIn(w http.ResponseWriter, v *visit, status int, form signInForm) error {
	v.token = rand.Text()
	http.SetCookie(w, &http.Cookie{Name: c.cookieName() + "-avant", Value: v.token, Path: "/", MaxAge: 3600,
		Secure: !c.Plain, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return c.show(w, v, status, "connexion", "Se connecter", form)
}

func (c *console) signIn(w http.ResponseWriter, v *visit) error {
	form := signInForm{Login: strings.ToLower(strings.TrimSpace(v.PostFormValue("identifiant")))}
	if !c.ownForm(v) {
		form.Problem = "Le formulaire a expiré. Réessayez."
		return c.showSignIn(w, v, http.StatusForbidden, form)
	}
	leave, wait, err := c.enter(v, form.Login)
	if err != nil {
		return err
	}
	defer leave()
	if wait > 0 {
		form.Problem = fmt.Sprintf("Trop d’essais. Attendez %s avant de réessayer.", spell(wait))
		return c.showSignIn(w, v, http.StatusTooManyRequests, form)
	}
	token, person, err := c.Gate.SignIn(v.Context(), form.Login, v.PostFormValue("passe"))
	if errors.Is(err, people.ErrRefused) {
		c.throttle.Failed(form.Login, v.address(), c.Now())
		c.Log.Warn("sign-in refused", "address", v.address())
		form.Problem = "Identifiant ou mot de passe incorrect."
		return c.showSignIn(w, v, http.StatusForbidden, form)
	}
	if err != nil {
		return err
	}
	c.throttle.Succeeded(form.Login, v.address())
	v.Person = person
	if err := c.note(v, "console.sign-in", person.Login); err != nil {
		return err
	}
	c.setCookie(w, token)
	http.Redirect(w, v.Request, "/", http.StatusSeeOther)
	return nil
}

// enter waits for a turn to check a password; the caller leaves afterwards. It
// looks at the throttle before, so that guessers do not queue, and again when
// the turn has come, so that guesses made at once do not all go through.
func (c *console) enter(v *visit, login string) (leave func(), wait time.Duration, err error) {
	if wait := c.throttle.Wait(login, v.address(), c.Now()); wait > 0 {
		return func() {}, wait, nil
	}
	select {
	case c.hashing <- struct{}{}:
		return func() { <-c.hashing }, c.throttle.Wait(login, v.address(), c.Now()), nil
	case <-v.Context().Done():
		return nil, 0, v.Context().Err()
	}
}

// ownForm reports whether the form came from the page given to this browser.
func (c *console) ownForm(v *visit) bool {
	k, err := v.Cookie(c.cookieName() + "-avant")
	if err != nil || k.Value == "" {
		return false
	}
	v.token = k.Value
	return subtle.ConstantTimeCompare([]byte(v.PostFormValue("jeton")), []byte(v.csrf())) == 1
}

func (c *console) signOut(w http.ResponseWriter, v *visit) error {
	if err := c.Gate.SignOut(v.Context(), v.token); err != nil {
		return err
	}
	c.setCookie(w, "")
	http.Redirect(w, v.Request, "/connexion", http.StatusSeeOther)
	return nil
}

// accountForm is the page of one's own password.
type accountForm struct{ Problem string }

func (c *console) accountPage(w http.ResponseWriter, v *visit) error {
	return c.show(w, v, http.StatusOK, "compte", "Mon compte", accountForm{})
}

func (c *console) changePassword(w http.ResponseWriter, v *visit) error {
	if v.PostFormValue("nouveau") != v.PostFormValue("encore") {
		return c.show(w, v, http.StatusUnprocessableEntity, "compte", "Mon compte", accountForm{"Les deux nouveaux mots de passe sont différents."})
	}
	leave, wait, err := c.enter(v, v.Person.Login)
	if err != nil {
		return err
	}
	defer leave()
	if wait > 0 {
		return c.show(w, v, http.StatusTooManyRequests, "compte", "Mon compte", accountForm{"Trop d’essais. Attendez " + spell(wait) + "."})
	}
	token, err := c.Gate.ChangePassword(v.Context(), v.Person.Login, v.PostFormValue("ancien"), v.PostFormValue("nouveau"))
	if problem := passwordProblem(err); problem != "" {
		c.throttle.Failed(v.Person.Login, v.address(), c.Now())
		return c.show(w, v, http.StatusUnprocessableEntity, "compte", "Mon compte", accountForm{problem})
	}
	if err != nil {
		return err
	}
	if err := c.note(v, "password.change", v.Person.Login); err != nil {
		return err
	}
	c.setCookie(w, token)
	return done(w, v, "/", "passe")
}

func passwordProblem(err error) string {
	switch {
	case errors.Is(err, people.ErrRefused):
		return "L’ancien mot de passe est incorrect."
	case errors.Is(err, people.ErrWeak):
		return "Choisissez un autre mot de passe : au moins 12 caractères, différent de l’ancien et de l’identifiant."
	}
	return ""
}

func spell(d time.Duration) string {
	if d <= time.Minute {
		return fmt.Sprintf("%d secondes", int(d.Seconds())+1)
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes())+1)
}
