package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

type authorityCommands struct {
	New    authorityNew    `cmd:"" help:"Prépare l'autorité suivante. Rien ne change encore."`
	Switch authoritySwitch `cmd:"" help:"Met l'autorité suivante en place, serveur arrêté."`
}

// errNoNext says that no next authority was prepared.
var errNoNext = errors.New("no next authority")

type authorityNew struct {
	dataFlag
	Name string `help:"Nom de l'autorité." default:"Mallette"`
}

// Help says what to do before and after.
func (authorityNew) Help() string {
	return `Remettez authority/offline dans le répertoire de données, puis lancez la commande : l'autorité suivante est prête dans
authority/next. Dites-la aux postes, signée :

  kitctl key request --server HÔTE:PORT --authority …/authority/next/online/root.pem --authority …/authority/online/root.pem --out demande.json

(à signer par la clé targets, puis « kitctl key adopt »). Quand la console montre que les postes ont pris contact,
arrêtez le serveur : « fleetd authority switch ». Les jetons d'enrôlement donnés avant ne valent plus après.`
}

// Run prepares it. A server may run meanwhile.
func (c *authorityNew) Run(t *terminal) error {
	dir := folder(c.Data).authority()
	if _, err := identity.PrepareNext(dir, c.Name, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Autorité suivante prête. À dire aux postes : %s\n", filepath.Join(dir, "next", "online", "root.pem"))
	c.remind(t)
	return nil
}

type authoritySwitch struct {
	dataFlag
}

// Help says what stations do.
func (authoritySwitch) Help() string {
	return `Les postes à qui l'autorité suivante a été dite renouvellent leur certificat sous elle, et ne croient plus l'ancienne.
Ceux à qui elle ne l'a pas été encore reconnaissent le serveur et sont reconnus. Après une coupure, recommencez.`
}

// Run switches on a stopped server.
func (c *authoritySwitch) Run(t *terminal) error {
	err := c.stopped(t, func(*store.Store) error { return identity.Succeed(folder(c.Data).authority()) })
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errNoNext, err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(t.out, "Autorité remplacée. L'ancienne est dans authority/before.")
	c.remind(t)
	return nil
}
