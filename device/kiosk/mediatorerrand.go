package kiosk

import (
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Errands take what the fleet's stick brings to this station, and leave on it what
// the station owes. They are safe for concurrent use.
type Errands interface {
	// Begin starts one, unless one is under way.
	Begin()
	// Errand is the one under way, or the last since the launcher started.
	Errand() Errand
}

// Errand is how far one is.
type Errand struct {
	Begun   bool // there was one
	Running bool
	Problem error // of the stick: ErrNoStick, ErrStickUnread; nil: none
	Found   carry.Found
	Silent  bool // the program that reads sticks did not answer
	Load    carry.Load
	Left    error // why nothing was left on the stick; nil: Load was
}

// errandRefresh is how often the page asks again by itself, in seconds.
const errandRefresh = "5"

type errandPage struct {
	frame
	Errand
	Calm bool
}

// errands are the addresses of this page.
func (m *Mediator) errands() map[string]Handler {
	return map[string]Handler{"GET /mediateur/cle": m.errand, "POST /mediateur/cle": m.errandBegin}
}

func (m *Mediator) errand(w http.ResponseWriter, r *http.Request) error {
	p := errandPage{frame: m.frame(r, "station"), Errand: m.Errands.Errand(), Calm: r.URL.Query().Get("calme") != ""}
	if p.Running && !p.Calm {
		w.Header().Set("Refresh", errandRefresh)
	}
	return m.Render(w, r, http.StatusOK, "mediator/stick", p)
}

func (m *Mediator) errandBegin(w http.ResponseWriter, r *http.Request) error {
	m.Errands.Begin()
	return SeeOther(w, r, "/mediateur/cle")
}

// Wrong says what was wrong with the stick itself.
func (p errandPage) Wrong() string {
	switch {
	case p.Problem == nil:
		return ""
	case errors.Is(p.Problem, ErrNoStick):
		return "Aucune clé n’est branchée. Branchez-la, attendez quelques secondes, puis recommencez."
	case errors.Is(p.Problem, ErrStickBusy):
		return stickProblem(p.Problem)
	case errors.Is(p.Problem, ErrStickUnread):
		return "Cette clé n’a pas pu être lue. Essayez une autre prise, ou une autre clé."
	}
	return "La clé a peut-être été retirée trop tôt. Rebranchez-la et recommencez : ce qui était déjà pris reste pris."
}

// Brought says what the stick holds for this station.
func (p errandPage) Brought() string {
	switch p.Found.Copy {
	case carry.CopyTaken:
		return "Les listes de pass et de leçons de la clé sont vérifiées et prises."
	case carry.CopyOlder:
		return "La clé est plus ancienne que ce que ce poste a déjà : rien à prendre."
	case carry.CopyExpired:
		return "Cette clé a été préparée il y a plus de 45 jours : ce poste n’y prend plus rien. Faites-en préparer une nouvelle."
	case carry.CopyRefused:
		return "Ce que contient la clé n’a pas pu être vérifié : elle est abîmée, ou d’une autre flotte. Rien n’a été pris."
	case carry.CopyNone:
		return "La clé n’apporte rien pour ce poste."
	}
	if p.Silent {
		return "Le programme qui lit les clés n’a pas répondu. Redémarrez le poste, puis recommencez."
	}
	return "Ce poste regarde la clé."
}

// Good reports whether what was found is as it should be.
func (p errandPage) Good() bool {
	return p.Found.Copy == carry.CopyTaken || p.Found.Copy == carry.CopyOlder
}

// System says how far the station is with a release on the stick, if any.
func (p errandPage) System() string {
	b := p.Found.Base
	if b == nil {
		return ""
	}
	switch b.State {
	case wire.BaseChecking:
		return "La version " + b.Target + " du système est vérifiée avant d’être copiée."
	case wire.BaseFetching:
		return "La version " + b.Target + " du système se copie. Laissez la clé en place."
	case wire.BaseReady:
		return "La version " + b.Target + " du système est prête : ce poste changera tout seul au prochain démarrage."
	case wire.BaseFailed:
		return "La version " + b.Target + " du système n’a pas pu être installée ; ce poste garde la sienne. Prévenez la personne qui gère les postes."
	}
	return ""
}

// Percent is how much of a release was copied.
func (p errandPage) Percent() int64 {
	if b := p.Found.Base; b != nil && b.State == wire.BaseFetching && b.Total > 0 {
		return 100 * b.Done / b.Total
	}
	return 0
}

// Leaving says what was left on the stick.
func (p errandPage) Leaving() string {
	switch {
	case errors.Is(p.Left, carry.ErrNoRecipient):
		return "Ce poste ne sait pas encore pour qui fermer ses enregistrements : rien n’a été copié. Ils restent sur le poste."
	case p.Left != nil:
		return "La clé est pleine, protégée ou abîmée : rien n’a pu y être copié. Les enregistrements restent sur le poste."
	case p.Load == (carry.Load{}):
		return "Ce poste n’a rien à envoyer."
	}
	return "Une copie scellée de ce que ce poste garde est sur la clé. Rapportez-la à la personne qui gère les postes."
}
