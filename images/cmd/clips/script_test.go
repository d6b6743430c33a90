package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestEveryScriptCanBeFilmed(t *testing.T) {
	scripts, err := readScripts(os.DirFS("scripts"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		for name := range map[string]bool{"lesson.yaml": true, "video.webm": true, "video.vtt": true, "video.md": true, "video.en.vtt": true, "video.en.webm": true} {
			if _, err := os.Stat("../../../kiosk-ui/lessons/" + s.Lesson + "/" + name); err != nil {
				t.Errorf("lesson %s has a script and no %s: film it", s.Lesson, name)
			}
		}
		if said, err := os.ReadFile("../../../kiosk-ui/lessons/" + s.Lesson + "/video.md"); err != nil || string(said) != string(transcript(s)) {
			t.Errorf("the transcript of %s is not that of its script: film it again", s.Lesson)
		}
	}
}

func TestBadScriptsAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no scene": "lesson: souris\n", "nothing seen": "lesson: souris\nscenes: [{say: bonjour}]\n",
		"unknown gesture": "lesson: souris\nscenes: [{say: a, seen: b, jump: 3}]\n", "not YAML": "]",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readScripts(fstest.MapFS{"a.yaml": {Data: []byte(text)}}, nil); err == nil {
				t.Error("readScripts = nil; want an error")
			}
		})
	}
}

func TestCaptions(t *testing.T) {
	got := string(captions([]line{{"Bonjour.", 0, 1500 * time.Millisecond}, {"Fini.", time.Minute, time.Hour + time.Second}}))
	want := "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nBonjour.\n\n00:01:00.000 --> 01:00:01.000\nFini.\n"
	if got != want || !strings.HasPrefix(got, "WEBVTT") {
		t.Errorf("captions = %q; want %q", got, want)
	}
}

func TestCaptionsAreReadBack(t *testing.T) {
	want := []line{{"Hello.", 0, 1500 * time.Millisecond}, {"Over.", time.Minute, time.Hour + time.Second}}
	if got, err := captioned(captions(want)); err != nil || !slices.Equal(got, want) {
		t.Errorf("captioned = %v, %v; want %v", got, err, want)
	}
	for _, text := range []string{"", "WEBVTT", "WEBVTT\n\nbonjour", "WEBVTT\n\nun --> deux\nbonjour", "x\n\ny"} {
		if got, err := captioned([]byte(text)); err == nil {
			t.Errorf("captioned(%q) = %v; want an error", text, got)
		}
	}
}
