package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// sentences say, for each kind of failure, what the operator can do.
var sentences = []struct {
	kind error
	text string
}{
	{store.ErrEmpty, "le répertoire de données est vide. Si c'est un nouveau serveur : fleetd init. Sinon, le volume n'est peut-être pas monté."},
	{store.ErrInUse, "un autre fleetd utilise ce répertoire de données."},
	{admin.ErrInUse, "un autre fleetd utilise ce répertoire de données."},
	{store.ErrExists, "ce répertoire contient déjà un serveur."},
	{errNotEmpty, "le répertoire de données n'est pas vide ; rien n'a été changé."},
	{errKeys, "les clés du serveur manquent ou sont abîmées. Reprenez-les de la sauvegarde."},
	{errBackup, "ce fichier n'est pas une sauvegarde de fleetd, ou il est abîmé."},
	{errConsoleOpen, "hors de cette machine, la console a besoin de --console-cert et --console-key."},
	{errMetricsOpen, "les mesures ne s'ouvrent que sur cette machine (127.0.0.1)."},
	{errTenantKnown, "ce territoire existe déjà ; pour y inviter quelqu'un : kitctl person."},
	{errLoginTaken, "cet identifiant est déjà pris sur ce serveur ; choisissez-en un autre avec --login."},
	{identity.ErrExists, "une autorité suivante est déjà prête (authority/next)."},
	{errNoNext, "aucune autorité suivante n'est prête : fleetd authority new."},
	{identity.ErrOffline, "la clé du coffre manque : remettez authority/offline dans le répertoire de données."},
	{release.ErrOffline, "des clés du coffre manquent : remettez release/offline dans le répertoire de données."},
	{errAddress, "--address doit être un nom et un port, par exemple parc.exemple.fr:443."},
	{registry.ErrInvalid, "demande refusée : vérifiez le nom du territoire."},
	{syscall.ENOSPC, "le disque est plein."},
	{fs.ErrExist, "le fichier existe déjà ; choisissez un autre nom."},
	{fs.ErrNotExist, "fichier ou répertoire introuvable."},
	{fs.ErrPermission, "accès refusé."},
}

func sentence(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Sprintf("l'adresse %v est déjà prise par un autre programme. Choisissez-en une autre.", op.Addr)
	}
	for _, s := range sentences {
		if errors.Is(err, s.kind) {
			return s.text
		}
	}
	return fmt.Sprintf("échec (%v).", err)
}
