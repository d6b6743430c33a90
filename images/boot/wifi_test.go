package boot_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
)

// TestWiFi lets the station's network program and the real wpa_supplicant join a
// real access point over two simulated radios, on the image's kernel and modules.
func TestWiFi(t *testing.T) {
	long(t)
	ctx := within(t, 9)
	b := bare(t)
	b.program("../../device/cmd/network", "station/network")
	b.debian("hostapd", "usr/sbin/hostapd", "")
	b.debian("wpa_supplicant", "userland/usr/sbin/wpa_supplicant", "userland/usr/lib/x86_64-linux-gnu")
	says(ctx, t, b.start(ctx, "wifi", "af_packet", "ccm", "cmac", "ctr", "mac80211_hwsim"),
		`witness: heard at \d+ per cent, security secret`,
		`witness: joined by a secret of 15 characters: wifi refused the secret`,
		`witness: joined by a secret of 16 characters: <nil>`,
		`witness: seen: a joined Wi-Fi`,
		`witness: the room has no Wi-Fi`, `reason "out_of_range"`,
		`witness: seen: the Wi-Fi back`,
		`reason "wrong_secret"`)
}

// debian puts a program of this machine into the file system, with its libraries
// in a folder; "" is where they are here.
func (b *bareFiles) debian(name, to, folder string) {
	b.t.Helper()
	path := needs.Program(b.t, name, strings.ReplaceAll(name, "_", ""))
	b.files[to] = path
	said, err := exec.CommandContext(b.t.Context(), "ldd", path).Output()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, library := range regexp.MustCompile(`/lib\S+`).FindAllString(string(said), -1) {
		to := filepath.Join(folder, filepath.Base(library))
		if folder == "" {
			to = library[1:]
		}
		b.files[to] = library
	}
}
