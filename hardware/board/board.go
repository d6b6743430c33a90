// Package board says which machine this is and how it feels: model,
// temperature, supply voltage, battery.
//
// It reads the files in which the kernel tells it, from a root that tests
// replace, and nothing else. What a machine does not have is absent from the
// answer, never an error. It reads no serial number: who a station is, is
// provisioning's matter.
package board

import (
	"cmp"
	"io/fs"
	"path"
	"strings"
)

// Kind is the sort of machine.
type Kind string

// The sorts of machine.
const (
	PC      Kind = "pc"
	Pi      Kind = "pi"
	Virtual Kind = "virtual"
	Other   Kind = "other"
)

// Board is a machine, as its maker names it.
type Board struct {
	Kind   Kind   `json:"kind"`
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model"`
	BIOS   string `json:"bios,omitempty"`
}

// Identify reads the device tree or the DMI tables under root, which is the
// machine's "/" as a file system: os.DirFS("/").
func Identify(root fs.FS) Board {
	if model := line(root, "sys/firmware/devicetree/base/model"); model != "" {
		return fromDeviceTree(model)
	}
	const dmi = "sys/class/dmi/id"
	b := Board{
		Kind:   PC,
		Vendor: stated(line(root, path.Join(dmi, "sys_vendor"))),
		Model:  stated(line(root, path.Join(dmi, "product_name"))),
		BIOS:   stated(line(root, path.Join(dmi, "bios_version"))),
	}
	if version := stated(line(root, path.Join(dmi, "product_version"))); b.Vendor == "LENOVO" && version != "" {
		b.Model = version // product_name is an order number there
	}
	switch {
	case virtual(b.Vendor + " " + b.Model):
		b.Kind = Virtual
	case b.Vendor == "" && b.Model == "":
		b.Kind = Other
	}
	b.Model = cmp.Or(b.Model, "unknown")
	return b
}

func fromDeviceTree(model string) Board {
	if strings.HasPrefix(model, "Raspberry Pi") {
		return Board{Kind: Pi, Vendor: "Raspberry Pi", Model: model}
	}
	return Board{Kind: Other, Model: model}
}

func virtual(name string) bool {
	for _, maker := range []string{"QEMU", "KVM", "VMware", "VirtualBox", "Virtual Machine", "Bochs", "Firecracker", "Standard PC"} {
		if strings.Contains(name, maker) {
			return true
		}
	}
	return false
}

// stated drops what makers write when they write nothing.
func stated(text string) string {
	switch strings.ToLower(text) {
	case "to be filled by o.e.m.", "default string", "system product name", "system manufacturer", "not applicable", "none", "n/a":
		return ""
	}
	return text
}

// line returns the first line of a file, without the zero byte that device
// trees end with, or "".
func line(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(strings.TrimRight(string(text), "\x00"), "\n")
	return strings.TrimSpace(first)
}
