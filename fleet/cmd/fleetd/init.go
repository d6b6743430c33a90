package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type initCommand struct {
	dataFlag
	Tenant        wire.Tenant `required:"" help:"Territoire (tenant) : lettres minuscules, chiffres, tirets."`
	Name          string      `required:"" help:"Nom de l'opérateur, tel qu'on le lit sur les écrans."`
	Contact       string      `help:"Qui appeler, affiché sur les postes."`
	Login         string      `help:"Première personne de la console, administratrice." default:"admin"`
	Demonstration bool        `help:"Affiche partout qu'il s'agit d'une démonstration."`
}

// Run makes the directory and prints the first password, once.
func (c *initCommand) Run(t *terminal) error {
	if !c.Tenant.Valid() {
		return registry.ErrInvalid
	}
	var password string
	err := build(c.Data, func(f folder) (err error) {
		password, err = c.fill(t, f)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Répertoire créé : %s\nConsole : identifiant %s, mot de passe à usage unique %s\n", c.Data, c.Login, password)
	fmt.Fprintf(t.out, "Mettez en lieu sûr, hors de cette machine : %s et %s.\n", folder(c.Data).authority()+"/offline", folder(c.Data).release()+"/offline")
	return nil
}

func (c *initCommand) fill(t *terminal, f folder) (string, error) {
	now := time.Now()
	if err := identity.CreateAuthority(f.authority(), c.Name, now); err != nil {
		return "", err
	}
	if err := release.Init(f.release(), now, c.Tenant); err != nil {
		return "", err
	}
	if err := f.makeKeys(); err != nil {
		return "", err
	}
	if _, err := mint.CreateVault(f.vault()); err != nil {
		return "", err
	}
	db, err := store.Create(t.ctx, f.store())
	if err != nil {
		return "", err
	}
	defer db.Close()
	return c.people(t.ctx, t, db)
}

func (c *initCommand) people(ctx context.Context, t *terminal, db *store.Store) (string, error) {
	r := registry.Registry{Store: db, Now: time.Now, Log: t.log}
	tenant := registry.Tenant{ID: c.Tenant, Name: c.Name, Contact: c.Contact, Demonstration: c.Demonstration}
	if err := r.SaveTenant(ctx, registry.Actor{Login: "fleetd"}, tenant); err != nil {
		return "", err
	}
	gate := people.Gate{Store: db, Now: time.Now}
	return gate.Invite(ctx, people.Person{Tenant: c.Tenant, Login: c.Login, Name: "Administration", Role: people.Admin})
}
