package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/mallette-kit/mallette/provisioning/keyfile"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type keyCommands struct {
	New     keyNew     `cmd:"" help:"Fait une clé, chiffrée par une phrase secrète, et sa moitié publique à côté."`
	Status  keyStatus  `cmd:"" help:"Dit quelles clés racine comptent, jusqu'à quand, ou ce qu'une demande change et qui l'a signée."`
	Request keyRequest `cmd:"" help:"Prépare un changement : clés perdues ou volées, adresse du serveur, autorité. À signer ensuite."`
	Sign    keySign    `cmd:"" help:"Ajoute une signature à une demande, là où la clé est gardée. Sans réseau."`
	Adopt   keyAdopt   `cmd:"" help:"Remet une demande assez signée au serveur. Les postes suivent d'eux-mêmes."`
}

type keyNew struct {
	File        string `arg:"" name:"fichier" help:"Fichier à créer, par exemple racine-4.cle."`
	Development bool   `help:"Sans phrase secrète : pour le développement seulement."`
}

// errTwice says that two passphrases differ.
var errTwice = errors.New("passphrases differ")

// Run makes the key. Its public half is what travels.
func (c *keyNew) Run(d *desk) error {
	passphrase, err := c.passphrase(d)
	if err != nil {
		return err
	}
	key, err := keyfile.New(c.File, passphrase)
	if err != nil {
		return err
	}
	if key.Development {
		warnDevelopment(d, c.File)
	}
	public := key.Public().(ed25519.PublicKey)
	if err := keyfile.WritePublic(c.File+".pub", public); err != nil {
		return err
	}
	id, err := release.KeyID(public)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s\nMoitié publique : %s.pub\n", id, c.File)
	return nil
}

func (c *keyNew) passphrase(d *desk) (string, error) {
	if c.Development {
		return "", nil
	}
	first, err := askPassphrase(d, "Phrase secrète, douze caractères au moins")
	if err != nil {
		return "", err
	}
	again, err := askPassphrase(d, "Encore une fois")
	if err == nil && again != first {
		err = errTwice
	}
	if err == nil && first == "" {
		err = keyfile.ErrPassphrase
	}
	return first, err
}
