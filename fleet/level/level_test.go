package level_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func TestLevels(t *testing.T) {
	tests := []struct {
		level              level.Level
		workshop, autonomy string
	}{
		{level.Distant, "debutant", "entierement_accompagne"},
		{level.Beginner, "debutant", "entierement_accompagne"},
		{level.Intermediate, "intermediaire", "partiellement_autonome"},
		{level.Advanced, "avance", "partiellement_autonome"},
		{level.Autonomous, "avance", "autonome"},
	}
	for _, tt := range tests {
		t.Run(string(tt.level), func(t *testing.T) {
			workshop, autonomy := tt.level.Coop()
			if workshop != tt.workshop || autonomy != tt.autonomy {
				t.Errorf("%s.Coop() = %q, %q; want %q, %q", tt.level, workshop, autonomy, tt.workshop, tt.autonomy)
			}
			if tt.level.Label() == "" || tt.level.About() == "" {
				t.Errorf("%s has no label or explanation", tt.level)
			}
		})
	}
}

// Nobody is called "éloigné": the word is in no text that people can read.
func TestNoLabelHumiliates(t *testing.T) {
	var shown []string
	for _, l := range level.Levels() {
		shown = append(shown, l.Label(), l.About())
	}
	for _, term := range append(level.Stages(), level.Postures()...) {
		shown = append(shown, term.Label)
	}
	for _, code := range enumerations(t)["labase.beneficiaires"] {
		term, _ := level.Audience(code)
		shown = append(shown, term.Label)
	}
	for _, s := range level.Services() {
		shown = append(shown, s.Label, s.About)
	}
	for _, text := range shown {
		if strings.Contains(strings.ToLower(text), "loign") {
			t.Errorf("label %q; want another word", text)
		}
	}
}

func TestTerms(t *testing.T) {
	tests := []struct {
		name  string
		codes []string
		find  func(string) (level.Term, bool)
	}{
		{"postures", []string{"faire_faire", "faire_avec", "faire_a_la_place"}, level.Posture},
		{"audiences", append(enumerations(t)["labase.beneficiaires"], "mediateurs", "elus"), level.Audience},
		{"competences", pix("1.1 1.2 1.3 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4 4.1 4.2 4.3 5.1 5.2"), level.Competence},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, code := range tt.codes {
				if got, ok := tt.find(code); !ok || got.Label == "" {
					t.Errorf("find(%q) = %v, %v; want a label", code, got, ok)
				}
			}
			if _, ok := tt.find("autre chose"); ok {
				t.Error("find of an unknown code = true; want false")
			}
		})
	}
}

// pix returns codes as lessons refer to them.
func pix(codes string) []string {
	list := strings.Fields(codes)
	for i := range list {
		list[i] = "crcn@2019:" + list[i]
	}
	return list
}

func TestACompetenceNamesItsFramework(t *testing.T) {
	for _, reference := range []string{"4.1", "pix@1:4.1", "crcn@2019:4.4"} {
		if got, ok := level.Competence(reference); ok {
			t.Errorf("Competence(%q) = %v; want none", reference, got)
		}
	}
}

func TestPosturesArePassPostures(t *testing.T) {
	for _, p := range []pass.Posture{pass.PostureGuide, pass.PostureWith, pass.PostureInstead} {
		if _, ok := level.Posture(string(p)); !ok {
			t.Errorf("Posture(%q) = false; want true", p)
		}
	}
}

// The digests were taken from the published schemas' text by another program,
// so a changed apostrophe or blank is seen.
func TestEnumerationsAreExact(t *testing.T) {
	tests := []struct {
		name   string
		n      int
		digest string
	}{
		{"coop.autonomie", 3, "9599d6e5fef67d43"},
		{"coop.colonnes", 27, "767f873d35400306"},
		{"coop.genre", 3, "f3596981d4d29365"},
		{"coop.materiel", 5, "0faf5caea9133556"},
		{"coop.niveau_atelier", 3, "a26712c442ce10f3"},
		{"coop.statut_social", 5, "ede26782e4367179"},
		{"coop.structure_de_redirection", 7, "fe3deb7c868f44fa"},
		{"coop.thematiques", 19, "c3adf63f7278e279"},
		{"coop.thematiques_administratives", 11, "78ce2c1ad331cf52"},
		{"coop.tranche_age", 8, "a7a298647b2a3c93"},
		{"coop.type_lieu", 4, "ac164480bc5a50e3"},
		{"coop.types", 2, "7db2a0441f222f9b"},
		{"inclusion.frais", 2, "b4fd31bfaf016c44"},
		{"inclusion.mobilisable_par", 2, "e176eb9c5ad99cab"},
		{"inclusion.modes_accueil", 2, "85fd24681ade5cb6"},
		{"inclusion.modes_mobilisation", 4, "09066f44f5689cac"},
		{"inclusion.publics", 14, "a3f812c1e38ec9e9"},
		{"inclusion.thematiques", 4, "ca6f5ee954601045"},
		{"inclusion.types", 6, "30ccfe35000f6b5a"},
		{"labase.beneficiaires", 10, "71d2eee15be50ca7"},
		{"labase.licences", 4, "30492e0d1b85d5a3"},
		{"labase.signalements", 4, "e49d48e9fdad636b"},
		{"labase.types", 9, "3c932d1726234cf0"},
		{"lieux.champs", 32, "6bb877b2bd794cba"},
		{"lieux.dispositifs", 11, "e3a28ba2c1b85999"},
		{"lieux.frais", 3, "9e6c6fad73310d3d"},
		{"lieux.itinerance", 2, "5fc6c7f85d181656"},
		{"lieux.modalites_acces", 6, "41205d55cc763bda"},
		{"lieux.modalites_accompagnement", 4, "e7cc8bbcabfd7a15"},
		{"lieux.prise_en_charge", 7, "2b75caa49dbd51f4"},
		{"lieux.publics", 5, "0d67968b9a86bd22"},
		{"lieux.services", 9, "d7e4666a06fe70e8"},
		{"lieux.typologie", 92, "cf3228d765cf6af6"},
	}
	lists := enumerations(t)
	for _, tt := range tests {
		values := lists[tt.name]
		sum := sha256.Sum256([]byte(strings.Join(values, "\n")))
		if got := fmt.Sprintf("%x", sum[:8]); len(values) != tt.n || got != tt.digest {
			t.Errorf("enumeration %q = %d values, digest %s; want %d, %s", tt.name, len(values), got, tt.n, tt.digest)
		}
	}
	if len(lists) != len(tests) {
		t.Errorf("enumerations = %d lists; want %d", len(lists), len(tests))
	}
}

// enumerations are the exact values of lists that other parties define: the map
// of places (lieux, 1.0.2), data·inclusion (inclusion, 1.0.8), La Coop (coop)
// and La Base (labase). Our tables may use no others.
func enumerations(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/enumerations.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Enumerations map[string][]string `json:"enumerations"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Enumerations
}

func TestDelicateValues(t *testing.T) {
	tests := []struct{ name, value string }{
		{"lieux.modalites_acces", "Ce lieu n\x27accueille pas de public"}, // U+0027, as in the schema
		{"lieux.dispositifs", "Point d\x27accès numérique CAF"},
		{"lieux.services", "Ma\u00eetrise des outils numériques du quotidien"},
		{"inclusion.thematiques", "numerique--maitriser-les-fondamentaux-du-numerique"},
		{"labase.beneficiaires", "personne_situation_illetrisme"}, // La Base's own spelling
		{"coop.thematiques", "gere_ses_contenus_numeriques"},      // La Coop's own spelling
	}
	for _, tt := range tests {
		if !slices.Contains(enumerations(t)[tt.name], tt.value) {
			t.Errorf("enumeration %q lacks %q", tt.name, tt.value)
		}
	}
}
