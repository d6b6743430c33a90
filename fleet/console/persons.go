package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
)

// peopleView is the page of people. Password is set once, in answer to the
// form that made it.
type peopleView struct {
	People     []people.Person
	Roles      []people.Role
	Structures []registry.Structure
	Names      map[string]string
	Person     people.Person
	Password   string
}

func (c *console) peoplePage(w http.ResponseWriter, v *visit) error {
	return c.showPeople(w, v, peopleView{})
}

func (c *console) showPeople(w http.ResponseWriter, v *visit, body peopleView) error {
	var err error
	if body.People, err = c.People.People(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.Structures, err = c.structuresOf(v); err != nil {
		return err
	}
	body.Roles = people.Roles()
	return c.show(w, v, http.StatusOK, "personnes", "Personnes", body)
}

func (c *console) invite(w http.ResponseWriter, v *visit) error {
	p := personFrom(v, strings.ToLower(strings.TrimSpace(v.PostFormValue("identifiant"))))
	if _, err := c.person(v, p.Login); err == nil {
		return errTaken
	}
	password, err := c.Gate.Invite(v.Context(), p)
	if err != nil {
		return err
	}
	if err := c.note(v, "person.invite", p.Login); err != nil {
		return err
	}
	return c.showPeople(w, v, peopleView{Person: p, Password: password})
}

func (c *console) personPage(w http.ResponseWriter, v *visit) error {
	p, err := c.person(v, v.PathValue("login"))
	if err != nil {
		return err
	}
	structures, err := c.structuresOf(v)
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "personne", p.Login, peopleView{Person: p, Roles: people.Roles(), Structures: structures})
}

func (c *console) savePerson(w http.ResponseWriter, v *visit) error {
	before, err := c.person(v, v.PathValue("login"))
	if err != nil {
		return err
	}
	p := personFrom(v, before.Login)
	p.Created = before.Created
	p.Disabled = v.PostFormValue("actif") != "oui"
	if p.Login == v.Person.Login && (p.Disabled || p.Role != people.Admin) {
		return fmt.Errorf("%w: own access", errInput) // somebody has to keep the keys
	}
	if err := c.Gate.Save(v.Context(), p); err != nil {
		return err
	}
	if err := c.note(v, "person.save", p.Login); err != nil {
		return err
	}
	return done(w, v, "/personnes", "personne")
}

func (c *console) renewPassword(w http.ResponseWriter, v *visit) error {
	p, err := c.person(v, v.PathValue("login"))
	if err != nil {
		return err
	}
	if p.Login == v.Person.Login {
		return fmt.Errorf("%w: own password", errInput) // changed on the account page
	}
	password, err := c.Gate.Invite(v.Context(), p)
	if err != nil {
		return err
	}
	if err := c.note(v, "password.renew", p.Login); err != nil {
		return err
	}
	return c.showPeople(w, v, peopleView{Person: p, Password: password})
}

func personFrom(v *visit, login string) people.Person {
	return people.Person{Tenant: v.tenant(), Login: login, Name: v.PostFormValue("nom"), Role: people.Role(v.PostFormValue("role")),
		Structure: structureID(v.PostFormValue("structure")), Territory: v.PostFormValue("territoire")}
}

func (c *console) person(v *visit, login string) (people.Person, error) {
	list, err := c.People.People(v.Context(), v.tenant())
	if err != nil {
		return people.Person{}, err
	}
	for _, p := range list {
		if p.Login == login {
			return p, nil
		}
	}
	return people.Person{}, people.ErrUnknown
}
