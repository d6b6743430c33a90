package main

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// tool is something that a comparison needs and Debian has.
type tool struct {
	pack  string // its package
	check []string
}

var (
	mosquitto   = tool{"mosquitto", []string{"mosquitto", "-h"}}
	cc          = tool{"gcc", []string{"cc", "--version"}}
	zbar        = tool{"libzbar-dev", []string{"cc", "-fsyntax-only", "-include", "zbar.h", "-x", "c", "/dev/null"}}
	pdftoppm    = tool{"poppler-utils", []string{"pdftoppm", "-v"}}
	kiwixServe  = tool{"kiwix-tools", []string{"kiwix-serve", "--version"}}
	espeak      = tool{"espeak-ng", []string{"espeak-ng", "--version"}}
	cage        = tool{"cage", []string{"cage", "-h"}}
	zimwriterfs = tool{"zim-tools", []string{"zimwriterfs", "--version"}}
	qemu        = tool{"qemu-system-x86", []string{"qemu-system-x86_64", "--version"}}
	ovmf        = tool{"ovmf", []string{"test", "-d", "/usr/share/OVMF"}}
	zstd        = tool{"zstd", []string{"zstd", "--version"}}
	casyncTool  = tool{"casync", []string{"casync", "--version"}}
	help        = tool{"libreoffice-help-fr", []string{"test", "-d", helpDir + "/fr"}}
)

// equipped says which packages are missing, before anything is measured.
func equipped(list []section) error {
	var missing []string
	for _, s := range list {
		for _, t := range s.needs {
			if !slices.Contains(missing, t.pack) && !t.there() {
				missing = append(missing, t.pack)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("these comparisons need Debian's %s: run .ci/install as root first", strings.Join(missing, ", "))
	}
	return nil
}

// there is true when the tool runs, whatever it answers; a compiler and a test
// must agree.
func (t tool) there() bool {
	err := exec.Command(t.check[0], t.check[1:]...).Run()
	var exit *exec.ExitError
	return err == nil || errors.As(err, &exit) && t.check[0] != "cc" && t.check[0] != "test"
}
