package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// paperFlags say where a printed document goes.
type paperFlags struct {
	Out string `required:"" help:"Fichier à écrire, en .pdf ou .html ; il ne doit pas exister." placeholder:"FICHIER"`
}

// write asks for the document and keeps it under a name that nobody had, for
// its owner only: passes and cards are worth something.
func (p paperFlags) write(d *desk, q admin.Printing) error {
	q.Tenant, q.Format = d.tenant, admin.PDF
	if filepath.Ext(p.Out) == ".html" {
		q.Format = admin.HTML
	}
	file, err := os.OpenFile(p.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	paper, err := d.admin.Print(d.ctx, q)
	if err != nil {
		os.Remove(p.Out)
		return err
	}
	if _, err := file.Write(paper); err != nil {
		return err
	}
	return file.Sync()
}

type batchPrint struct {
	lotFlags
	paperFlags
	From int `help:"Premier carnet." default:"1"`
	To   int `required:"" help:"Dernier carnet."`
}

// Run writes the carnets.
func (c *batchPrint) Run(d *desk) error {
	return c.write(d, admin.Printing{Issuer: c.Issuer, Batch: c.Batch, From: c.From, To: c.To})
}

type cardCommands struct {
	Issue  cardIssue  `cmd:"" help:"Émet une carte de médiateur et l'imprime."`
	List   cardList   `cmd:"" default:"1" help:"Liste les cartes."`
	Revoke cardRevoke `cmd:"" help:"Révoque une carte perdue."`
	Pin    cardPIN    `cmd:"" help:"Change le code secret d'une structure."`
}

type cardIssue struct {
	paperFlags
	Structure pass.Structure `help:"Structure où la carte ouvre le mode médiateur ; sans elle : toutes."`
	Until     string         `required:"" help:"Dernier jour, AAAA-MM-JJ."`
	Label     string         `help:"Ce qui est écrit sur la carte."`
}

// Run issues the card, writes it and prints its number.
func (c *cardIssue) Run(d *desk) error {
	until, err := pass.ParseDay(c.Until)
	if err != nil {
		return err
	}
	card, err := d.admin.IssueCard(d.ctx, admin.CardOrder{Tenant: d.tenant, Structure: c.Structure, Until: until, Label: c.Label})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "carte %d\n", card.ID)
	return c.write(d, admin.Printing{Card: card.ID})
}

type cardList struct{}

// Run prints a line a card.
func (c *cardList) Run(d *desk) error {
	cards, err := d.admin.Cards(d.ctx, d.tenant)
	if err != nil {
		return err
	}
	for _, k := range cards {
		state := "valable jusqu'au " + k.Card.NotAfter.String()
		if !k.Revoked.IsZero() {
			state = "révoquée"
		}
		fmt.Fprintf(d.out, "%d\t%s\t%s\tclé %d\n", k.Card.ID, k.Label, state, k.Card.Key)
	}
	return nil
}

type cardRevoke struct {
	ID  pass.CardID `arg:"" optional:"" help:"Numéro de la carte."`
	Key pass.KeyID  `help:"Plutôt qu'une carte, une clé volée : toutes les cartes qu'elle a signées sont à refaire."`
}

// Run revokes the card, or the key.
func (c *cardRevoke) Run(d *desk) error {
	if c.Key != 0 {
		return d.admin.RevokeCardKey(d.ctx, d.tenant, c.Key)
	}
	return d.admin.RevokeCard(d.ctx, d.tenant, c.ID)
}

type cardPIN struct {
	Structure pass.Structure `required:"" help:"Structure."`
	File      string         `help:"Fichier qui contient le code (6 à 32 chiffres) ; vide : entrée standard. Un code vide supprime l'ancien." default:"-"`
}

// Run sets the PIN. It is read from a file, because a command line is seen by
// every process of the machine.
func (c *cardPIN) Run(d *desk) error {
	pin, err := firstLine(c.File)
	if err != nil {
		return err
	}
	return d.admin.SetPIN(d.ctx, d.tenant, c.Structure, pin)
}

func firstLine(file string) (string, error) {
	in := os.Stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer opened.Close()
		in = opened
	}
	scanner := bufio.NewScanner(in)
	scanner.Scan()
	return strings.TrimSpace(scanner.Text()), scanner.Err()
}
