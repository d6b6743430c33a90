package evdev

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrModel is a text that names no model.
var ErrModel = errors.New("not a model: want vendor:product or vendor in hexadecimal, or a part of a name")

// Model tells a kind of device: by maker and product number, by maker alone
// (Product 0), or by words of its name (both 0).
type Model struct {
	Vendor, Product uint16
	Name            string
}

// Known returns the scanners known by their makers, who make no keyboards,
// and by words that makers without a number of their own put in the name.
// Some makers' numbers are shared with keyboards: those are here with a
// product, or not at all.
func Known() []Model {
	return []Model{
		{Vendor: 0x05e0, Name: "Symbol, Zebra"},
		{Vendor: 0x0c2e, Name: "Metrologic, Honeywell"},
		{Vendor: 0x0536, Name: "Hand Held Products"},
		{Vendor: 0x05f9, Name: "PSC, Datalogic"},
		{Vendor: 0x080c, Name: "Datalogic"},
		{Vendor: 0x065a, Name: "Opticon"},
		{Vendor: 0x1eab, Name: "Newland"},
		{Name: "barcode"},
		{Name: "bar code"},
		{Name: "2d scanner"},
		{Name: "usbscn"},
		{Name: "handheld scanner"},
		{Name: "qr scanner"},
	}
}

// ParseModel reads "0c2e:0b61", "0c2e" or a part of a device's name.
func ParseModel(text string) (Model, error) {
	vendor, product, pair := strings.Cut(text, ":")
	v, err := strconv.ParseUint(vendor, 16, 16)
	switch {
	case err != nil && !pair && len(strings.TrimSpace(text)) >= 4:
		return Model{Name: text}, nil
	case err != nil || v == 0 || len(vendor) != 4:
		return Model{}, ErrModel
	case !pair:
		return Model{Vendor: uint16(v)}, nil
	}
	p, err := strconv.ParseUint(product, 16, 16)
	if err != nil || p == 0 {
		return Model{}, ErrModel
	}
	return Model{Vendor: uint16(v), Product: uint16(p)}, nil
}

// ID is the model as ParseModel reads it, for logs.
func (m Model) ID() string { return fmt.Sprintf("%04x:%04x", m.Vendor, m.Product) }

// in reports whether a device is one of the models.
func (m Model) in(models []Model) bool {
	for _, known := range models {
		if known.covers(m) {
			return true
		}
	}
	return false
}

func (m Model) covers(device Model) bool {
	if m.Vendor == 0 {
		return m.Name != "" && strings.Contains(strings.ToLower(device.Name), strings.ToLower(m.Name))
	}
	return m.Vendor == device.Vendor && (m.Product == 0 || m.Product == device.Product)
}

// identify reads what the kernel says of an event node without opening it.
// It is false for what does not type: no code can come from there.
func identify(class, node string) (Model, bool) {
	about := filepath.Join(class, node, "device")
	if !types(attribute(about, "capabilities/key")) || moves(attribute(about, "capabilities/rel")) {
		return Model{}, false
	}
	return Model{
		Vendor:  hex(attribute(about, "id/vendor")),
		Product: hex(attribute(about, "id/product")),
		Name:    attribute(about, "name"),
	}, true
}

func attribute(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func hex(text string) uint16 {
	n, err := strconv.ParseUint(text, 16, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// types reports whether a key bitmap, in hexadecimal words with the lowest
// last, holds the digits 1 to 0 and Enter.
func types(bitmap string) bool {
	words := strings.Fields(bitmap)
	if len(words) == 0 {
		return false
	}
	const wanted = 0x3ff<<2 | 1<<keyEnter
	lowest, err := strconv.ParseUint(words[len(words)-1], 16, 64)
	return err == nil && lowest&wanted == wanted
}

func moves(bitmap string) bool { return strings.Trim(bitmap, "0 ") != "" }

// Knows reports whether an event node, such as "event3", is a scanner.
func (s Scanners) Knows(node string) bool {
	s = s.withDefaults()
	m, ok := identify(s.Class, node)
	return ok && (m.in(Known()) || m.in(s.Also))
}
