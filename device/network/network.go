// Package network is how a station's network stands, in words that programs
// share: which lines there are, whether the way out works, and if not, why.
//
// device/cmd/network keeps the network and serves it on <run>/network.sock;
// the launcher asks there for a mediator who chooses a Wi-Fi ([Client]). What
// every program may know, that there is a way out or why there is none, is in
// <run>/network.json ([Read]); it names no Wi-Fi and holds no address.
//
// Its folders are the steps: links (interfaces, addresses, routes), dhcp (a
// lease), wpa (the Wi-Fi program's control socket), places (Wi-Fi that was
// joined before), probe (does the way out work), timeserver (what time is it).
// device/docs/0003-what-the-network-knows.md tells what is kept and what is sent.
//
// The package itself never touches an interface, and no secret of a Wi-Fi is
// in any of its answers, errors or logs.
package network

import (
	"errors"
	"time"
)

// Kind is what an interface is connected by.
type Kind string

// The kinds of interface. A telephone that shares its network over USB is a
// [Tether]; it is kept like a cable, and used after one.
const (
	Wired  Kind = "wired"
	Tether Kind = "tether"
	WiFi   Kind = "wifi"
)

// Line is one interface.
type Line struct {
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	Carrier bool   `json:"carrier"` // a cable is plugged in, a Wi-Fi is joined
	Leased  bool   `json:"leased"`  // it has an address
}

// State is how the network stands.
type State struct {
	Online bool   `json:"online"`           // the way out works, as far as a station can tell
	Reason Reason `json:"reason,omitempty"` // why not; "" when it does
	Lines  []Line `json:"lines,omitempty"`
	// Portal is the address of a page that wants to be answered first; only
	// in answers on the socket.
	Portal string `json:"portal,omitempty"`
	// Joined is the Wi-Fi in use; only in answers on the socket.
	Joined string `json:"joined,omitempty"`
	// Radio says that there is a Wi-Fi adapter.
	Radio bool `json:"radio"`
	// Changed is when Online last changed, in time since the machine started.
	Changed time.Duration `json:"changed_ns"`
}

// Security is how a Wi-Fi protects itself, as far as joining it goes.
type Security string

// The kinds of security. A station joins the first three.
const (
	Open       Security = "open"
	Secret     Security = "secret"     // WPA2 or WPA3 with one secret for all
	Encrypted  Security = "encrypted"  // WPA3 "enhanced open": no secret
	Enterprise Security = "enterprise" // asks for a person's account: not supported
	Outdated   Security = "outdated"   // WEP: not supported, protects nobody
)

// Place is a Wi-Fi that is heard or known.
type Place struct {
	Name     string   `json:"name"`
	Signal   int      `json:"signal"` // per cent; 0 when it is not heard
	Security Security `json:"security"`
	Known    bool     `json:"known"`  // joined before
	Joined   bool     `json:"joined"` // in use
}

// Supported reports whether a station can join it.
func (p Place) Supported() bool {
	return p.Security == Open || p.Security == Secret || p.Security == Encrypted
}

// NeedsSecret reports whether somebody has to type a secret to join it.
func (p Place) NeedsSecret() bool { return p.Security == Secret && !p.Known }

// What a question on the socket may fail with; test with errors.Is.
var (
	// ErrAway says that the network program does not answer.
	ErrAway = errors.New("network program does not answer")
	// ErrSecret says that the Wi-Fi did not accept the secret.
	ErrSecret = errors.New("wifi refused the secret")
	// ErrForm says that a secret or a name cannot be one of a Wi-Fi.
	ErrForm = errors.New("not a wifi secret or name")
	// ErrRange says that the Wi-Fi is not heard.
	ErrRange = errors.New("wifi is out of range")
	// ErrUnsupported says that the Wi-Fi asks for what a station does not do.
	ErrUnsupported = errors.New("kind of wifi not supported")
	// ErrNoRadio says that there is no Wi-Fi adapter that works.
	ErrNoRadio = errors.New("no wifi adapter")
	// ErrFull says that the place could not be remembered.
	ErrFull = errors.New("wifi not remembered")
	// ErrSlow says that the Wi-Fi answered nothing in time.
	ErrSlow = errors.New("wifi does not answer")
)

// names are the errors as they travel on the socket.
func names() map[string]error {
	return map[string]error{
		"secret": ErrSecret, "form": ErrForm, "range": ErrRange, "unsupported": ErrUnsupported,
		"radio": ErrNoRadio, "full": ErrFull, "slow": ErrSlow,
	}
}
