package check_test

import (
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
)

func TestCycle(t *testing.T) {
	known := map[string]*lesson.Lesson{"souris": {Meta: lesson.Meta{ID: "souris"}, Hash: strings.Repeat("1", 64)}}
	tests := []struct {
		name, raw string
		rules     string
		stops     bool
	}{
		{"good", `{"v":1,"id":"a","title":"A","authors":["Nous"],"lessons":[{"lesson":"souris","title":"S","minutes":60}]}`, "", false},
		{"no cycle", `{}`, "format", true},
		{"empty", `{"v":1,"id":"a","title":"A","authors":["Nous"]}`, "vide", true},
		{"unknown level", `{"v":1,"id":"a","title":"A","from":"expert","authors":["Nous"],"lessons":[{"lesson":"souris","title":"S","minutes":60}]}`, "vocabulaire", true},
		{"downhill", `{"v":1,"id":"a","title":"A","from":"avance","to":"debutant","authors":["Nous"],"lessons":[{"lesson":"souris","title":"S","minutes":60}]}`, "niveau", false},
		{"absent lesson", `{"v":1,"id":"a","title":"A","authors":["Nous"],"lessons":[{"lesson":"autre","title":"S","minutes":60}]}`, "leçon", true},
		{"changed lesson, no length, nobody", `{"v":1,"id":"a","title":"A","lessons":[{"lesson":"souris","title":"S","sha256":"` + strings.Repeat("2", 64) + `"}]}`, "auteurs durée leçon", false},
		{"brand", `{"v":1,"id":"a","title":"Gmail","authors":["Nous"],"lessons":[{"lesson":"souris","title":"S","minutes":60}]}`, "marque", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rules []string
			stops := false
			for _, f := range check.Cycle([]byte(tt.raw), known) {
				rules = append(rules, f.Rule)
				stops = stops || f.Severity == check.Publication
			}
			if got := strings.Join(rules, " "); got != tt.rules || stops != tt.stops {
				t.Errorf("Cycle = %q, stops %v; want %q, %v", got, stops, tt.rules, tt.stops)
			}
		})
	}
}
