package pick_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/images/build/pick"
)

func TestLongestLineDecides(t *testing.T) {
	l, err := pick.Parse("# drivers\n+ .\n- drivers/\n\n+ drivers/usb\n- drivers/usb/gadget\n")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"crypto/aes.ko": true, "drivers/ata/ahci.ko": false, "drivers/usb/core.ko": true, "drivers/usb-serial.ko": true,
		"drivers/usb/gadget/u.ko": false, "": true, "driver": true,
	} {
		if got := l.Takes(path); got != want {
			t.Errorf("Takes(%q) = %v; want %v", path, got, want)
		}
	}
}

func TestNothingIsTakenByNoList(t *testing.T) {
	if (pick.List{}).Takes("crypto/aes.ko") {
		t.Error("the empty list takes a file")
	}
}

func TestRefusals(t *testing.T) {
	for _, text := range []string{"+", "kernel/fs", "* kernel", "+ a\n- a", "+ "} {
		if _, err := pick.Parse(text); !errors.Is(err, pick.ErrList) {
			t.Errorf("Parse(%q) = %v; want ErrList", text, err)
		}
	}
}

func TestListsOfImagesAreRead(t *testing.T) {
	for _, pattern := range []string{"../../kiosk-*/modules.txt", "../../kiosk-*/firmware.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Errorf("Glob(%s) = %v, %v; want a list", pattern, files, err)
		}
		for _, file := range files {
			if _, err := pick.Open(file); err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("+ .\n- a/b\n# c\n", "a/b/c")
	f.Fuzz(func(t *testing.T, text, path string) {
		if l, err := pick.Parse(text); err == nil {
			l.Takes(path)
		}
	})
}
