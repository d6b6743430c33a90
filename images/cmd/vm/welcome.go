package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/images/stage"
)

var (
	errNoImage = errors.New("no image")
	errStopped = errors.New("the fleet server ended")
)

// welcome prints the specimen carnets and says where everything is.
func (s *session) welcome(ctx context.Context) {
	passes := filepath.Join(s.dir, "specimen.pdf")
	if err := s.print(ctx, passes); err != nil {
		passes = "(impression impossible)"
	}
	password, _ := os.ReadFile(s.passwordFile())
	window := "une fenêtre s'ouvre"
	if address, ok := strings.CutPrefix(screen(), "vnc="); ok {
		window = "par VNC : " + address + " (vncviewer " + address + ")"
	}
	fmt.Printf(`
  MACHINE VIRTUELLE : tout est inventé, rien n'a de valeur.

  Écran du poste         %s ; sans accélération, la page d'accueil vient en quelques minutes
  Mode médiateur         code %s
  Console                http://%s/   identifiant admin, mot de passe %s (à changer à la première connexion)
  Pass à imprimer        %s
  Douchette              tapez ici les chiffres d'un pass, puis Entrée : un clavier USB est branché, les tape, et est débranché

  Ctrl-C arrête tout ; make vm reprend au même point ; rm -r %s efface tout.

`, window, stage.PIN, s.fleet.Console, strings.TrimSpace(string(password)), passes, homeDir)
}

func (s *session) print(ctx context.Context, file string) error {
	seeded, err := stage.Seed(ctx, s.fleet.Admin(), s.now())
	if err != nil {
		return err
	}
	paper, err := s.fleet.Admin().Print(ctx, admin.Printing{Tenant: stage.Tenant, Issuer: seeded.Issuer, Batch: seeded.Batch, From: 1, To: stage.Carnets, Format: admin.PDF})
	if err != nil {
		return err
	}
	return os.WriteFile(file, paper, 0o600)
}

// sentence is what a person reads of an error.
func sentence(err error) string {
	switch {
	case errors.Is(err, errNoImage):
		return "il n'y a pas d'image : lancez d'abord make image."
	case errors.Is(err, errStopped):
		return "le serveur de parc s'est arrêté ; build/vm/fleetd.log dit pourquoi."
	case errors.Is(err, stage.ErrHalfMade):
		return "les données sont restées à moitié faites : supprimez le dossier " + homeDir + " et recommencez."
	case errors.Is(err, fs.ErrNotExist):
		return "il manque un programme : lancez make deps, puis make build."
	}
	return fmt.Sprintf("échec (%v).", err)
}
