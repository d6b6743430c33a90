package word_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/lesson/word"
)

func TestAlikeWordsShareAStem(t *testing.T) {
	tests := []struct {
		name  string
		words []string
	}{
		{"plural", []string{"leçon", "leçons", "Lecons"}},
		{"plural in x", []string{"tableau", "tableaux"}},
		{"plural in aux", []string{"journal", "journaux"}},
		{"verb", []string{"cliquer", "cliquez", "clique", "cliquent", "cliqué", "cliquée", "clic", "clics"}},
		{"feminine", []string{"actif", "active", "actives"}},
		{"doubled", []string{"personnel", "personnelle", "personnels", "personnelles"}},
		{"trade", []string{"médiateur", "médiatrice", "médiateurs", "médiatrices"}},
		{"in eux", []string{"heureux", "heureuse", "heureuses"}},
		{"ligature", []string{"cœur", "coeurs"}},
		{"decomposed accent", []string{"élève", "e\u0301le\u0300ves"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := word.Stem(tt.words[0])
			for _, w := range tt.words[1:] {
				if got := word.Stem(w); got != want {
					t.Errorf("Stem(%q) = %q; want %q as of %q", w, got, want, tt.words[0])
				}
			}
		})
	}
}

func TestOtherWordsStayApart(t *testing.T) {
	for _, pair := range [][2]string{{"souris", "sourire"}, {"code", "codage"}, {"lien", "liste"}, {"fenêtre", "fente"}, {"mot", "motif"}} {
		if a, b := word.Stem(pair[0]), word.Stem(pair[1]); a == b {
			t.Errorf("Stem(%q) = Stem(%q) = %q; want two", pair[0], pair[1], a)
		}
	}
}

func TestSplit(t *testing.T) {
	tests := []struct{ text, want string }{
		{"L’arobase @, c'est quoi ?", "L|arobase|@|c|est|quoi"},
		{"rendez-vous à 10 h 30", "rendez|vous|à|10|h|30"},
		{"", ""},
		{"لوحة المفاتيح", "لوحة|المفاتيح"},
	}
	for _, tt := range tests {
		var got []string
		for _, w := range word.Split(tt.text) {
			got = append(got, tt.text[w.Start:w.End])
		}
		if joined := strings.Join(got, "|"); joined != tt.want {
			t.Errorf("Split(%q) = %s; want %s", tt.text, joined, tt.want)
		}
	}
}

func TestCommonWords(t *testing.T) {
	for _, w := range strings.Fields("le la les de des du un une mon ma mes vos votre nous dans sur pour comment faire qui est") {
		if !word.Common(word.Stem(w)) {
			t.Errorf("Common(%q) = false; want true", word.Stem(w))
		}
	}
	for _, w := range []string{"souris", "clavier", "message", "arnaque"} {
		if word.Common(word.Stem(w)) {
			t.Errorf("Common(%q) = true; want false", word.Stem(w))
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"Cliquez ici !", "œ’é", "\xff\x00", "e\u0301", "ﷺ", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, w := range word.Split(text) {
			if w.Start < last || w.End <= w.Start || w.End > len(text) {
				t.Fatalf("Split(%q) gives %+v after %d; want words in order inside the text", text, w, last)
			}
			last = w.End
			if utf8.ValidString(text) && !slices.Equal([]byte(word.Stem(text[w.Start:w.End])), []byte(w.Stem)) && w.End-w.Start > 3 {
				t.Errorf("stem of %q = %q; want what Stem gives", text[w.Start:w.End], w.Stem)
			}
		}
	})
}
