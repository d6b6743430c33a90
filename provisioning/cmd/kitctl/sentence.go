package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/mallard"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/shelf"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/keyfile"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// sentences say, for each kind of failure, what the technician can do.
var sentences = []struct {
	kind error
	text string
}{
	{admin.ErrNotRunning, "aucun serveur ne répond sur cette prise. Démarrez fleetd, ou indiquez sa prise avec --admin."},
	{admin.ErrFailed, "le serveur n'a pas pu le faire. Son journal dit pourquoi."},
	{registry.ErrNobodyWaits, "aucun poste n'affiche ce code. Vérifiez chaque caractère ; il ne vaut que tant qu'il est affiché."},
	{registry.ErrUnknown, "introuvable. Vérifiez l'identifiant et --tenant."},
	{mint.ErrUnknown, "introuvable. Vérifiez les numéros et --tenant."},
	{mint.ErrCarnet, "ce carnet est déjà plus avancé."},
	{mint.ErrTaken, "ce numéro est déjà pris."},
	{pass.ErrMalformed, "date ou valeur mal écrite (attendu : AAAA-MM-JJ)."},
	{errUnread, "au moins une image n'a pas donné de code."},
	{errUnready, "au moins un disque n'est pas prêt."},
	{errDeclined, "rien n'a été écrit : la réponse n'était pas celle demandée."},
	{errMisused, "ces options ne vont pas ensemble, ou il en manque une (kitctl flash --help)."},
	{errMissing, "des enregistrements manquent à l'appel."},
	{errUnpublishable, "au moins une leçon ne peut pas être publiée."},
	{errInaccessible, "au moins une leçon ne peut pas être publiée comme accessible."},
	{importer.ErrSpace, "il n'y a pas assez de place sur le disque. Libérez-en, ou choisissez un autre dossier."},
	{importer.ErrNothing, "il n'y a rien à importer : aucune page que l'on puisse lire ou suivre."},
	{zim.ErrDamaged, "ce fichier ZIM est abîmé : son contenu n'est pas celui de sa somme de contrôle. Copiez-le de nouveau."},
	{zim.ErrCut, "ce fichier ZIM est incomplet, ou il annonce plus qu'il ne contient. Copiez-le de nouveau."},
	{zim.ErrOverlap, "ce fichier ZIM est mal fait : ses parties se recouvrent. Il n'a pas été importé."},
	{zim.ErrTooLarge, "ce fichier ZIM gonfle au-delà de ce qu'un poste accepte. Il n'a pas été importé."},
	{zim.ErrCycle, "ce fichier ZIM tourne en rond : une de ses pages renvoie à elle-même. Il n'a pas été importé."},
	{zim.ErrPath, "une page de ce fichier ZIM porte un nom dangereux. Il n'a pas été importé."},
	{zim.ErrVersion, "ce fichier ZIM est d'une forme que cet outil ne connaît pas."},
	{zim.ErrFormat, "ce n'est pas un fichier ZIM en bon état."},
	{mallard.ErrLicence, "la licence de cette aide ne permet pas d'en faire des leçons (il faut CC BY-SA)."},
	{mallard.ErrTooLarge, "une page de cette aide est trop grande. Rien n'a été importé."},
	{mallard.ErrFormat, "une page de cette aide n'est pas du Mallard en bon état. Rien n'a été importé."},
	{book.ErrFormat, "ce n'est pas un livre en bon état."},
	{shelf.ErrUnknown, "aucune leçon et aucun livre publié ne porte cet identifiant, ou plusieurs livres commencent ainsi."},
	{errUnsigned, "il manque des signatures, ou la demande change autre chose que des clés, des adresses et des autorités (kitctl key status DEMANDE, kitctl key request --help)."},
	{release.ErrNothingToSign, "cette clé n'a rien à signer dans cette demande. Vérifiez le fichier de la clé."},
	{errContact, "une adresse s'écrit HÔTE:PORT, et une autorité est un certificat racine (PEM)."},
	{errRequest, "ces clés ne conviennent pas : l'une n'existe pas, ou il n'en resterait pas assez pour en perdre une."},
	{errTwice, "les deux phrases ne sont pas les mêmes. Rien n'a été fait."},
	{artefact.ErrParts, "ce dossier ne contient pas les pièces d'une version (« make image » les laisse dans build/images/parts)."},
	{release.ErrUntrusted, "cette clé ne signe pas les versions de ce serveur, ou la description est abîmée. Rien n'a été publié."},
	{release.ErrNoTenant, "ce serveur n'a pas ce territoire. Vérifiez --tenant."},
	{release.ErrStale, "quelqu'un d'autre a publié entre-temps : ce qui est signé ne vaut plus. Recommencez."},
	{release.ErrMissing, "il manque des fichiers de cette version au serveur. Rien n'a été publié."},
	{release.ErrMismatch, "un fichier de cette version est abîmé. Fabriquez-la de nouveau."},
	{release.ErrNotFound, "ce serveur date d'avant les versions signées : tenez une cérémonie (fleetd ceremony)."},
	{errNotSigned, "cette version n'est pas signée (kitctl release sign, ou --key)."},
	{errNoRelease, "aucune version publiée ne porte ce nom pour ce genre de machine."},
	{errNoTerminal, "personne à qui demander la phrase secrète : lancez la commande dans un terminal, ou donnez MALLETTE_PASSPHRASE."},
	{keyfile.ErrPassphrase, "ce n'est pas la bonne phrase secrète (douze caractères au moins)."},
	{keyfile.ErrKey, "ce fichier n'est pas une clé."},
	{errNothingCarried, "aucun poste n'a écrit sur cette clé."},
	{errCarryRefused, "au moins un fichier a été refusé ; les autres sont pris. Refaites la clé sur le poste concerné, et vérifiez --tenant."},
	{errLogsLate, "le poste n'a pas encore répondu. L'ordre reste donné vingt-quatre heures : le journal viendra dans la console."},
	{errLogsEmpty, "ce poste n'a gardé aucun journal."},
	{errLogsNone, "ce poste n'a pas envoyé son journal ; la console dit pourquoi (Ordres)."},
	{errCycle, "au moins un cycle ne peut pas être publié."},
	{errHeavy, "le paquet dépasse 64 Mo. Allégez la vidéo : 720 lignes et trois minutes suffisent."},
	{fs.ErrNotExist, "fichier introuvable."},
	{fs.ErrExist, "le fichier existe déjà ; choisissez un autre nom."},
	{fs.ErrPermission, "accès refusé : lancez la commande avec le compte du serveur."},
	{context.DeadlineExceeded, "le serveur n'a pas répondu à temps. Réessayez."},
	{context.Canceled, "interrompu."},
}

// detailed are the kinds whose own text names the field to correct.
var detailed = []error{registry.ErrInvalid, people.ErrInvalid, mint.ErrInvalid}

// errNoRelease says that no release of that name is published; errUnread that a
// picture gave no code; errMissing that what was
// acknowledged was not all that was sent.
var (
	errNoRelease = errors.New("no such release")
	errUnread    = errors.New("no code read")
	errMissing   = errors.New("records missing")
)

func sentence(err error) string {
	var n named
	if errors.As(err, &n) {
		return n.disk + " : " + sentence(n.err)
	}
	var f *flash.Error
	if errors.As(err, &f) {
		return flashSentence(f.Kind)
	}
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

// flashSentence says why a disk was refused or is not ready, and what to do.
func flashSentence(k flash.Kind) string {
	switch k {
	case flash.KindSystem:
		return "cet ordinateur fonctionne depuis ce disque ; il n'est jamais effacé."
	case flash.KindInUse:
		return "ce disque est utilisé (monté, échange ou volume). Éjectez-le d'abord, puis recommencez."
	case flash.KindInternal:
		return "c'est un disque interne, pas une clé ni une carte. Ajoutez --internal si c'est bien lui."
	case flash.KindSmall:
		return "ce disque est trop petit pour l'image. Prenez une clé plus grande."
	case flash.KindSectors:
		return "ce disque compte en secteurs de 4 Kio : l'image, faite pour 512 octets, n'y démarrerait pas. Prenez un autre disque, ou réglez celui-ci sur 512 octets avec l'outil de son fabricant."
	case flash.KindReadOnly:
		return "ce disque refuse l'écriture : regardez son petit verrou ; sans verrou, il est en fin de vie."
	case flash.KindRights:
		return "accès aux disques refusé : relancez avec sudo."
	case flash.KindMissing:
		return "disque introuvable. Branchez-le, puis regardez « kitctl flash --list »."
	case flash.KindSwapped:
		return "ce n'est plus le même disque qu'au moment de la question, ou ce n'est pas le numéro de série attendu. Rien n'a été écrit."
	case flash.KindSums:
		return "rien ne dit ce que doit être cette image. Téléchargez aussi SHA256SUMS à côté d'elle, ou indiquez --sums."
	case flash.KindDamaged:
		return "l'image n'est pas celle qui a été publiée (téléchargement incomplet ?). Téléchargez-la de nouveau."
	case flash.KindForeign:
		return "ce n'est pas une image de Mallette complète avec ses deux systèmes."
	case flash.KindPulled:
		return "la clé a été retirée ou s'est déconnectée. Rebranchez-la, de préférence sur une autre prise."
	case flash.KindMedium:
		return "la clé signale des erreurs : elle est usée ou défectueuse. Prenez-en une autre."
	case flash.KindDiffers:
		return "la relecture ne donne pas ce qui a été écrit : clé défectueuse, ou plus petite qu'elle ne le prétend."
	case flash.KindStuck:
		return "la clé ne répond plus. Retirez-la et essayez une autre prise ou une autre clé."
	}
	return "échec inattendu."
}
