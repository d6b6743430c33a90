package network

// Reason is why there is no way out. Pages have one sentence for each.
type Reason string

// The reasons, from the machine outwards.
const (
	NoAdapter   Reason = "no_adapter"        // nothing to connect with
	NoFirmware  Reason = "firmware_missing"  // the Wi-Fi adapter lacks a file of its maker
	SwitchedOff Reason = "switched_off"      // by a switch or a key of the machine
	NoProgram   Reason = "wifi_program"      // the Wi-Fi program does not run
	NoCable     Reason = "no_cable"          // and no Wi-Fi adapter
	NoneKnown   Reason = "wifi_unknown"      // no cable, and no Wi-Fi was ever joined
	WrongSecret Reason = "wrong_secret"      // the Wi-Fi's secret has changed
	OutOfRange  Reason = "out_of_range"      // no known Wi-Fi is heard
	Joining     Reason = "joining"           // wait a moment
	NoAddress   Reason = "dhcp_silent"       // connected, and nobody gives an address
	NoRoute     Reason = "no_route"          // an address, and no way beyond
	Portal      Reason = "portal"            // a page wants to be answered first
	NoNames     Reason = "dns_dead"          // names cannot be looked up
	NoFleet     Reason = "fleet_unreachable" // everything works as far as the fleet
	WrongClock  Reason = "clock_wrong"       // the date is not believable: nothing can be trusted
)

// Reasons lists them all.
func Reasons() []Reason {
	return []Reason{NoAdapter, NoFirmware, SwitchedOff, NoProgram, NoCable, NoneKnown, WrongSecret, OutOfRange,
		Joining, NoAddress, NoRoute, Portal, NoNames, NoFleet, WrongClock}
}

// Facts is what [Explain] decides on.
type Facts struct {
	Lines       []Line
	Firmware    bool // a file of an adapter's maker is missing
	Blocked     bool // the radio is switched off by a switch
	Known       int  // places joined before
	Heard       bool // one of them is heard
	Refused     bool // one of them refused its secret
	NoProgram   bool // there is an adapter, and its program does not run
	Joining     bool // not tried for long enough yet
	Waiting     bool // connected for a moment only: an address may still come
	Probe       Outcome
	ClockDenied bool // a time server said what cannot be
}

// Outcome is what trying the way out came to.
type Outcome string

// The outcomes of a probe.
const (
	Untried   Outcome = ""
	Works     Outcome = "works"
	AtPortal  Outcome = "portal"
	Unrouted  Outcome = "no_route"
	Nameless  Outcome = "no_names"
	Fleetless Outcome = "no_fleet"
)

// Explain says whether the way out works and, if not, why: the one thing that
// somebody can do something about.
func Explain(f Facts) (online bool, why Reason) {
	if leased(f.Lines) {
		return beyond(f)
	}
	if has(f.Lines, func(l Line) bool { return l.Carrier }) {
		return false, pick(f.Waiting, Joining, NoAddress)
	}
	if has(f.Lines, func(l Line) bool { return l.Kind == WiFi }) {
		return false, air(f)
	}
	switch {
	case f.Firmware:
		return false, NoFirmware
	case f.Blocked:
		return false, SwitchedOff
	case len(f.Lines) == 0:
		return false, NoAdapter
	}
	return false, NoCable
}

// beyond is what can be wrong behind an address.
func beyond(f Facts) (bool, Reason) {
	switch f.Probe {
	case AtPortal:
		return false, Portal
	case Unrouted:
		return false, NoRoute
	case Nameless:
		return false, NoNames
	case Fleetless:
		return false, NoFleet
	}
	if f.ClockDenied {
		return false, WrongClock
	}
	return f.Probe == Works, pick(f.Probe == Works, "", Joining)
}

// air is what can be wrong with a radio that has joined nothing.
func air(f Facts) Reason {
	switch {
	case f.Blocked:
		return SwitchedOff
	case f.Firmware:
		return NoFirmware
	case f.NoProgram:
		return NoProgram
	case f.Known == 0:
		return NoneKnown
	case f.Refused:
		return WrongSecret
	case f.Joining || f.Heard:
		return Joining
	}
	return OutOfRange
}

func leased(lines []Line) bool {
	return has(lines, func(l Line) bool { return l.Carrier && l.Leased })
}

func has(lines []Line, is func(Line) bool) bool {
	for _, l := range lines {
		if is(l) {
			return true
		}
	}
	return false
}

func pick(first bool, a, b Reason) Reason {
	if first {
		return a
	}
	return b
}
