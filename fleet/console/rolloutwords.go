package console

import (
	"fmt"
	"strings"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// phaseName is a rollout's phase as a tag shows it.
func phaseName(p rollout.Phase) string {
	return map[rollout.Phase]string{rollout.Running: "En cours", rollout.Paused: "Suspendu", rollout.Halted: "Arrêté de lui-même",
		rollout.Done: "Terminé", rollout.Aborted: "Abandonné", rollout.Expired: "Terminé à l’échéance"}[p]
}

// phaseTone is the tag's colour, which never says anything alone.
func phaseTone(p rollout.Phase) string {
	switch p {
	case rollout.Done:
		return "good"
	case rollout.Halted:
		return "bad"
	case rollout.Paused, rollout.Aborted, rollout.Expired:
		return "warn"
	}
	return ""
}

// whySentence says why a rollout stopped itself, and what to do about it.
func whySentence(w rollout.Why) string {
	return map[rollout.Why]string{
		rollout.TooManyFailed: "Trop de postes ont échoué : aucun autre ne reçoit cette version. Lisez les raisons ci-dessous, puis reprenez si la cause est connue, ou abandonnez.",
		rollout.TooFewHealthy: "La vague est finie et trop peu de postes se portent bien avec cette version. Lisez les raisons ci-dessous, puis reprenez ou abandonnez.",
		rollout.NobodyHeard:   "Aucun poste de la vague n’a donné de nouvelles dans le temps prévu. Allumez-en un et connectez-le, ou reprenez avec la vague suivante.",
	}[w]
}

func outcomeName(o rollout.Outcome) string {
	return map[rollout.Outcome]string{rollout.Waiting: "Attend sa vague", rollout.Sent: "En cours", rollout.Healthy: "Se porte bien", rollout.Failed: "A échoué",
		rollout.Late: "Pas de nouvelles", rollout.Withdrawn: "Retiré", rollout.Returning: "Revient à l’ancienne", rollout.Returned: "Revenu à l’ancienne", rollout.Gone: "Perdu"}[o]
}

func outcomeTone(o rollout.Outcome) string {
	switch o {
	case rollout.Healthy:
		return "good"
	case rollout.Failed, rollout.Gone:
		return "bad"
	case rollout.Late, rollout.Returning:
		return "warn"
	}
	return ""
}

// outcomes is the order in which a wave's stations are counted.
func outcomes() []rollout.Outcome {
	return []rollout.Outcome{rollout.Healthy, rollout.Sent, rollout.Failed, rollout.Late, rollout.Returning, rollout.Returned, rollout.Waiting, rollout.Withdrawn, rollout.Gone}
}

// reasonText says why in a sentence; what a newer station means has a general one.
func reasonText(r wire.Reason) string {
	if r == "" {
		return ""
	}
	if r.Kind() == wire.ReasonUnhealthy {
		return "Il a démarré avec cette version, mais " + missedText(r.About()) + " ; il est revenu seul à la précédente."
	}
	if text, ok := reasonTexts()[r.Kind()]; ok {
		return text
	}
	return "Le poste donne une raison que cette console ne connaît pas encore (" + string(r) + ")."
}

func reasonTexts() map[wire.Reason]string {
	return map[wire.Reason]string{
		wire.ReasonSpace:     "Il n’y a pas assez de place sur son disque. Retirez des séances ou des systèmes anciens, puis réessayez.",
		wire.ReasonFetch:     "Les fichiers n’ont pas pu être apportés. Vérifiez son réseau.",
		wire.ReasonMetered:   "Son réseau est payé au volume : il attend un autre réseau.",
		wire.ReasonVerify:    "Ce qui est arrivé n’est pas ce qui a été signé : rien n’a été installé.",
		wire.ReasonWrite:     "Son disque n’a pas accepté l’écriture. Le disque est peut-être en fin de vie.",
		wire.ReasonMetadata:  "Ce que le serveur a signé n’a pas pu être vérifié par ce poste.",
		wire.ReasonUnknown:   "Cette version n’est pas ou plus publiée pour ce modèle de machine.",
		wire.ReasonFormats:   "Cette version ne sait pas lire les données de ce poste : passez d’abord par une version intermédiaire.",
		wire.ReasonHang:      "La nouvelle version n’a pas démarré ; le poste est revenu seul à la précédente.",
		wire.ReasonExhausted: "Aucun de ses démarrages n’a abouti ; le poste est revenu seul à la version précédente.",
		wire.ReasonOld:       "Cette version est plus ancienne que ce que ce poste a le droit d’exécuter.",
		wire.ReasonLive:      "Ce poste fonctionne depuis une clé, qui ne se met pas à jour par le réseau.",
		wire.ReasonBusy:      "Quelqu’un travaillait sur ce poste.",
		wire.ReasonRecords:   "Le serveur n’a pas encore tout reçu de ce poste.",
		wire.ReasonDisk:      "Son disque n’a pas fait ce qui était demandé.",
		wire.ReasonLink:      "Le serveur n’a pas pris ce que le poste envoyait.",
		wire.ReasonTime:      "Ce n’était pas fini dans le temps donné.",
		wire.ReasonEmpty:     "Ce poste n’a rien gardé de ce qui est demandé.",
		wire.ReasonHosted:    "Cette machine n’appartient pas au poste : il ne peut pas le faire.",
		rollout.ReasonKit:    "Un autre poste de sa mallette a échoué : toute la mallette garde la même version.",
		rollout.ReasonOrder:  "Quelqu’un l’a demandé.",
		rollout.ReasonOther:  "Un autre déploiement l’a repris.",
	}
}

// missedText says what a start lacked.
func missedText(about string) string {
	texts := map[string]string{"launcher": "les pages ne répondaient pas", "pages": "les pages ne répondaient pas", "display": "rien ne s’affichait à l’écran",
		"disk": "son disque ne se laissait pas écrire", "clock": "son horloge était fausse", "reader": "le lecteur de pass ne fonctionnait pas",
		"passreader": "le lecteur de pass ne fonctionnait pas", "network": "le réseau ne marchait plus", "agent": "le programme qui parle au serveur s’arrêtait sans cesse"}
	if text, ok := texts[about]; ok {
		return text
	}
	return "quelque chose manquait"
}

// baseText says how far a station is.
func baseText(s wire.BaseState) string {
	switch s.State {
	case wire.BaseChecking:
		return "Vérifie la place et la description de la version"
	case wire.BaseFetching:
		return "Apporte les fichiers" + percent(s)
	case wire.BaseReady:
		if s.Reason == wire.ReasonExhausted {
			return "Aucun de ses démarrages n’a abouti : réessaie au prochain"
		}
		return "Prêt : change de version au prochain démarrage"
	case wire.BaseTrial:
		return "Essaie la version"
	case wire.BaseHealthy:
		return "Se porte bien"
	case wire.BaseFailed:
		return "Revenu à la version " + s.Running
	}
	return ""
}

func percent(s wire.BaseState) string {
	if s.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d\u00a0%% de %s)", 100*s.Done/s.Total, size(uint64(s.Total)))
}

// stepText says what happened to a rollout.
func stepText(s conductor.Step) string {
	texts := map[conductor.What]string{conductor.StepStart: "Déploiement lancé", conductor.StepPause: "Suspendu", conductor.StepResume: "Repris",
		conductor.StepAbort: "Abandonné ; les postes qui ont la version la gardent", conductor.StepUndo: "Abandonné et annulé : les postes reviennent à leur ancienne version",
		conductor.StepKit: "Mallette %s remise à son ancienne version", conductor.StepPlace: "Lieu %s remis à son ancienne version",
		conductor.StepAgain: "Nouvel essai demandé pour le poste %s et sa mallette", conductor.StepWave: "Vague %s ouverte",
		conductor.StepHalt: "Arrêté de lui-même", conductor.StepDone: "Terminé", conductor.StepExpire: "Dernier moment atteint : ce qui attendait encore est retiré"}
	text := texts[s.What]
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, s.Detail)
	}
	if s.What == conductor.StepHalt {
		text += " : " + haltText(rollout.Why(s.Detail))
	}
	return text
}

func haltText(w rollout.Why) string {
	return map[rollout.Why]string{rollout.TooManyFailed: "trop d’échecs", rollout.TooFewHealthy: "trop peu de postes en bonne santé",
		rollout.NobodyHeard: "aucune nouvelle de la vague"}[w]
}

// skipText says why a station is left out of a rollout.
func skipText(s conductor.Skip) string {
	return map[conductor.Skip]string{conductor.SkipLost: "déclaré perdu", conductor.SkipBusy: "déjà dans un déploiement en cours",
		conductor.SkipArch: "version non publiée pour ce modèle de machine", conductor.SkipFixed: "ne sait pas se mettre à jour lui-même (clé, machine prêtée, ou jamais vu)"}[s]
}
