package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// film is what is taken: pictures with how long each stays, and sound.
type film struct {
	*studio
	ctx    context.Context
	reel   strings.Builder // for ffmpeg's concat
	taken  int
	length time.Duration
	last   string // picture
	sound  []byte // PCM
	rate   int    // bytes of sound a second
	said   []line
}

func (s *studio) film(ctx context.Context, sc script) error {
	f := &film{studio: s, ctx: ctx}
	f.at.x, f.at.y = width/2, height/2
	for i, scene := range sc.Scenes {
		if err := f.scene(scene); err != nil {
			return fmt.Errorf("scene %d: %w", i+1, err)
		}
	}
	out, err := f.develop()
	if err != nil {
		return err
	}
	return keep(sc, out, f.said)
}

// scene says the sentence and does what it is about meanwhile.
func (f *film) scene(sc scene) error {
	said, err := f.voice.Speak(f.ctx, "fr", sc.Say)
	if err != nil {
		return err
	}
	f.rate = int(binary.LittleEndian.Uint32(said.WAV[28:]))
	talk := time.Duration(len(said.WAV)-44) * time.Second / time.Duration(f.rate)
	from := f.length
	if err := f.act(sc); err != nil {
		return err
	}
	if left := from + talk + time.Duration(sc.Rest) - f.length; left > 0 {
		f.hold(left)
	}
	f.said = append(f.said, line{sc.Say, from, f.length}) // the rest is for those who read
	f.sound = append(f.sound, said.WAV[44:]...)
	f.silence(f.length)
	return nil
}

// silence fills the sound up to a moment of the film.
func (f *film) silence(until time.Duration) {
	want := int(until.Seconds()*float64(f.rate)) &^ 1
	if missing := want - len(f.sound); missing > 0 {
		f.sound = append(f.sound, make([]byte, missing)...)
	}
}

func (f *film) act(sc scene) error {
	if sc.Open != "" {
		if err := f.open(sc.Open); err != nil {
			return err
		}
		if err := f.take(4 * frame); err != nil {
			return err
		}
	}
	if sc.Scroll != 0 {
		if err := f.scroll(sc.Scroll); err != nil {
			return err
		}
	}
	if sc.Point != "" {
		if err := f.point(sc.Point); err != nil {
			return err
		}
	}
	if sc.Click {
		if err := f.click(); err != nil {
			return err
		}
	}
	return f.write(sc.Type)
}

func (f *film) scroll(by int) error {
	for done := 0; done < by; done += 40 {
		if err := chromedp.Do(f.browser, chromedp.Evaluate[chromedp.Void](`scrollBy({top: 40, behavior: "instant"})`)); err != nil {
			return err
		}
		if err := f.take(frame); err != nil {
			return err
		}
	}
	return nil
}

// point moves the arrow to the middle of an element, in a second.
func (f *film) point(selector string) error {
	to, err := chromedp.Run(f.browser, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(); return [r.left + Math.min(r.width / 2, 160), r.top + r.height / 2] })()`, selector)))
	if err != nil {
		return fmt.Errorf("find %s: %w", selector, err)
	}
	fromX, fromY := f.at.x, f.at.y
	const steps = 8
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		t = t * t * (3 - 2*t) // slow, fast, slow
		f.at.x, f.at.y = fromX+(to[0]-fromX)*t, fromY+(to[1]-fromY)*t
		if err := f.take(frame); err != nil {
			return err
		}
	}
	return nil
}

func (f *film) click() error {
	if err := f.take(2 * frame); err != nil {
		return err
	}
	if err := chromedp.Do(f.browser, chromedp.MouseClickXY(f.at.x, f.at.y), chromedp.Sleep(400*time.Millisecond), chromedp.WaitReady("body")); err != nil {
		return err
	}
	return f.take(4 * frame)
}

func (f *film) write(text string) error {
	for _, letter := range text {
		if err := chromedp.Do(f.browser, chromedp.KeyEvent(string(letter))); err != nil {
			return err
		}
		if err := f.take(2 * frame); err != nil {
			return err
		}
	}
	return nil
}

// arrow draws the pointer, which a picture of a page has not.
const arrow = `(() => { let a = document.getElementById("clip-arrow"); if (!a) { a = document.createElementNS("http://www.w3.org/2000/svg", "svg"); a.id = "clip-arrow";
	a.setAttribute("viewBox", "0 0 24 24"); const p = document.createElementNS("http://www.w3.org/2000/svg", "path"); a.append(p); document.documentElement.append(a);
	for (const [name, v] of [["d", "M4 2l15 11-7 1-4 7z"], ["fill", "#fff"], ["stroke", "#000"], ["stroke-width", "1.6"]]) p.setAttribute(name, v);
	Object.assign(a.style, {position: "fixed", width: "36px", height: "36px", zIndex: 99999, pointerEvents: "none"}); }
	a.style.left = "%.1fpx"; a.style.top = "%.1fpx" })()`

// take takes a picture that stays for a while.
func (f *film) take(stays time.Duration) error {
	if err := chromedp.Do(f.browser, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(arrow, f.at.x-6, f.at.y-3))); err != nil {
		return err
	}
	png, err := chromedp.Run(f.browser, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	f.taken++
	f.last = filepath.Join(f.dir, fmt.Sprintf("%04d.png", f.taken))
	if err := os.WriteFile(f.last, png, 0o600); err != nil {
		return err
	}
	f.hold(stays)
	return nil
}

// hold lets the last picture stay.
func (f *film) hold(stays time.Duration) {
	fmt.Fprintf(&f.reel, "file '%s'\nduration %.3f\n", f.last, stays.Seconds())
	f.length += stays
}

// develop makes a WebM that every browser of a station plays.
func (f *film) develop() (string, error) {
	if f.last == "" {
		return "", errors.New("nothing was filmed")
	}
	reel, sound, out := filepath.Join(f.dir, "reel.txt"), filepath.Join(f.dir, "sound.pcm"), filepath.Join(f.dir, "film.webm")
	fmt.Fprintf(&f.reel, "file '%s'\n", f.last)
	if err := os.WriteFile(reel, []byte(f.reel.String()), 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(sound, f.sound, 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(f.ctx, "ffmpeg", "-loglevel", "error", "-y", "-f", "concat", "-safe", "0", "-i", reel,
		"-f", "s16le", "-ar", fmt.Sprint(f.rate/2), "-ac", "1", "-i", sound,
		"-vf", "fps=8,format=yuv420p", "-c:v", "libvpx-vp9", "-crf", "42", "-b:v", "0", "-row-mt", "1", "-g", "80",
		"-c:a", "libopus", "-b:a", "20k", "-fflags", "+bitexact", "-map_metadata", "-1", out)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("ffmpeg: %w: %s", err, said)
	}
	return out, nil
}
