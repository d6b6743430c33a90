package links_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/links"
)

// put makes a file or, when it names another, a link of a fixture machine.
func put(t *testing.T, root, name, content string, link bool) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if link {
		err = os.Symlink(content, path)
	} else {
		err = os.WriteFile(path, []byte(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSwitches(t *testing.T) {
	sys := t.TempDir()
	f := links.Finder{Sys: sys}
	if got := f.Radio(); got != (links.Radio{}) {
		t.Errorf("Radio without switches = %+v; want nothing", got)
	}
	for name, text := range map[string]string{
		"rfkill0/type": "bluetooth\n", "rfkill0/hard": "1\n", "rfkill0/soft": "1\n",
		"rfkill1/type": "wlan\n", "rfkill1/hard": "0\n", "rfkill1/soft": "1\n", "rfkill1/name": "phy0\n",
	} {
		put(t, sys, "class/rfkill/"+name, text, false)
	}
	if got, want := f.Radio(), (links.Radio{Software: true}); got != want {
		t.Errorf("Radio = %+v; want %+v", got, want)
	}
	if err := f.Allow(true); err != nil {
		t.Errorf("Allow = %v; want it allowed", err)
	}
	if got := f.Radio(); got != (links.Radio{}) {
		t.Errorf("Radio after Allow = %+v; want nothing", got)
	}
	if text, err := os.ReadFile(filepath.Join(sys, "class/rfkill/rfkill0/soft")); err != nil || string(text) != "1\n" {
		t.Errorf("Bluetooth's switch = %q, %v; want it left alone", text, err)
	}
	put(t, sys, "class/rfkill/rfkill2/type", "wlan\n", false)
	put(t, sys, "class/rfkill/rfkill2/hard", "1\n", false)
	if got := f.Radio(); !got.Switch {
		t.Errorf("Radio with a switch = %+v; want it told", got)
	}
}

// What a maker's driver switches lies in the machine's firmware: a guest leaves it.
func TestGuestLeavesTheMakersSwitch(t *testing.T) {
	sys := t.TempDir()
	f := links.Finder{Sys: sys}
	for name, text := range map[string]string{
		"rfkill0/type": "wlan\n", "rfkill0/name": "tpacpi_wlan_sw\n", "rfkill0/soft": "1\n", "rfkill0/hard": "0\n",
		"rfkill1/type": "wlan\n", "rfkill1/name": "phy0\n", "rfkill1/soft": "1\n", "rfkill1/hard": "0\n",
	} {
		put(t, sys, "class/rfkill/"+name, text, false)
	}
	for _, c := range []struct {
		guest bool
		want  links.Radio
	}{{true, links.Radio{Kept: true}}, {false, links.Radio{}}} {
		if err := f.Allow(c.guest); err != nil {
			t.Fatal(err)
		}
		if got := f.Radio(); got != c.want {
			t.Errorf("Radio after Allow(%v) = %+v; want %+v", c.guest, got, c.want)
		}
	}
}

// The kernel of this machine lists its interfaces; their kind is read from a
// machine made of files.
func TestListOfThisMachine(t *testing.T) {
	all, err := links.Finder{}.List()
	if err != nil {
		t.Fatalf("List = %v; want the interfaces", err)
	}
	for _, i := range all {
		if i.Name == "lo" || len(i.MAC) != 6 {
			t.Errorf("List has %+v; want hardware only", i)
		}
	}
	if len(all) == 0 {
		return // a machine without a network card
	}
	name := all[0].Name
	for _, tt := range []struct {
		file, content string
		link          bool
		want          network.Kind
	}{
		{"device/driver", "../../../bus/pci/drivers/e1000e", true, network.Wired},
		{"device/driver", "../../../bus/usb/drivers/rndis_host", true, network.Tether},
		{"device/driver", "../../../bus/usb/drivers/ipheth", true, network.Tether},
		{"phy80211/name", "phy0", false, network.WiFi},
	} {
		sys := t.TempDir()
		put(t, sys, "class/net/"+name+"/device/x", "", false)
		put(t, sys, "class/net/"+name+"/"+tt.file, tt.content, tt.link)
		list, err := links.Finder{Sys: sys}.List()
		if err != nil || len(list) != 1 || list[0].Kind != tt.want {
			t.Errorf("%s: List = %+v, %v; want one, %s", tt.content, list, err, tt.want)
		}
	}
}

func TestMetric(t *testing.T) {
	order := []links.Interface{
		{Index: 2, Kind: network.Wired}, {Index: 3, Kind: network.Wired}, {Index: 400, Kind: network.Wired},
		{Index: 1, Kind: network.Tether}, {Index: 1, Kind: network.WiFi},
	}
	for i := 1; i < len(order); i++ {
		if a, b := links.Metric(order[i-1]), links.Metric(order[i]); a >= b {
			t.Errorf("Metric(%+v) = %d, Metric(%+v) = %d; want the first smaller", order[i-1], a, order[i], b)
		}
	}
}

func TestWriteResolver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	servers := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("10.0.0.4")}
	if err := links.WriteResolver(file, servers); err != nil {
		t.Fatal(err)
	}
	want := "# written by Mallette's network program\nnameserver 10.0.0.1\nnameserver 9.9.9.9\nnameserver 10.0.0.3\n"
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("file = %q, %v; want %q", got, err, want)
	}
}
