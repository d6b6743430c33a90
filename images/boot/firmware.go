package boot

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Firmware is what the machine starts with.
type Firmware string

// The firmwares of the laptops in the field. Secure holds Microsoft's keys and
// starts nothing else, as machines leave their makers.
const (
	UEFI   Firmware = "uefi"
	Secure Firmware = "secure boot"
	BIOS   Firmware = "bios"
)

// Where Debian's package ovmf keeps its files.
const (
	ovmf       = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	ovmfVars   = "/usr/share/OVMF/OVMF_VARS_4M.fd"
	secure     = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
	secureVars = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"
	aavmf      = "/usr/share/AAVMF/AAVMF_CODE.fd" // of qemu-efi-aarch64
	aavmfVars  = "/usr/share/AAVMF/AAVMF_VARS.fd"
)

// Vars is the file that holds the machine's UEFI variables: it is made at the
// first start in Dir and kept, as the memory of a real board is.
func (m Machine) Vars() string { return m.path("uefi-variables.fd") }

func (m Machine) firmware() []string {
	switch {
	case m.Arch != "":
		return m.flash(aavmf)
	case m.Firmware == BIOS:
		return nil // QEMU's own SeaBIOS
	case m.Firmware == Secure:
		return append(m.flash(secure), "-global", "driver=cfi.pflash01,property=secure,value=on")
	}
	return m.flash(ovmf)
}

func (m Machine) flash(code string) []string {
	return []string{"-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + code, "-drive", "if=pflash,format=raw,unit=1,file=" + m.Vars()}
}

// prepare copies the variables a new board is sold with.
func (m Machine) prepare() error {
	switch {
	case m.Arch != "":
		return copyNew(m.Vars(), aavmfVars)
	case m.Firmware == BIOS:
		return nil
	case m.Firmware == Secure:
		return copyNew(m.Vars(), secureVars)
	}
	return copyNew(m.Vars(), ovmfVars)
}

// copyNew copies a file unless it is there.
func copyNew(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		err = fmt.Errorf("copy %s: %w", from, err)
	}
	return errors.Join(err, out.Close())
}
