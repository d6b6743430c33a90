package panel_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"github.com/mallette-kit/mallette/hardware/panel"
)

// bench is a panel on pins of the test.
type bench struct {
	light, buzzer, button *gpiotest.Pin
	panel                 *panel.Panel
	pressed               int
}

func (b *bench) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.panel.Run(ctx, func() { b.pressed++ }) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	}
}

func newBench() *bench {
	b := &bench{
		light:  &gpiotest.Pin{N: "light"},
		buzzer: &gpiotest.Pin{N: "buzzer"},
		button: &gpiotest.Pin{N: "button", EdgesChan: make(chan gpio.Level)},
	}
	b.panel = panel.New(b.light, b.buzzer, b.button)
	return b
}

// film writes down light and sound every 100 ms: L and S, - for neither.
func (b *bench) film(tenths int) string {
	var out strings.Builder
	for range tenths {
		synctest.Wait()
		s := ""
		if b.light.Read() {
			s += "L"
		}
		if b.buzzer.Read() {
			s += "S"
		}
		if s == "" {
			s = "-"
		}
		out.WriteString(s + " ")
		time.Sleep(100 * time.Millisecond)
	}
	return strings.TrimSpace(out.String())
}

func TestSignals(t *testing.T) {
	cases := []struct {
		signal panel.Signal
		want   string
	}{
		{panel.Idle, "- - - - - - - - - -"},
		{panel.Ready, "L L L L L L L L L L"},
		{panel.Seen, "S - - - - - - - - -"},
		{panel.Answered, "LS LS - - LS LS L L L L"},
		{panel.Attention, "LS LS LS LS LS LS - - - -"},
	}
	for _, c := range cases {
		t.Run(string(c.signal), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				stop := b.run(t)
				b.panel.Show(c.signal)
				if got := b.film(10); got != c.want {
					t.Errorf("%s = %s; want %s", c.signal, got, c.want)
				}
				stop()
				if b.light.Read() || b.buzzer.Read() {
					t.Error("light or buzzer on after Run; want off")
				}
			})
		})
	}
}

func TestEverySignalEndsQuietly(t *testing.T) {
	for _, s := range []panel.Signal{panel.Idle, panel.Ready, panel.Seen, panel.Answered, panel.Attention, "unknown"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench()
			defer b.run(t)()
			b.panel.Show(s)
			time.Sleep(time.Minute)
			synctest.Wait()
			if b.buzzer.Read() {
				t.Errorf("%s: buzzer on after a minute; want quiet", s)
			}
		})
	}
}

func TestNewestSignalWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		for range 100 {
			b.panel.Show(panel.Attention) // before Run: nothing waits
		}
		b.panel.Show(panel.Ready)
		defer b.run(t)()
		if got := b.film(3); got != "L L L" {
			t.Errorf("light = %s; want the ready light at once", got)
		}
	})
}

func TestButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		stop := b.run(t)
		for range 3 {
			synctest.Wait()
			b.button.EdgesChan <- gpio.Low
			b.button.EdgesChan <- gpio.Low // the contacts bounce
			time.Sleep(time.Second)
		}
		stop()
		if b.pressed != 3 {
			t.Errorf("presses = %d; want 3", b.pressed)
		}
	})
}

func TestPanelWithoutParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := panel.Open(panel.PinsOf("ThinkPad X270"))
		if err != nil {
			t.Fatalf("Open = %v; want nil: no panel is normal", err)
		}
		b := &bench{panel: p}
		stop := b.run(t)
		p.Show(panel.Answered)
		time.Sleep(time.Minute)
		stop()
	})
}

func TestWiringIsDocumented(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range panel.Wirings() {
		row := fmt.Sprintf("| %s | %s | %s | %s |", w.Model, w.Pins.Light, w.Pins.Buzzer, w.Pins.Button)
		if !strings.Contains(string(readme), row) {
			t.Errorf("hardware/README.md has no row %s", row)
		}
	}
}
