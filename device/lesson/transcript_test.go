package lesson_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

func TestTranscript(t *testing.T) {
	tests := []struct {
		name, words string
		want        error
	}{
		{"said", "# En mots\n\nUne main ouvre un dossier.\n", nil},
		{"absent", "", lesson.ErrMissing},
		{"runs", "# En mots\n\n<script>1</script>\n", lesson.ErrActive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFolder(t, filepath.Join(dir, "p"), with(map[string]string{
				"lesson.yaml": small()["lesson.yaml"] + "transcript: mots.md\n", "mots.md": tt.words,
			}))
			c := lesson.Open(t.Context(), nil, dir)
			if tt.want != nil {
				if r := c.Refused(); len(r) != 1 || !errors.Is(r[0].Err, tt.want) {
					t.Errorf("refused %v; want %v", r, tt.want)
				}
				return
			}
			if l, ok := c.Lesson("petite"); !ok || l.Transcript == nil || !strings.Contains(string(l.Transcript.HTML), "Une main") {
				t.Errorf("lesson with a transcript = %v, refused %v; want its words", ok, c.Refused())
			}
		})
	}
}
