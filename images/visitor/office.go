package visitor

import (
	"fmt"
	"net/url"
)

// Office is somebody at a fleet server's console, signed in as administrator
// with the one-time password of the first start.
type Office struct {
	*Visitor
	Password string
}

// chosenPassword is what the administrator makes of her one-time password.
const chosenPassword = "une phrase que personne ne devine"

// Open opens a page, signed in.
func (c *Office) Open(path string) error {
	if err := c.Visitor.Open(path); err != nil {
		return err
	}
	if c.Page.Path == "/connexion" {
		if err := c.signIn(); err != nil {
			return err
		}
		return c.Visitor.Open(path)
	}
	return nil
}

func (c *Office) signIn() error {
	if err := c.Send("/connexion", url.Values{"identifiant": {"admin"}, "passe": {c.Password}}); err != nil {
		return err
	}
	if c.Page.Path == "/connexion" {
		return fmt.Errorf("sign in: %s", c.Page.Text)
	}
	if c.Page.Path != "/compte" {
		return nil
	}
	err := c.Send("/compte", url.Values{"ancien": {c.Password}, "nouveau": {chosenPassword}, "encore": {chosenPassword}})
	if err == nil && c.Page.Path == "/compte" {
		err = fmt.Errorf("change password: %s", c.Page.Text)
	}
	c.Password = chosenPassword
	return err
}
