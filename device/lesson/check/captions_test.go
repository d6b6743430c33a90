package check_test

import (
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/check"
)

func TestParseCaptions(t *testing.T) {
	tests := []struct {
		name, raw    string
		cues, broken int
	}{
		{"two cues", "WEBVTT\n\n00:01.000 --> 00:02.000\nUn\n\n00:02.000 --> 01:00:03.500 line:0\nDeux\net trois\n", 2, 0},
		{"named, noted, from another system", "\ufeffWEBVTT - titre\r\n\r\nNOTE rien\r\n\r\nun\r\n00:01.000 --> 00:02.000\r\nUn\r\n", 1, 0},
		{"no header", "00:01.000 --> 00:02.000\nUn\n", 0, 1},
		{"empty", "", 0, 1},
		{"comma", "WEBVTT\n\n00:01,000 --> 00:02,000\nUn\n", 0, 3},
		{"without words", "WEBVTT\n\n00:01.000 --> 00:02.000\n", 0, 3},
		{"ends before it begins", "WEBVTT\n\n00:03.000 --> 00:02.000\nUn\n", 0, 3},
		{"out of order", "WEBVTT\n\n00:03.000 --> 00:04.000\nUn\n\n00:01.000 --> 00:02.000\nDeux\n", 1, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cues, broken := check.ParseCaptions([]byte(tt.raw))
			if len(cues) != tt.cues || broken != tt.broken {
				t.Errorf("ParseCaptions = %d cues, broken %d; want %d, %d", len(cues), broken, tt.cues, tt.broken)
			}
		})
	}
	cues, _ := check.ParseCaptions([]byte("WEBVTT\n\nnom\n00:01.000 --> 01:00:02.500\nUn\ndeux\n"))
	if want := (check.Cue{From: time.Second, To: time.Hour + 2500*time.Millisecond, Text: "Un deux", Line: 4}); len(cues) != 1 || cues[0] != want {
		t.Errorf("ParseCaptions = %+v; want %+v", cues, want)
	}
}

func FuzzParseCaptions(f *testing.F) {
	f.Add([]byte("WEBVTT\n\n00:01.000 --> 00:02.000\nUn\n"))
	f.Add([]byte("WEBVTT\n\nNOTE\n\nx\n999:59:59.999 --> 00:00.000\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		cues, _ := check.ParseCaptions(raw)
		for i, c := range cues {
			if c.Lasts() <= 0 || c.Line < 2 || (i > 0 && c.From < cues[i-1].From) {
				t.Errorf("cue %d = %+v; want a length, a line and its turn", i, c)
			}
		}
	})
}
