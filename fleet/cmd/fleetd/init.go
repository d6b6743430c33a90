package main

import (
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type initCommand struct {
	dataFlag
	tenantFlags
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
	c.remind(t)
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
	return c.register(t.ctx, t, db)
}
