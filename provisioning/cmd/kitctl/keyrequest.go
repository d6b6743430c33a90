package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/mallette-kit/mallette/provisioning/keyfile"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type keyRequest struct {
	Out       string   `help:"Demande à créer." required:"" short:"o" placeholder:"FICHIER"`
	Retire    []string `help:"Identifiant d'une clé racine qui part, perdue ou volée ; une par option." placeholder:"CLÉ"`
	Add       []string `help:"Moitié publique d'une clé racine qui vient ; une par option." type:"existingfile" placeholder:"FICHIER"`
	Online    bool     `help:"Le serveur remplace toutes ses propres clés : son disque a été volé ou lu."`
	Targets   string   `help:"Moitié publique de la clé targets qui vient." type:"existingfile" placeholder:"FICHIER"`
	Base      string   `help:"Moitié publique de la clé qui signera les versions." type:"existingfile" placeholder:"FICHIER"`
	Server    []string `help:"Adresse où les postes trouvent le serveur, la meilleure d'abord ; une par option. Les adresses d'avant n'y sont plus si elles n'y sont pas." placeholder:"HÔTE:PORT"`
	Authority []string `help:"Racine des certificats de l'autorité suivante (PEM) ; une par option." type:"existingfile" placeholder:"FICHIER"`
}

// Help says who signs what.
func (keyRequest) Help() string {
	return `Sans option, la demande renouvelle pour leur durée entière les signatures des clés gardées hors ligne.

Signent ensuite (kitctl key sign), chacun chez soi : deux clés racine d'aujourd'hui et deux de demain pour --retire,
--add, --online, --targets ; la clé targets (la nouvelle, s'il y en a une) pour --online, --targets, --base, --server,
--authority ; la nouvelle clé des versions pour --base. « kitctl key status DEMANDE » dit ce qui manque.`
}

// Run prepares the change from what the server is signed with.
func (c *keyRequest) Run(d *desk) error {
	change, err := c.change()
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Out); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	standing, err := d.admin.Standing(d.ctx, d.tenant, c.Online)
	if err != nil {
		return err
	}
	request, err := release.NewRequest(standing, change, time.Now())
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	text, err := request.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, text, 0o644)
}

func (c *keyRequest) change() (change release.Change, err error) {
	change.RetireRoot = c.Retire
	for _, file := range c.Add {
		key, err := keyfile.ReadPublic(file)
		if err != nil {
			return change, err
		}
		change.AddRoot = append(change.AddRoot, key)
	}
	if change.Targets, err = optionalKey(c.Targets); err != nil {
		return change, err
	}
	if change.Base, err = optionalKey(c.Base); err != nil {
		return change, err
	}
	change.Contact, err = c.contact()
	return change, err
}

func optionalKey(file string) (ed25519.PublicKey, error) {
	if file == "" {
		return nil, nil
	}
	return keyfile.ReadPublic(file)
}

func (c *keyRequest) contact() (*release.Contact, error) {
	if len(c.Server)+len(c.Authority) == 0 {
		return nil, nil
	}
	where := &release.Contact{Servers: c.Server}
	for _, file := range c.Authority {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		where.Authorities = append(where.Authorities, string(text))
	}
	if _, err := where.Encode(); err != nil {
		return nil, fmt.Errorf("%w: %w", errContact, err)
	}
	return where, nil
}

// errRequest says that a root with these keys would not do; errContact that an
// address or a certificate would not.
var (
	errRequest = errors.New("no root with these keys")
	errContact = errors.New("no such address or authority")
)
