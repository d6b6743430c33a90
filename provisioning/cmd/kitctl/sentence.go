package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// sentences say, for each kind of failure, what the technician can do.
var sentences = []struct {
	kind error
	text string
}{
	{admin.ErrNotRunning, "aucun serveur ne répond sur cette prise. Démarrez fleetd, ou indiquez sa prise avec --admin."},
	{admin.ErrFailed, "le serveur n'a pas pu le faire. Son journal dit pourquoi."},
	{registry.ErrUnknown, "introuvable. Vérifiez l'identifiant et --tenant."},
	{mint.ErrUnknown, "introuvable. Vérifiez les numéros et --tenant."},
	{mint.ErrCarnet, "ce carnet est déjà plus avancé."},
	{mint.ErrTaken, "ce numéro est déjà pris."},
	{pass.ErrMalformed, "date ou valeur mal écrite (attendu : AAAA-MM-JJ)."},
	{errUnread, "au moins une image n'a pas donné de code."},
	{errMissing, "des enregistrements manquent à l'appel."},
	{errUnpublishable, "au moins une leçon ne peut pas être publiée."},
	{errInaccessible, "au moins une leçon ne peut pas être publiée comme accessible."},
	{fs.ErrNotExist, "fichier introuvable."},
	{fs.ErrExist, "le fichier existe déjà ; choisissez un autre nom."},
	{fs.ErrPermission, "accès refusé : lancez la commande avec le compte du serveur."},
	{context.DeadlineExceeded, "le serveur n'a pas répondu à temps. Réessayez."},
	{context.Canceled, "interrompu."},
}

// detailed are the kinds whose own text names the field to correct.
var detailed = []error{registry.ErrInvalid, people.ErrInvalid, mint.ErrInvalid}

// errUnread says that a picture gave no code; errMissing that what was
// acknowledged was not all that was sent.
var (
	errUnread  = errors.New("no code read")
	errMissing = errors.New("records missing")
)

func sentence(err error) string {
	for _, kind := range detailed {
		if errors.Is(err, kind) {
			return fmt.Sprintf("demande refusée (%v).", err)
		}
	}
	for _, s := range sentences {
		if errors.Is(err, s.kind) {
			return s.text
		}
	}
	var e *enroll.Error
	if errors.As(err, &e) {
		return e.Kind.French()
	}
	return fmt.Sprintf("échec (%v).", err)
}
