package console

import (
	"net/http"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// alarmsView is the page of alarms.
type alarmsView struct {
	Alarms []store.Alarm
	All    bool // those that were dealt with too
}

func (c *console) alarmsPage(w http.ResponseWriter, v *visit) error {
	all := v.URL.Query().Get("toutes") == "oui"
	alarms, err := c.Alarms.Alarms(v.Context(), v.tenant(), all)
	if err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "alarmes", "Alarmes", alarmsView{alarms, all})
}

func (c *console) dismissAlarm(w http.ResponseWriter, v *visit) error {
	id, kind := wire.Station(v.PostFormValue("poste")), intake.Alarm(v.PostFormValue("sorte"))
	if err := c.Alarms.Dismiss(v.Context(), v.tenant(), id, kind); err != nil {
		return err
	}
	if err := c.note(v, "alarm.seen", string(id)+" "+string(kind)); err != nil {
		return err
	}
	return done(w, v, "/alarmes", "vu")
}

// alarmName says an alarm in French, and alarmAdvice what to do about it.
func alarmName(k intake.Alarm) string {
	return map[intake.Alarm]string{
		intake.AlarmJournal: "Journal altéré", intake.AlarmGap: "Il manque des enregistrements", intake.AlarmUnreadable: "Enregistrement illisible",
		intake.AlarmLost: "Activité d’un poste déclaré perdu", intake.AlarmMalformed: "Message non conforme",
	}[k]
}

func alarmAdvice(k intake.Alarm) string {
	return map[intake.Alarm]string{
		intake.AlarmJournal:    "Un enregistrement ne suit pas le précédent ou n’est pas signé par le poste. Gardez la machine à part et les pass en papier ; ce qui précède compte.",
		intake.AlarmGap:        "Le poste a envoyé la suite mais pas le début. Connectez-le ; si l’alarme reste, son disque est peut-être abîmé.",
		intake.AlarmUnreadable: "Le serveur ne peut pas lire ce que le poste a chiffré. Vérifiez que le serveur a été restauré avec toutes ses clés.",
		intake.AlarmLost:       "Ce qu’il enregistre est mis de côté et ne sera pas payé. S’il a été retrouvé, réinstallez-le avec un nouveau jeton.",
		intake.AlarmMalformed:  "Le poste envoie des messages que le serveur ne comprend pas. Vérifiez sa version.",
	}[k]
}
