package panel

import (
	"fmt"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
)

// Pins names where the parts are wired; an empty name is an absent part.
type Pins struct {
	Light, Buzzer, Button string
}

// Wiring is the pins of a family of boards.
type Wiring struct {
	Model string // what the name of the board begins with
	Pins  Pins
}

// Wirings returns the boards that a panel can be wired to, as in the table of
// hardware/README.md.
func Wirings() []Wiring {
	return []Wiring{
		{"Raspberry Pi 5", Pins{Light: "GPIO17", Buzzer: "GPIO27", Button: "GPIO22"}},
		{"Raspberry Pi 4", Pins{Light: "GPIO17", Buzzer: "GPIO27", Button: "GPIO22"}},
		{"Raspberry Pi 3", Pins{Light: "GPIO17", Buzzer: "GPIO27", Button: "GPIO22"}},
		{"Raspberry Pi Zero 2", Pins{Light: "GPIO17", Buzzer: "GPIO27", Button: "GPIO22"}},
	}
}

// PinsOf returns the pins of a board by its model, none for the others.
func PinsOf(model string) Pins {
	for _, w := range Wirings() {
		if strings.HasPrefix(model, w.Model) {
			return w.Pins
		}
	}
	return Pins{}
}

// Open returns the panel wired to pins. Without pins, it is a panel without
// parts and no hardware is touched. An error comes with a panel of the parts
// that were found: it is for the log, not a reason to stop.
func Open(pins Pins) (*Panel, error) {
	if pins == (Pins{}) {
		return New(nil, nil, nil), nil
	}
	if _, err := host.Init(); err != nil {
		return New(nil, nil, nil), fmt.Errorf("open panel: %w", err)
	}
	var missing []string
	find := func(name string) gpio.PinIO {
		p := gpioreg.ByName(name)
		if p == nil && name != "" {
			missing = append(missing, name)
		}
		return p
	}
	p := New(nil, nil, nil)
	if light := find(pins.Light); light != nil {
		p.light = light
	}
	if buzzer := find(pins.Buzzer); buzzer != nil {
		p.buzzer = buzzer
	}
	if button := find(pins.Button); button != nil {
		p.button = button
	}
	if missing != nil {
		return p, fmt.Errorf("open panel: no pin %s", strings.Join(missing, ", "))
	}
	return p, nil
}
