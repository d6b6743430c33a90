package mint

import (
	"fmt"
	"strconv"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Words that go on paper. They are French wherever the software runs.

func euros(cents int) string {
	if cents%100 == 0 {
		return strconv.Itoa(cents/100) + " €"
	}
	return fmt.Sprintf("%d,%02d €", cents/100, cents%100)
}

func frenchDay(d pass.Day) string {
	y, m, n := d.Date()
	return fmt.Sprintf("%02d/%02d/%04d", n, int(m), y)
}

func placeWords(p Printed, size int) string {
	return fmt.Sprintf("Carnet n° %d, pass %d sur %d", p.Carnet, p.Place, size)
}

const (
	titleWords    = "Pass numérique"
	stampWords    = "Cadre de la structure : nom, SIRET ou RNA, adresse, date"
	specimenWords = "SPÉCIMEN"
	worthless     = "SPÉCIMEN, sans valeur"
	cardTitle     = "Carte du médiateur ou de la médiatrice"
	cardUse       = "Montrez ce code au lecteur du poste pour ouvrir le mode médiateur."
	cardLost      = "Carte perdue : prévenez votre coordination, elle sera désactivée."
)
