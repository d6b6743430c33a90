// Command clips films the short videos of the lessons of kiosk-ui, so that each
// has one with captions and a transcript that says the same:
//
//	go run ./images/cmd/clips            # all
//	go run ./images/cmd/clips souris     # one
//	go run ./images/cmd/clips dub        # no film, the other languages alone
//
// What is filmed is the station's own pages in a real browser, as scripts/*.yaml
// tells scene by scene; the station's own voice says each sentence. The results
// lie beside the lesson and are part of it: video.webm, video.vtt,
// video.md. Where somebody has translated video.en.vtt, the voice says that too,
// over the same pictures: video.en.webm.
//
// It needs chromium, espeak-ng and ffmpeg. It changes nothing but those
// files and never films anything but an invented station.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mallette-kit/mallette/device/voice"
)

// lessonsDir is where the films go, from the root of the repository.
const lessonsDir = "kiosk-ui/lessons"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "clips:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string) error {
	dubbing := slices.Contains(only, "dub")
	only = slices.DeleteFunc(only, func(name string) bool { return name == "dub" })
	scripts, err := readScripts(os.DirFS("images/cmd/clips/scripts"), only)
	if err != nil {
		return err
	}
	if !dubbing {
		if err := filmAll(ctx, scripts); err != nil {
			return err
		}
	}
	return dubAll(ctx, scripts)
}

// dubAll dubs each film in the languages that its captions were translated to.
func dubAll(ctx context.Context, scripts []script) error {
	for _, script := range scripts {
		names, err := filepath.Glob(filepath.Join(lessonsDir, script.Lesson, "video.*.vtt"))
		if err != nil {
			return err
		}
		for _, name := range names {
			lang := strings.Split(filepath.Base(name), ".")[1]
			if err := dub(ctx, voice.Espeak{}, script.Lesson, lang); err != nil {
				return fmt.Errorf("dub %s: %w", script.Lesson, err)
			}
		}
	}
	return nil
}

func filmAll(ctx context.Context, scripts []script) error {
	s, err := openStudio(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	for _, script := range scripts {
		if err := s.film(ctx, script); err != nil {
			return fmt.Errorf("film %s: %w", script.Lesson, err)
		}
	}
	return nil
}

// keep puts the film and its texts beside the lesson.
func keep(script script, film string, said []line) error {
	dir := filepath.Join(lessonsDir, script.Lesson)
	video, err := os.ReadFile(film)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"video.webm": video, "video.vtt": captions(said), "video.md": transcript(script),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%s  %.0f s  %d kB\n", script.Lesson, said[len(said)-1].to.Seconds(), len(video)/1000)
	return nil
}

// transcript says in words what the film shows and says.
func transcript(s script) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", s.Title, s.About)
	for _, sc := range s.Scenes {
		fmt.Fprintf(&b, "\n**On voit :** %s\n\n**On entend :** « %s »\n", sc.Seen, sc.Say)
	}
	return []byte(b.String())
}
