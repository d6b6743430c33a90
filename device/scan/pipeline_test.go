package scan_test

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/scan/scantest"
	"github.com/mallette-kit/mallette/hardware/reader"
)

// tape is a source that shows what is on it, again and again.
type tape []reader.Capture

func (tape) Name() string { return "tape" }

func (t tape) Run(ctx context.Context, emit func(reader.Capture)) error {
	for {
		for _, c := range t {
			c.At = time.Now()
			emit(c)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

func TestPipeline(t *testing.T) {
	code := scantest.Code(5)
	frame := reader.Capture{Frame: scantest.Flat(code, 3)}
	blank := reader.Capture{Frame: sheet(100, 100, nil)}
	typed := reader.Capture{Text: "12000000042591"}
	var log strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	readings := make(chan scan.Reading, 16)
	p := scan.Pipeline{
		Sources: []reader.Source{tape{frame, blank}, tape{typed}},
		Publish: func(r scan.Reading) { readings <- r },
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	}
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	got := map[scan.Source]string{}
	for range 2 {
		r := <-readings
		got[r.Source] = r.Code
	}
	cancel()
	must(t, <-done)
	if got[scan.Camera] != code || got[scan.Scanner] != typed.Text || len(readings) > 0 {
		t.Errorf("readings of %d kinds and %d more; want one by camera and one by scanner", len(got), len(readings))
	}
	if strings.Contains(log.String(), code[:12]) || strings.Contains(log.String(), typed.Text) {
		t.Error("log holds a code")
	}
}

func TestBarsThatStandStillAreRead(t *testing.T) {
	frame := sheet(640, 200, map[image.Point]image.Image{{X: 60, Y: 50}: bars(t, "12000000042591")})
	ctx, cancel := context.WithCancel(t.Context())
	got := ""
	p := scan.Pipeline{
		Sources: []reader.Source{tape{{Frame: frame}}},
		Publish: func(r scan.Reading) { got = r.Code; cancel() },
		Log:     slog.New(slog.DiscardHandler),
	}
	must(t, p.Run(ctx))
	if got != "12000000042591" {
		t.Errorf("reading has %d characters; want the 14 digits", len(got))
	}
}

func TestDecoderOutlivesWhatItReads(t *testing.T) {
	const bad, good = 1, 2 // width of the frame
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan bool)
		defer close(hang)
		d := scan.Decoder{Read: func(_ context.Context, g *image.Gray) []scan.Symbol {
			if g.Rect.Dx() == bad {
				<-hang // for ever, whatever its context says
			}
			return []scan.Symbol{{Text: "x"}}
		}}
		for n := range 2 {
			got, err := d.Decode(t.Context(), image.NewGray(image.Rect(0, 0, bad, 1)))
			if len(got) > 0 || err != nil {
				t.Errorf("hang %d: Decode = %d codes, %v; want none, nil", n, len(got), err)
			}
			got, err = d.Decode(t.Context(), image.NewGray(image.Rect(0, 0, good, 1)))
			if len(got) != 1 || err != nil {
				t.Errorf("after hang %d: Decode = %d codes, %v; want 1, nil", n, len(got), err)
			}
		}
		_, err := d.Decode(t.Context(), image.NewGray(image.Rect(0, 0, bad, 1)))
		if !errors.Is(err, scan.ErrStuck) {
			t.Errorf("third hang: Decode = %v; want ErrStuck", err)
		}
	})
}

func TestPanicOfADecoderIsNoCode(t *testing.T) {
	d := scan.Decoder{Read: func(context.Context, *image.Gray) []scan.Symbol { panic("a code") }}
	got, err := d.Decode(t.Context(), image.NewGray(image.Rect(0, 0, 1, 1)))
	if got != nil || err != nil {
		t.Errorf("Decode = %d codes, %v; want none, nil", len(got), err)
	}
}

func TestPipelineEndsWhenItsDecoderIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan bool)
		defer close(hang)
		stuck := func() *scan.Decoder {
			return &scan.Decoder{Read: func(context.Context, *image.Gray) []scan.Symbol { <-hang; return nil }}
		}
		p := scan.Pipeline{
			Sources: []reader.Source{tape{{Frame: image.NewGray(image.Rect(0, 0, 1, 1))}}},
			Decoder: stuck, Publish: func(scan.Reading) {}, Log: slog.New(slog.DiscardHandler),
		}
		if err := p.Run(t.Context()); !errors.Is(err, scan.ErrStuck) {
			t.Errorf("Run = %v; want ErrStuck", err)
		}
	})
}

func FuzzReadingLine(f *testing.F) {
	f.Add([]byte(`{"code":"1","source":"camera","at":"2026-11-21T09:00:00Z"}`))
	f.Add([]byte(`{"code":""}`))
	f.Add([]byte("\x00{}"))
	f.Add([]byte(`{"readers":[]}`))
	f.Add([]byte(`{"readers":["scanner 0c2e:0b61","camera video0"]}`))
	f.Add([]byte(`{"readers":["\u0007"]}`))
	f.Add([]byte(`{"code":"1","readers":[]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, readers, err := scan.ParseLine(line)
		if err != nil && !errors.Is(err, scan.ErrLine) {
			t.Errorf("parse = %v; want ErrLine", err)
		}
		if err == nil && len(line) > 0 && (r.Code == "") == (readers == nil) {
			t.Error("parse gave neither a code nor readers, or both")
		}
		if len(readers) > 16 {
			t.Errorf("parse gave %d readers; want 16 at most", len(readers))
		}
	})
}

func TestStillPictureIsReadNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		count := func() *scan.Decoder {
			return &scan.Decoder{Read: func(context.Context, *image.Gray) []scan.Symbol { reads++; return nil }}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p := scan.Pipeline{
			Sources: []reader.Source{tape{{Frame: sheet(640, 480, nil)}}},
			Decoder: count, Publish: func(scan.Reading) {}, Log: slog.New(slog.DiscardHandler),
		}
		must(t, p.Run(ctx))
		if reads < 60 || reads > 120 {
			t.Errorf("reads of an empty desk in a minute = %d; want 1 or 2 a second", reads)
		}
	})
}
