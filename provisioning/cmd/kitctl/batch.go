package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
)

type batchCommands struct {
	Issuer   issuerAdd     `cmd:"" help:"Ajoute un émetteur de pass."`
	Create   batchCreate   `cmd:"" help:"Crée un lot ; les postes l'apprennent aussitôt."`
	List     batchList     `cmd:"" default:"1" help:"Liste les lots."`
	Carnets  batchCarnets  `cmd:"" help:"Liste les carnets d'un lot et leur état."`
	Print    batchPrint    `cmd:"" help:"Imprime les carnets d'un lot en PDF ou en HTML."`
	Handover batchHandover `cmd:"" help:"Note qu'un carnet est confié à un distributeur, ou remis."`
	Qualify  batchQualify  `cmd:"" help:"Remplace les structures qui peuvent accepter les pass d'un lot."`
	Revoke   batchRevoke   `cmd:"" help:"Révoque un carnet, un lot entier, ou une clé volée."`
}

// lotFlags names a batch.
type lotFlags struct {
	Issuer pass.Issuer `required:"" help:"Numéro de l'émetteur."`
	Batch  pass.Batch  `required:"" help:"Numéro du lot."`
}

func (l lotFlags) lot(d *desk) admin.Lot {
	return admin.Lot{Tenant: d.tenant, Issuer: l.Issuer, Batch: l.Batch}
}

type issuerAdd struct {
	Name    string `required:"" help:"Nom imprimé sur les pass."`
	Address string `required:"" help:"Adresse imprimée sur les pass."`
}

// Run prints the issuer's number and series.
func (c *issuerAdd) Run(d *desk) error {
	i, err := d.admin.AddIssuer(d.ctx, d.tenant, mint.Issuer{Name: c.Name, Address: c.Address})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "émetteur %d, série %02d\n", i.ID, i.Series)
	return nil
}

type batchCreate struct {
	Issuer        pass.Issuer      `required:"" help:"Numéro de l'émetteur."`
	Commanditaire string           `required:"" help:"Qui finance ces pass."`
	FaceValue     int              `help:"Valeur d'un pass, en centimes." default:"1000"`
	Year          int              `required:"" help:"Année d'utilisation : les trois dates habituelles en découlent."`
	CarnetSize    int              `help:"Pass par carnet." default:"10"`
	Carnets       int              `required:"" help:"Nombre de carnets."`
	Services      []string         `help:"Services acceptés (KS-01…) ; vide : tous."`
	Territories   []string         `help:"Territoires ; vide : tous."`
	Structures    []pass.Structure `help:"Structures qualifiées, pour l'année et tous les services du lot."`
	PublicBody    string           `required:"" help:"Collectivité au nom de laquelle le pass est émis (mention légale)."`
	Nature        string           `required:"" help:"Nature des services (mention légale)."`
	HandOver      bool             `help:"Un pass ne compte qu'une fois son carnet remis."`
	Specimen      bool             `help:"Marque SPÉCIMEN."`
}

// Run makes the batch and prints its number.
func (c *batchCreate) Run(d *desk) error {
	b, err := d.admin.CreateBatch(d.ctx, d.tenant, c.order())
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "lot %d : %d pass\n", b.Manifest.Batch, b.Manifest.Size())
	return nil
}

func (c *batchCreate) order() mint.Order {
	o := mint.Order{
		Issuer: c.Issuer, Commanditaire: c.Commanditaire, FaceValue: c.FaceValue, CarnetSize: c.CarnetSize, Carnets: c.Carnets,
		Services: c.Services, Territories: c.Territories, HandOver: c.HandOver, Specimen: c.Specimen,
		Print: pass.Print{PublicBody: c.PublicBody, Nature: c.Nature},
	}
	o.YearDates(c.Year)
	for _, s := range c.Structures {
		o.Structures = append(o.Structures, pass.Qualification{Structure: s, Services: c.Services, Until: o.PresentBy})
	}
	return o
}

type batchList struct{}

// Run prints a line a batch.
func (c *batchList) Run(d *desk) error {
	batches, err := d.admin.Batches(d.ctx, d.tenant)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(d.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "ÉMETTEUR\tLOT\tCOMMANDITAIRE\tPASS\tVALEUR\tUTILISABLE JUSQU'AU\tPRÉSENTER AVANT LE")
	for _, b := range batches {
		m := b.Manifest
		fmt.Fprintf(table, "%d\t%d\t%s\t%d\t%.2f €\t%s\t%s\n", m.Issuer, m.Batch, m.Commanditaire, m.Size(), float64(m.FaceValue)/100, m.UseUntil, m.PresentBy)
	}
	return table.Flush()
}

type batchCarnets struct{ lotFlags }

// Run prints a line a carnet.
func (c *batchCarnets) Run(d *desk) error {
	carnets, err := d.admin.Carnets(d.ctx, c.lot(d))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(d.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "CARNET\tÉTAT\tUTILISÉS\tCONFIÉ À")
	for _, k := range carnets {
		fmt.Fprintf(table, "%d\t%s\t%d\t%s\n", k.Number, k.State, k.Used, k.Holder)
	}
	return table.Flush()
}

type batchHandover struct {
	lotFlags
	Carnet int    `required:"" help:"Numéro du carnet dans le lot."`
	To     string `help:"Distributeur à qui il est confié ; vide : remis à une personne, qui n'est pas nommée."`
}

// Run notes the hand-over.
func (c *batchHandover) Run(d *desk) error {
	lot := c.lot(d)
	lot.Carnet, lot.To, lot.Holder = c.Carnet, mint.Injected, ""
	if c.To != "" {
		lot.To, lot.Holder = mint.Entrusted, c.To
	}
	return d.admin.HandOver(d.ctx, lot)
}

type batchQualify struct {
	lotFlags
	Structures []pass.Structure `required:"" help:"Toutes les structures qualifiées, et elles seules."`
	Services   []string         `help:"Services pour lesquels elles le sont ; vide : tous ceux du lot."`
	From       string           `help:"Premier jour, AAAA-MM-JJ."`
	Until      string           `required:"" help:"Dernier jour, AAAA-MM-JJ."`
}

// Run qualifies the structures.
func (c *batchQualify) Run(d *desk) error {
	lot := c.lot(d)
	until, err := pass.ParseDay(c.Until)
	if err != nil {
		return err
	}
	var from pass.Day
	if c.From != "" {
		if from, err = pass.ParseDay(c.From); err != nil {
			return err
		}
	}
	for _, s := range c.Structures {
		lot.Qualified = append(lot.Qualified, pass.Qualification{Structure: s, Services: c.Services, From: from, Until: until})
	}
	return d.admin.Qualify(d.ctx, lot)
}

type batchRevoke struct {
	Issuer pass.Issuer `required:"" help:"Numéro de l'émetteur."`
	Batch  pass.Batch  `required:"" xor:"what" help:"Lot à révoquer."`
	Key    pass.KeyID  `required:"" xor:"what" help:"Clé volée de l'émetteur."`
	Carnet int         `help:"Carnet du lot ; sans lui, tout le lot."`
}

// Run revokes the narrowest thing that was named.
func (c *batchRevoke) Run(d *desk) error {
	return d.admin.Revoke(d.ctx, admin.Lot{Tenant: d.tenant, Issuer: c.Issuer, Batch: c.Batch, Carnet: c.Carnet, Key: c.Key})
}
