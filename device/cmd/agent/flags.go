package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/mallette-kit/mallette/device/clock"
)

// errAnswered says that the command line asked a question and has its answer.
var errAnswered = errors.New("answered")

// flags are the command line. They are read with the standard library: the
// parser of the other programs calls methods by name, which makes the linker
// keep every method of every type, 2.6 MB of an agent that should stay below
// 16 MB.
type flags struct {
	Data     string
	Run      string
	Server   string
	Stick    string
	Clock    clock.Mode
	SetClock bool
	NTP      []string
	Metrics  string
	Pages    string
	Slot     string
	Release  string
}

// parse reads args over the environment over the defaults. Asked for help or
// the version it answers on out and returns errAnswered.
func parse(args []string, env func(string) (string, bool), out io.Writer) (flags, error) {
	var f flags
	var mode, servers string
	var asked bool
	set := flag.NewFlagSet("agent", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() { usage(set) }
	text := func(to *string, name, variable, value, help string) {
		if v, ok := env(variable); ok {
			value = v
		}
		set.StringVar(to, name, value, help+" ($"+variable+")")
	}
	text(&f.Data, "data", "MALLETTE_STATION_DATA", "/perm/kit", "data `DIR` of the station")
	text(&f.Run, "run", "MALLETTE_STATION_RUN", "/run/mallette", "run `DIR`, shared by the programs of the station")
	text(&f.Server, "server", "MALLETTE_STATION_SERVER", "", "reach the fleet at `HOST:PORT` instead of where the station was enrolled")
	text(&f.Stick, "stick", "MALLETTE_STATION_STICK", "", "`DIR` where a stick may appear with a copy of the fleet's release/public, for stations without a network")
	text(&mode, "clock", "MALLETTE_STATION_CLOCK", string(clock.ModeSystem), "what the host's clock is worth: system or unset")
	text(&servers, "ntp", "MALLETTE_STATION_NTP", "", "ask these time servers, `HOST,HOST`; none: the fleet's time is enough")
	text(&f.Metrics, "metrics", "MALLETTE_STATION_METRICS", "", "serve Prometheus metrics on this loopback `ADDRESS`; port 0 takes a free one, told in agent.json; empty: none")
	text(&f.Pages, "pages", "MALLETTE_KIOSK_LISTEN", "127.0.0.1:8080", "loopback `ADDRESS` of the launcher's pages: on an appliance they must answer before the slot is marked good")
	text(&f.Slot, "slot", "MALLETTE_STATION_SLOT", "host", "slot that was started: a, b, or host off the appliance; on one, what the first program says counts")
	text(&f.Release, "release", "MALLETTE_STATION_RELEASE", version, "`NAME` of the release that runs")
	set.BoolVar(&f.SetClock, "set-clock", false, "set the host's clock too; only on an appliance, which owns its host")
	set.BoolVar(&asked, "version", false, "print the version and leave")
	err := set.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return flags{}, errAnswered
	}
	if err != nil {
		return flags{}, fmt.Errorf("read flags: %w", err)
	}
	if asked {
		fmt.Fprintln(out, version)
		return flags{}, errAnswered
	}
	f.Clock, f.NTP = clock.Mode(mode), strings.FieldsFunc(servers, func(r rune) bool { return r == ',' })
	return f, f.check(set.Args())
}

func usage(set *flag.FlagSet) {
	fmt.Fprint(set.Output(), "Connects a Mallette station to its fleet.\n\nUsage: agent [flags]\n\n")
	set.PrintDefaults()
}

func (f flags) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return errors.New("read flags: no argument is expected")
	case f.Clock != clock.ModeSystem && f.Clock != clock.ModeUnset:
		return errors.New("read flags: --clock is system or unset")
	case f.Slot != "a" && f.Slot != "b" && f.Slot != "host":
		return errors.New("read flags: --slot is a, b or host")
	}
	return nil
}
