// Command network keeps a station's network: a cable first, then a telephone
// that shares its own over USB, then a Wi-Fi that was joined before.
//
//	network --data /perm/kit --run /run/mallette --wifi-root /run/mallette/userland
//
// It obtains addresses (DHCP), names servers for the resolver, drives
// wpa_supplicant, finds out whether the way out works or why it does not, and
// asks time servers. It answers the launcher on <run>/network.sock and tells
// the others in <run>/network.json; see device/network.
//
// Once its programs and files are found it gives up every right but three: to
// configure interfaces, to open raw sockets, to set the clock. It speaks to
// DHCP servers, to name and time servers that these give or the fleet wants, and
// to the fleet; to nobody else. On somebody else's machine (a live stick) it
// never writes the hardware clock. It never exits with 0, which a gokrazy
// supervisor would take for "stopped for good".
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/daemon"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// memory is what the garbage collector aims at.
const memory = 16 << 20

// flags are the command line.
type flags struct {
	Data      string           `help:"Data directory of the station." default:"/perm/kit" env:"MALLETTE_STATION_DATA"`
	Run       string           `help:"Run directory, shared by the programs of the station." default:"/run/mallette" env:"MALLETTE_STATION_RUN"`
	Server    string           `help:"The fleet's HOST:PORT, instead of the one that the station was enrolled with." env:"MALLETTE_STATION_SERVER"`
	Resolver  string           `help:"File of the resolver." default:"/tmp/resolv.conf" env:"MALLETTE_STATION_RESOLVER"`
	Interface []string         `help:"Use this interface too, though it is no hardware. Repeatable." placeholder:"NAME"`
	WiFiRoot  string           `name:"wifi-root" help:"Root of the system that has wpa_supplicant, or the folder where such systems are mounted; none: no Wi-Fi." env:"MALLETTE_STATION_WIFI_ROOT"`
	Driver    string           `help:"How wpa_supplicant drives radios." default:"nl80211,wext"`
	Country   string           `help:"Country whose radio rules apply." default:"FR" env:"MALLETTE_STATION_COUNTRY"`
	Page      string           `name:"probe" help:"Page that tells a captive portal; none: http:// and the fleet's name." env:"MALLETTE_STATION_PROBE"`
	NTP       []string         `name:"ntp" help:"Time servers to ask before those that the network names." env:"MALLETTE_STATION_NTP"`
	Clock     clock.Mode       `help:"What the host's clock is worth: system or unset." enum:"system,unset" default:"system" env:"MALLETTE_STATION_CLOCK"`
	SetClock  bool             `name:"set-clock" help:"Set the host's clock too; only on an appliance, which owns its host." env:"MALLETTE_STATION_SET_CLOCK"`
	RTC       string           `name:"rtc" help:"Hardware clock to set where the machine is the station's own." default:"/dev/rtc0"`
	Version   kong.VersionFlag `help:"Print the version and exit."`
}

var this = daemon.Program{Name: "network", About: "Keeps the network of a Mallette station."}

func main() {
	this.Main(run)
}

// run is the program: with the rights it was started with, then, after it has
// replaced itself, with the few that it needs.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var f flags
	logger, err := this.Parse(&f, version, args, out, log)
	if err != nil {
		return err
	}
	if os.Getenv(stageEnv) == "" && os.Geteuid() == 0 {
		return f.confine()
	}
	debug.SetMemoryLimit(memory)
	k, err := newKeeper(f, logger)
	if err != nil {
		return err
	}
	return k.run(ctx)
}
