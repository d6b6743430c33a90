package console

import (
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
)

var (
	errForbidden = errors.New("not allowed")
	errForm      = errors.New("form does not belong to the session")
	errNoPage    = errors.New("no such page")
	errInput     = errors.New("input not understood")
	errNobody    = errors.New("no station chosen")
	errUnsure    = errors.New("not confirmed")
	errTaken     = errors.New("identifier taken")
)

// sentence is what a person reads instead of an error.
type sentence struct {
	status int
	title  string
	text   string
}

// sentenceFor turns an error's kind into French; the error itself is for the log.
func sentenceFor(err error) sentence {
	switch {
	case errors.Is(err, errForbidden):
		return sentence{http.StatusForbidden, "Accès refusé", "Votre rôle ne donne pas accès à cette page. Demandez à un administrateur si vous en avez besoin."}
	case errors.Is(err, errForm):
		return sentence{http.StatusForbidden, "Formulaire expiré", "Revenez à la page précédente, rechargez-la et recommencez."}
	case errors.Is(err, errNoPage), errors.Is(err, registry.ErrUnknown), errors.Is(err, people.ErrUnknown), errors.Is(err, mint.ErrUnknown), errors.Is(err, journal.ErrNone):
		return sentence{http.StatusNotFound, "Page introuvable", "Cette page n’existe pas, ou ce qu’elle montrait a été retiré."}
	case errors.Is(err, registry.ErrInvalid), errors.Is(err, people.ErrInvalid), errors.Is(err, mint.ErrInvalid), errors.Is(err, errInput):
		return sentence{http.StatusUnprocessableEntity, "Saisie à corriger", "Un champ n’a pas la forme attendue. Revenez à la page précédente et vérifiez-le ; rien n’a été enregistré."}
	}
	if errors.Is(err, registry.ErrNobodyWaits) {
		return sentence{http.StatusNotFound, "Aucun poste n’affiche ce code", "Vérifiez chaque caractère sur l’écran du poste : le code n’a ni zéro, ni un, ni O, ni I. Il ne vaut que tant qu’il est affiché. Rien n’a été enregistré."}
	}
	if errors.Is(err, errNobody) {
		return sentence{http.StatusUnprocessableEntity, "Aucun poste choisi", "Revenez à la page précédente et cochez les postes que l’ordre concerne ; rien n’a été fait."}
	}
	if errors.Is(err, errUnsure) {
		return sentence{http.StatusUnprocessableEntity, "À confirmer", "Cet ordre ne s’annule pas. Revenez à la page précédente et cochez « Je suis sûr·e » ; rien n’a été fait."}
	}
	if errors.Is(err, conductor.ErrPlan) {
		return sentence{http.StatusUnprocessableEntity, "Ce plan ne peut pas être lancé", "Une des limites n’a pas de sens, ou aucun poste ne peut recevoir cette version. Revenez à la page précédente et refaites l’essai ; rien n’a été lancé."}
	}
	if errors.Is(err, conductor.ErrConflict) {
		return sentence{http.StatusConflict, "Quelqu’un a changé ce déploiement entre-temps", "Rechargez la page du déploiement et regardez où il en est avant de décider ; rien n’a été enregistré."}
	}
	if errors.Is(err, errTaken) {
		return sentence{http.StatusConflict, "Identifiant déjà pris", "Cet identifiant existe déjà. Revenez à la page précédente et choisissez-en un autre ; rien n’a été enregistré."}
	}
	if errors.Is(err, mint.ErrCarnet) || errors.Is(err, mint.ErrTaken) {
		return sentence{http.StatusConflict, "Trop tard", "Ce carnet est déjà plus loin : il a été remis, révoqué, ou quelqu’un l’a changé entre-temps."}
	}
	return sentence{http.StatusInternalServerError, "Le serveur a rencontré un problème", "Rien n’a été perdu. Réessayez dans un instant ; si cela continue, prévenez l’administrateur."}
}

func (c *console) refuse(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	s := sentenceFor(err)
	if s.status == http.StatusInternalServerError {
		c.Log.Error("console page failed", "pattern", r.Pattern, "err", err)
	}
	if v == nil {
		v = &visit{Request: r}
	}
	if failed := c.show(w, v, s.status, "probleme", s.title, s.text); failed != nil {
		c.Log.Error("error page failed", "err", failed)
	}
}
