package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/provisioning/keyfile"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type keyCommands struct {
	New     keyNew     `cmd:"" help:"Fait une clé, chiffrée par une phrase secrète, et sa moitié publique à côté."`
	Status  keyStatus  `cmd:"" help:"Dit quelles clés racine comptent, jusqu'à quand, ou ce qui manque à une demande."`
	Request keyRequest `cmd:"" help:"Prépare la racine suivante : des clés partent, d'autres viennent. À signer ensuite."`
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

type keyStatus struct {
	Request string `arg:"" name:"demande" optional:"" help:"Demande en cours ; sans elle, la racine du serveur." type:"existingfile"`
}

// Run prints a root's keys, or who has signed a request.
func (c *keyStatus) Run(d *desk) error {
	text, err := c.read(d)
	if err != nil {
		return err
	}
	s, err := release.ReadRoot(text)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "racine %d, jusqu'au %s ; %d clés sur %d signent\n", s.Version, s.Expires.Format("02/01/2006"), s.Threshold, len(s.Keys))
	for _, id := range s.Keys {
		mark := ""
		if slices.Contains(s.Signed, id) {
			mark = "  a signé"
		}
		fmt.Fprintf(d.out, "  %s%s\n", id, mark)
	}
	for _, id := range s.Signed {
		if !slices.Contains(s.Keys, id) {
			fmt.Fprintf(d.out, "  %s  a signé, et part\n", id)
		}
	}
	return nil
}

func (c *keyStatus) read(d *desk) ([]byte, error) {
	if c.Request != "" {
		return os.ReadFile(c.Request)
	}
	return d.admin.Root(d.ctx)
}

type keyRequest struct {
	Out    string   `help:"Demande à créer." required:"" short:"o" placeholder:"FICHIER"`
	Retire []string `help:"Identifiant d'une clé qui part, perdue ou volée ; une par option." placeholder:"CLÉ"`
	Add    []string `help:"Moitié publique d'une clé qui vient ; une par option." type:"existingfile" placeholder:"FICHIER"`
}

// Run prepares the next root from the server's.
func (c *keyRequest) Run(d *desk) error {
	root, err := d.admin.Root(d.ctx)
	if err != nil {
		return err
	}
	var add []ed25519.PublicKey
	for _, file := range c.Add {
		key, err := keyfile.ReadPublic(file)
		if err != nil {
			return err
		}
		add = append(add, key)
	}
	request, err := release.RequestRoot(root, c.Retire, add, time.Now())
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if _, err := os.Stat(c.Out); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	return os.WriteFile(c.Out, request, 0o644)
}

// errRequest says that a root with these keys would not do.
var errRequest = errors.New("no root with these keys")

type keySign struct {
	Request string `arg:"" name:"demande" help:"Demande à signer." type:"existingfile"`
	keyFlag
}

// Run signs in place. What is signed is shown first.
func (c *keySign) Run(d *desk) error {
	if err := (&keyStatus{Request: c.Request}).Run(d); err != nil {
		return err
	}
	key, err := c.key(d)
	if err != nil {
		return err
	}
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	if request, err = release.SignRoot(request, key.PrivateKey); err != nil {
		return err
	}
	if err := os.WriteFile(c.Request, request, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "Signé.")
	return nil
}

type keyAdopt struct {
	Request string `arg:"" name:"demande" help:"Demande signée." type:"existingfile"`
}

// errUnsigned says that a request lacks signatures.
var errUnsigned = errors.New("request lacks signatures")

// Run hands the request to the server.
func (c *keyAdopt) Run(d *desk) error {
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	err = d.admin.AdoptRoot(d.ctx, d.tenant, request)
	if errors.Is(err, release.ErrUntrusted) {
		return fmt.Errorf("%w: %w", errUnsigned, err)
	}
	if err == nil {
		fmt.Fprintln(d.out, "Racine remplacée. Les postes suivent à leur prochain contact.")
	}
	return err
}
