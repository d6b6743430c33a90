package main

import (
	"fmt"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
)

type personCommand struct {
	Login     string         `arg:"" help:"Identifiant de connexion."`
	Role      people.Role    `required:"" help:"mediateur, coordinateur, technicien, financeur, editeur ou admin."`
	Name      string         `help:"Nom affiché."`
	Structure pass.Structure `help:"Structure d'un médiateur."`
	Territory string         `help:"Territoire d'un coordinateur."`
}

// Run prints the one-time password: it is shown once.
func (c *personCommand) Run(d *desk) error {
	password, err := d.admin.Invite(d.ctx, people.Person{
		Tenant: d.tenant, Login: c.Login, Name: c.Name, Role: c.Role, Structure: c.Structure, Territory: c.Territory,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, password)
	return nil
}
