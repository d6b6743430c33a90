package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// tenantFlags say who runs a fleet: one operator and its first administrator.
type tenantFlags struct {
	Tenant        wire.Tenant `required:"" help:"Territoire (tenant) : lettres minuscules, chiffres, tirets."`
	Name          string      `required:"" help:"Nom de l'opérateur, tel qu'on le lit sur les écrans."`
	Contact       string      `help:"Qui appeler, affiché sur les postes."`
	Login         string      `help:"Première personne de la console, administratrice." default:"admin"`
	Demonstration bool        `help:"Affiche partout qu'il s'agit d'une démonstration."`
}

// register writes the tenant and invites its administrator. It returns the
// one-time password.
func (f tenantFlags) register(ctx context.Context, t *terminal, db *store.Store) (string, error) {
	r := registry.Registry{Store: db, Now: time.Now, Log: t.log}
	tenant := registry.Tenant{ID: f.Tenant, Name: f.Name, Contact: f.Contact, Demonstration: f.Demonstration}
	if err := r.SaveTenant(ctx, registry.Actor{Login: "fleetd"}, tenant); err != nil {
		return "", err
	}
	gate := people.Gate{Store: db, Now: time.Now}
	return gate.Invite(ctx, people.Person{Tenant: f.Tenant, Login: f.Login, Name: "Administration", Role: people.Admin})
}

type tenantCommand struct {
	dataFlag
	tenantFlags
}

// Why a tenant cannot be added.
var (
	errTenantKnown = errors.New("tenant exists already")
	errLoginTaken  = errors.New("login taken")
)

// Help says what to do before and after.
func (tenantCommand) Help() string {
	return `Un serveur peut servir plusieurs territoires, qui ne voient rien les uns des autres. Chacun a sa clé de signature :
en ajouter un demande la clé targets du coffre. Arrêtez le serveur, remettez release/offline dans le répertoire de
données, lancez la commande, effacez le dossier, redémarrez.`
}

// Run adds a tenant to a stopped server.
func (c *tenantCommand) Run(t *terminal) error {
	var password string
	err := c.stopped(t, func(db *store.Store) (err error) {
		password, err = c.add(t, db)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Territoire ajouté : %s\nConsole : identifiant %s, mot de passe à usage unique %s\n", c.Tenant, c.Login, password)
	c.remind(t)
	return nil
}

// add gives the tenant its signing role before anything shows it: cut in
// between, the command may be repeated.
func (c *tenantCommand) add(t *terminal, db *store.Store) (string, error) {
	if err := c.vacant(t.ctx, db); err != nil {
		return "", err
	}
	repository, err := release.Open(folder(c.Data).release())
	if err != nil {
		return "", err
	}
	if err := repository.AddTenant(c.Tenant); err != nil {
		return "", err
	}
	return c.register(t.ctx, t, db)
}

func (c *tenantCommand) vacant(ctx context.Context, db *store.Store) error {
	if !c.Tenant.Valid() {
		return registry.ErrInvalid
	}
	known, err := db.MintTenants(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(known, c.Tenant) {
		return errTenantKnown
	}
	if _, _, err := db.PersonByLogin(ctx, c.Login); !errors.Is(err, people.ErrUnknown) {
		return errors.Join(errLoginTaken, err)
	}
	return nil
}
