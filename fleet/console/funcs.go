package console

import (
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// funcs is the vocabulary of the pages.
func funcs() template.FuncMap {
	return template.FuncMap{
		"add":       func(a, b int) int { return a + b },
		"neg":       func(n int) int { return -n },
		"local":     func(t time.Time) string { return t.In(paris()).Format("2006-01-02T15:04") },
		"date":      func(t time.Time) string { return formatted(t, "02/01/2006") },
		"moment":    func(t time.Time) string { return formatted(t, "02/01/2006 à 15:04") },
		"machine":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":       ago,
		"role":      roleName,
		"part":      partName,
		"mode":      modeName,
		"clock":     clockName,
		"euros":     euros,
		"size":      size,
		"plural":    plural,
		"what":      auditName,
		"problem":   problemName,
		"duration":  spellSeconds,
		"alarm":     alarmName,
		"advice":    alarmAdvice,
		"carnet":    carnetName,
		"state":     report.State,
		"reason":    report.Reason,
		"override":  report.Override,
		"posture":   report.Posture,
		"service":   report.ServiceName,
		"day":       dayName,
		"id":        func(id pass.CardID) uint32 { return uint32(id) },
		"month":     report.Month,
		"cents":     func(n int) string { return euros(int64(n)) },
		"phase":     phaseName,
		"phasetone": phaseTone,
		"why":       whySentence,
		"outcome":   outcomeName,
		"tone":      outcomeTone,
		"because":   reasonText,
		"base":      baseText,
		"step":      stepText,
		"job":       jobName,
		"answer":    jobText,
		"journal":   journalTitle,
		"said":      said,
		"skip":      skipText,
		"full":      fullSize,
		"bytes":     func(n int64) string { return size(uint64(n)) },
		"times":     func(a, b int) int { return a * b },
	}
}

// paris is the civil time of the console's pages.
func paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC
	}
	return zone
}

func formatted(t time.Time, layout string) string {
	if t.IsZero() {
		return "jamais"
	}
	return t.In(paris()).Format(layout)
}

// ago says how long ago t was, roughly.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "jamais"
	case d < 2*time.Minute:
		return "à l’instant"
	case d < 2*time.Hour:
		return fmt.Sprintf("il y a %d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("il y a %d heures", int(d.Hours()))
	}
	return fmt.Sprintf("il y a %d jours", int(d.Hours())/24)
}

func spellSeconds(s int64) string {
	d := time.Duration(s) * time.Second
	switch {
	case d < 2*time.Minute:
		return plural(int(d.Seconds()), "seconde")
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "heure")
	}
	return plural(int(d.Hours())/24, "jour")
}

// plural writes a count with its noun, in the plural from two on.
func plural(n int, noun string) string {
	if n >= 2 {
		noun += "s"
	}
	return strconv.Itoa(n) + "\u00a0" + noun
}

func euros(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d,%02d\u00a0€", sign, cents/100, cents%100)
}

// dayName writes a day as the French do.
func dayName(d pass.Day) string {
	if d == 0 {
		return "non fixé"
	}
	year, month, day := d.Date()
	return fmt.Sprintf("%02d/%02d/%d", day, int(month), year)
}

func size(bytes uint64) string {
	switch {
	case bytes == 0:
		return "non mesuré"
	case bytes < 1<<30:
		return fmt.Sprintf("%d\u00a0Mo", bytes>>20)
	}
	return fmt.Sprintf("%d,%d\u00a0Go", bytes>>30, bytes>>20%1024*10/1024)
}

func roleName(r people.Role) string {
	return map[people.Role]string{people.Mediator: "Médiateur ou médiatrice", people.Coordinator: "Coordination",
		people.Technician: "Technique", people.Funder: "Financeur", people.Editor: "Édition de séances", people.Admin: "Administration"}[r]
}

func partName(r wire.Role) string {
	if r == wire.RoleMediator {
		return "Poste médiateur"
	}
	return "Poste"
}

func modeName(m wire.Mode) string {
	if m == wire.ModeWorkshop {
		return "Atelier"
	}
	return "Libre accès"
}

func clockName(q string) string {
	switch q {
	case "ntp":
		return "Réglée par le réseau"
	case "mediator":
		return "Réglée par la médiatrice ou le médiateur"
	case "rtc":
		return "Horloge de la machine"
	}
	return "Pas réglée"
}

func problemName(p string) string {
	names := map[string]string{"disk_full": "Disque plein", "outbox_aside": "Journal des validations mis de côté",
		"undervoltage": "Alimentation trop faible", "clock_unset": "Horloge pas réglée", "trust_old": "Listes de pass anciennes",
		"disk_low": "Disque presque plein", "memory_low": "Mémoire presque pleine", "hot": "Machine trop chaude", "battery_low": "Batterie presque vide",
		"outbox_unread": "Journal des validations illisible", "trust_stale": "Listes de pass anciennes", "firmware_missing": "Fichiers du fabricant manquants"}
	if name, ok := names[p]; ok {
		return name
	}
	return p
}

func auditName(what string) string {
	names := map[string]string{
		"tenant.save": "Opérateur modifié", "structure.save": "Structure enregistrée", "place.save": "Lieu enregistré",
		"kit.save": "Mallette enregistrée", "station.edit": "Poste modifié", "station.lost": "Poste déclaré perdu",
		"station.enrol": "Poste enrôlé", "stick.import": "Retour d’une clé importé", "station.order": "Ordre donné à des postes", "station.move": "Postes déplacés", "token.create": "Jeton d’enrôlement créé", "token.revoke": "Jeton annulé",
		"console.sign-in": "Connexion à la console", "password.change": "Mot de passe changé", "password.renew": "Mot de passe remplacé",
		"person.invite": "Personne invitée", "person.save": "Fiche modifiée", "batch.publish": "Lot publié", "batch.revoke": "Lot révoqué", "key.revoke": "Clé de signature révoquée",
		"carnet.revoke": "Carnet révoqué", "card.issue": "Carte émise", "card.revoke": "Carte révoquée", "alarm.seen": "Alarme vue",
		"month.close": "Mois clôturé", "foreign.export": "Pass d’autres émetteurs exportés", "batch.print": "Lot imprimé", "card.print": "Carte imprimée",
		"batch.create": "Lot créé", "carnet.hand-over": "Carnet confié ou remis", "issuer.add": "Émetteur ajouté",
		"rollout.start": "Déploiement lancé", "rollout.pause": "Déploiement suspendu", "rollout.resume": "Déploiement repris", "rollout.abort": "Déploiement abandonné",
		"rollout.undo": "Déploiement annulé", "rollout.kit": "Mallette remise à son ancienne version", "rollout.place": "Lieu remis à son ancienne version", "rollout.again": "Nouvel essai d’une version demandé",
		"validation.decide": "Décision sur une validation", "pin.set": "Code de médiateur changé",
	}
	if name, ok := names[what]; ok {
		return name
	}
	return what
}
