package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"

	"github.com/mallette-kit/mallette/fleet/admin"
)

type tokenCommand struct {
	Kit    string       `required:"" help:"Mallette à laquelle la machine appartiendra."`
	Claims wire.Station `help:"Poste dont la machine réinstallée reprend l'identité." placeholder:"POSTE"`
	Days   int          `help:"Durée de validité, en jours." default:"7"`
}

// Run prints the token: it is shown once and kept nowhere.
func (c *tokenCommand) Run(d *desk) error {
	token, err := d.admin.IssueToken(d.ctx, admin.TokenOrder{
		Tenant: d.tenant, Kit: c.Kit, Claims: c.Claims, Life: time.Duration(c.Days) * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, token)
	return nil
}

type approveCommand struct {
	Code   string       `arg:"" help:"Code affiché par le poste, avec ou sans tirets."`
	Kit    string       `required:"" help:"Mallette à laquelle la machine appartiendra."`
	Claims wire.Station `help:"Poste dont la machine réinstallée reprend l'identité." placeholder:"POSTE"`
}

// Run sends the machine its token.
func (c *approveCommand) Run(d *desk) error {
	err := d.admin.Approve(d.ctx, admin.TokenOrder{Tenant: d.tenant, Kit: c.Kit, Claims: c.Claims, Code: c.Code})
	if err == nil {
		fmt.Fprintln(d.out, "Poste accepté : il rejoint la mallette dans les secondes qui viennent.")
	}
	return err
}

type stationCommands struct {
	List stationList `cmd:"" default:"withargs" help:"Liste les postes."`
	Show stationShow `cmd:"" help:"Montre tout ce que l'on sait d'un poste."`
	Edit stationEdit `cmd:"" help:"Change la mallette, l'étiquette, le rôle, le mode ou le lieu d'un poste."`
	Logs stationLogs `cmd:"" help:"Demande à un poste ce que ses programmes ont dit depuis sept jours, et l'affiche ou l'enregistre."`
	Lost stationLost `cmd:"" help:"Déclare un poste perdu ou volé : son certificat ne vaut plus rien."`
}

type stationList struct {
	State registry.State `help:"online, offline, pending, behind ou lost." default:""`
	Text  string         `arg:"" optional:"" help:"Étiquette, identifiant, mallette ou lieu."`
}

// Run prints a line a station.
func (c *stationList) Run(d *desk) error {
	stations, err := d.admin.Stations(d.ctx, d.tenant, registry.Query{State: c.State, Text: c.Text})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(d.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "POSTE\tÉTIQUETTE\tMALLETTE\tLIEU\tEN LIGNE\tVU\tVERSION\tEN ATTENTE")
	for _, s := range stations {
		row(table, s)
	}
	return table.Flush()
}

func row(w io.Writer, s registry.Station) {
	online := "non"
	if s.Online {
		online = "oui"
	}
	seen := "jamais"
	if !s.LastSeen.IsZero() {
		seen = s.LastSeen.Local().Format("2006-01-02 15:04")
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", s.ID, s.Label, s.Kit, s.Place, online, seen, s.Hello.Release, s.Telemetry.OutboxPending)
}

type stationShow struct {
	ID wire.Station `arg:"" help:"Identifiant du poste."`
}

// Run prints the station as JSON.
func (c *stationShow) Run(d *desk) error {
	s, err := d.admin.Station(d.ctx, d.tenant, c.ID)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(d.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(s)
}

type stationEdit struct {
	ID    wire.Station `arg:"" help:"Identifiant du poste."`
	Kit   *string      `help:"Mallette."`
	Label *string      `help:"Étiquette collée sur la machine."`
	Role  *wire.Role   `help:"mediator : lit les pass de sa mallette ; station : non."`
	Mode  *wire.Mode   `help:"kiosk : une personne seule ; workshop : un groupe."`
	Place *string      `help:"Lieu habituel."`
}

// Run changes what was given and keeps the rest.
func (c *stationEdit) Run(d *desk) error {
	s, err := d.admin.Station(d.ctx, d.tenant, c.ID)
	if err != nil {
		return err
	}
	edit := registry.Edit{Kit: s.Kit, Label: s.Label, Role: s.Role, Mode: s.Mode, Place: s.Place}
	set(&edit.Kit, c.Kit)
	set(&edit.Label, c.Label)
	set(&edit.Role, c.Role)
	set(&edit.Mode, c.Mode)
	set(&edit.Place, c.Place)
	return d.admin.EditStation(d.ctx, d.tenant, c.ID, edit)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

type stationLost struct {
	ID    wire.Station `arg:"" help:"Identifiant du poste."`
	Since time.Time    `help:"Moment de la perte (RFC 3339) ; ce que le poste enregistre après est mis de côté. Par défaut : maintenant."`
}

// Run declares the loss.
func (c *stationLost) Run(d *desk) error {
	since := c.Since
	if since.IsZero() {
		since = time.Now()
	}
	return d.admin.DeclareLost(d.ctx, d.tenant, c.ID, since)
}
