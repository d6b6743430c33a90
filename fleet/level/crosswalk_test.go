package level_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/fleet/level"
)

func TestThemes(t *testing.T) {
	tests := []struct{ code, coop, carto, inclusion, pix string }{
		{"materiel", "[prendre_en_main_du_materiel]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[5.2]"},
		{"fichiers", "[gere_ses_contenus_numeriques]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[1.2]"},
		{"internet", "[navigation_sur_internet]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[1.1]"},
		{"messagerie", "[email]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[2.1]"},
		{"bureautique", "[bureautique]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[3.1]"},
		{"reseaux", "[reseaux_sociaux]", "Maîtrise des outils numériques du quotidien", "maitriser-les-fondamentaux-du-numerique", "[2.1 2.2]"},
		{"securite", "[securite_numerique]", "Utilisation sécurisée du numérique", "maitriser-les-fondamentaux-du-numerique", "[4.1 4.2]"},
		{"demarches", "[aide_aux_demarches_administratives]", "Aide aux démarches administratives", "acceder-a-des-services-en-ligne", "[2.4]"},
		{"sante", "[sante social_sante]", "Aide aux démarches administratives", "acceder-a-des-services-en-ligne", "[2.4]"},
		{"emploi", "[insertion_professionnelle]", "Insertion professionnelle via le numérique", "acceder-a-des-services-en-ligne", "[3.1]"},
		{"parents", "[parentalite scolarite_et_numerique]", "Parentalité et éducation avec le numérique", "maitriser-les-fondamentaux-du-numerique", "[2.3]"},
		{"culture", "[culture_numerique intelligence_artificielle]", "Compréhension du monde numérique", "maitriser-les-fondamentaux-du-numerique", "[1.1]"},
		{"creation", "[creer_avec_le_numerique]", "Loisirs et créations numériques", "maitriser-les-fondamentaux-du-numerique", "[3.2]"},
		{"diagnostic", "[diagnostic_numerique]", "", "", "[]"},
	}
	if got := len(level.Themes()); got != len(tests) {
		t.Fatalf("len(Themes()) = %d; want %d", got, len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			th, ok := level.ThemeOf(tt.code)
			inclusion := tt.inclusion
			if inclusion != "" {
				inclusion = "numerique--" + inclusion
			}
			if !ok || fmt.Sprint(th.Coop) != tt.coop || th.Carto != tt.carto || th.Inclusion != inclusion || fmt.Sprint(th.Pix) != tt.pix {
				t.Errorf("ThemeOf(%q) = %+v, %v; want %+v", tt.code, th, ok, tt)
			}
			if th.Administrative != (tt.code == "demarches") {
				t.Errorf("ThemeOf(%q).Administrative = %v", tt.code, th.Administrative)
			}
		})
	}
}

func TestCrosswalkUsesOnlyKnownValues(t *testing.T) {
	lists := enumerations(t)
	coop := append(lists["coop.thematiques"], lists["coop.thematiques_administratives"]...)
	for _, th := range level.Themes() {
		for _, c := range th.Coop {
			if !slices.Contains(coop, c) {
				t.Errorf("theme %s: %q is none of La Coop's", th.Code, c)
			}
		}
		if th.Carto != "" && !slices.Contains(lists["lieux.services"], th.Carto) {
			t.Errorf("theme %s: %q is none of the map's", th.Code, th.Carto)
		}
		if th.Inclusion != "" && !slices.Contains(lists["inclusion.thematiques"], th.Inclusion) {
			t.Errorf("theme %s: %q is none of data·inclusion's", th.Code, th.Inclusion)
		}
		for _, p := range th.Pix {
			if _, ok := level.Competence("crcn@2019:" + p); !ok {
				t.Errorf("theme %s: %q is none of Pix's", th.Code, p)
			}
		}
	}
}

func TestServices(t *testing.T) {
	form := regexp.MustCompile(`^KS-\d\d$`)
	for i, s := range level.Services() {
		if want := fmt.Sprintf("KS-%02d", i+1); s.Code != want || !form.MatchString(s.Code) {
			t.Errorf("service %d has code %q; want %q", i, s.Code, want)
		}
		theme, ok := level.ThemeOf(s.Theme)
		stage := slices.ContainsFunc(level.Stages(), func(st level.Term) bool { return st.Code == s.Stage })
		if !ok || !stage || s.Label == "" || s.About == "" {
			t.Errorf("service %s = %+v; want a known theme, a known stage, a label, a sentence", s.Code, s)
		}
		for _, c := range s.Crosswalk.Coop {
			if !slices.Contains(theme.Coop, c) {
				t.Errorf("service %s: %q is not its theme's", s.Code, c)
			}
		}
		if got, ok := level.ServiceOf(s.Code); !ok || got.Label != s.Label || len(got.Crosswalk.Coop) == 0 {
			t.Errorf("ServiceOf(%q) = %+v, %v", s.Code, got, ok)
		}
	}
	if _, ok := level.ServiceOf("KS-99"); ok {
		t.Error(`ServiceOf("KS-99") = true; want false`)
	}
}

func TestWhatIsReturnedIsACopy(t *testing.T) {
	level.Themes()[0].Coop[0] = "x"
	level.Services()[0].Crosswalk.Coop[0] = "x"
	level.Stages()[0].Label = "x"
	th, _ := level.ThemeOf("materiel")
	s, _ := level.ServiceOf("KS-01")
	if th.Coop[0] == "x" || s.Crosswalk.Coop[0] == "x" || level.Stages()[0].Label == "x" {
		t.Error("a caller changed the tables")
	}
}
