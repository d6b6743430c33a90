package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// joinFlags are what a written stick knows of its fleet and its place. Secrets
// come from files: a command line is seen by everybody on the machine.
type joinFlags struct {
	Kit        string   `help:"Mallette : demande au serveur un jeton par clé." placeholder:"MALLETTE"`
	Days       int      `help:"Durée de validité de ces jetons, en jours." default:"30"`
	Tokens     string   `help:"Jetons déjà créés, un par ligne et par clé." placeholder:"FICHIER"`
	Place      string   `help:"Lieu où le poste servira d'abord."`
	Wifi       string   `help:"Nom du réseau Wi-Fi à rejoindre." placeholder:"NOM"`
	WifiSecret string   `help:"Fichier dont la première ligne est le mot de passe du Wi-Fi." placeholder:"FICHIER"`
	WifiHidden bool     `help:"Ce réseau ne s'annonce pas."`
	Scanner    []string `help:"Douchette que le poste ne reconnaît pas d'elle-même : vendeur:produit en hexadécimal, ou une partie de son nom. Répétable." placeholder:"MODÈLE"`
	Stays      bool     `help:"La clé reste dans la même machine et lui appartient : ce n'est pas une clé de passage."`
}

// prepare reads what the files hold, for n disks. It makes nothing that has to
// be undone when somebody then says no.
func (f *joinFlags) prepare(n int) ([]slot.Join, error) {
	joins := make([]slot.Join, n)
	for i := range joins {
		joins[i] = slot.Join{Place: f.Place, Installed: f.Stays, Scanners: f.Scanner}
	}
	if err := errors.Join(f.wifi(joins), fit(joins)); err != nil || f.Tokens == "" {
		return joins, err
	}
	lines, err := firstLines(f.Tokens, n)
	if err != nil {
		return nil, err
	}
	if len(lines) < n || f.Kit != "" {
		return nil, errMisused
	}
	for i, line := range lines {
		if _, err := enroll.ParseToken(line); err != nil {
			return nil, err
		}
		joins[i].Token = line
	}
	return joins, nil
}

func (f *joinFlags) wifi(joins []slot.Join) error {
	if f.Wifi == "" {
		return nil
	}
	w := slot.WiFi{Name: f.Wifi, Hidden: f.WifiHidden}
	if f.WifiSecret != "" {
		lines, err := firstLines(f.WifiSecret, 1)
		if err != nil || len(lines) == 0 {
			return fmt.Errorf("read Wi-Fi secret: %w", err)
		}
		w.Secret = lines[0]
	}
	for i := range joins {
		joins[i].WiFi = []slot.WiFi{w}
	}
	return nil
}

// fit looks whether what was typed has its place on a stick.
func fit(joins []slot.Join) error {
	for _, j := range joins {
		if _, err := j.Encode(); err != nil {
			return errMisused
		}
	}
	return nil
}

// firstLines reads at most n lines that are not empty.
func firstLines(path string, n int) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < n {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// tokens asks the fleet for one token a disk: a token is good for one machine.
func (f *joinFlags) tokens(d *desk, joins []slot.Join) error {
	if f.Kit == "" {
		return nil
	}
	for i := range joins {
		token, err := d.admin.IssueToken(d.ctx, admin.TokenOrder{Tenant: d.tenant, Kit: f.Kit, Life: time.Duration(f.Days) * 24 * time.Hour})
		if err != nil {
			return err
		}
		joins[i].Token = token
	}
	return nil
}
