package kiosk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
)

func TestOpenDay(t *testing.T) {
	paris, _ := time.LoadLocation("Europe/Paris")
	cases := []struct {
		name   string
		change url.Values
		fail   error
		want   string // words of the problem; "" when the day opens
		when   kiosk.When
	}{
		{"as shown", nil, nil, "", kiosk.When{}},
		{"another hour", url.Values{"heure": {"14:00"}}, nil, "", kiosk.When{At: time.Date(2026, 3, 12, 14, 0, 0, 0, paris)}},
		{"nobody knows the date", url.Values{"date": {""}, "date_inconnue": {"oui"}}, nil, "", kiosk.When{Unknown: true}},
		{"no date", url.Values{"date": {""}}, nil, "n’est pas lisible", kiosk.When{}},
		{"place of another station", url.Values{"lieu": {"ailleurs"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"service nobody knows", url.Values{"service": {"KS-99"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"lesson nobody has", url.Values{"lecon": {"rien"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"date long past", nil, kiosk.ErrDatePast, "déjà passée", kiosk.When{}},
		{"date too far", nil, kiosk.ErrDateFuture, "trop lointaine", kiosk.When{}},
		{"network knows better", nil, kiosk.ErrDateKnown, "Le réseau donne une autre date", kiosk.When{}},
		{"disk full", nil, fmt.Errorf("keep: %w", kiosk.ErrDiskFull), "disque du poste est plein", kiosk.When{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMediation(t)
			m.unlock()
			m.days.fail = c.fail
			form := m.day()
			for key, value := range c.change {
				form[key] = value
			}
			status, page := m.post("/mediateur/journee", form)
			if c.want != "" {
				has(t, page, c.want)
				if status != http.StatusUnprocessableEntity || m.days.Day().Open {
					t.Errorf("openDay = %d, open %v; want 422, false", status, m.days.Day().Open)
				}
				return
			}
			if !m.days.Day().Open || len(m.days.when) != 1 || !m.days.when[0].At.Equal(c.when.At) || m.days.when[0].Unknown != c.when.Unknown {
				t.Errorf("openDay = open %v, when %v; want true, %v", m.days.Day().Open, m.days.when, c.when)
			}
		})
	}
}

func TestChangingTheDayKeepsPlaceAndDate(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	m.post("/mediateur/journee", url.Values{"service": {"KS-05"}, "posture": {"faire_faire"}, "lieu": {"ailleurs"}, "papiers": {"non"}})
	if d := m.days.Day(); d.Service != "KS-05" || d.Place != "mediatheque" || d.PaperKept {
		t.Errorf("changed day = %s at %s, papers %v; want KS-05 at mediatheque, false", d.Service, d.Place, d.PaperKept)
	}
}

func TestTheDaySaysForWhomALessonIs(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/journee")
	has(t, page, "Premiers pas, Je débute · Pour : Tout le monde", `<optgroup label="Maîtriser">`)
	if strings.Contains(page, "eloign") {
		t.Error("the page shows the code of a level or audience; want kind labels")
	}
}

func TestEndDay(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	for _, bad := range []url.Values{{"participants": {"neuf"}, "papiers": {"1"}}, {"participants": {"9"}}, {"participants": {"-1"}, "papiers": {"1"}}} {
		status, page := m.post("/mediateur/fin", bad)
		has(t, page, "Écrivez un nombre")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("endDay = %d; want 422", status)
		}
	}
	m.days.fail = kiosk.ErrDiskFull
	status, page := m.post("/mediateur/fin", url.Values{"participants": {"9"}, "papiers": {"2"}})
	has(t, page, "la journée reste ouverte")
	if status != http.StatusInsufficientStorage || !m.days.Day().Open {
		t.Errorf("endDay on a full disk = %d, open %v; want 507, true", status, m.days.Day().Open)
	}
	m.days.fail = nil
	_, page = m.post("/mediateur/fin", url.Values{"participants": {"9"}, "papiers": {"2"}})
	has(t, page, "Feuille du jour", "Il manque 1 papier")
	_, csv := m.get("/mediateur/feuille.csv")
	has(t, csv, "pass_valides", ",9,")
}
