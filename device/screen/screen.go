// Package screen is what launcher and display say to each other. Launcher knows
// when a person has finished and what she asked for; display knows how to make
// a world for her and end it. They meet on a unix socket of the run directory
// that launcher serves: [Host] is launcher's end, [Dial] display's.
//
//	display → launcher   starting, with the listener of the pages · up · ended · touched · failed
//	launcher → display   kiosk · help · drawn · ask · stick · dark
//
// Either may start first, or die and come back: display says again what runs,
// and launcher asks again for what should. Nothing here says anything about a
// person.
package screen

import "path/filepath"

// SocketName is the socket's name in the run directory.
const SocketName = "screen.sock"

// Socket is the socket's place.
func Socket(run string) string { return filepath.Join(run, SocketName) }

// World is a kind of session: what a person can reach in it.
type World string

// The worlds there are.
const (
	Kiosk World = "kiosk" // the station's own pages and nothing else
	Help  World = "help"  // the open web, for one person
)

// Known reports whether w is one of the worlds.
func (w World) Known() bool { return w == Kiosk || w == Help }

// Want is what launcher asks of display.
type Want string

// What can be asked for.
const (
	WantKiosk Want = "kiosk" // end whatever runs and make a fresh kiosk
	WantHelp  Want = "help"  // end whatever runs and open the web
	WantDrawn Want = "drawn" // said, not asked: the page of Session is on the screen
	WantAsk   Want = "ask"   // show the page that asks whether somebody is there
	WantStick Want = "stick" // open a memory stick, or with Off let it go
	WantDark  Want = "dark"  // turn the screen off, or with Off on again
)

// Order is one thing asked of display.
type Order struct {
	Want    Want `json:"want"`
	Session int  `json:"session,omitempty"`
	Off     bool `json:"off,omitempty"`
	// Page is a first page of the help world besides the station's own: that of
	// a network that wants to be answered. Only http and https.
	Page string `json:"page,omitempty"`
	// Proxy is the place's web proxy, HOST:PORT, by which the help world goes.
	Proxy string `json:"proxy,omitempty"`
}

// State is what display reports.
type State string

// What can be reported.
const (
	Starting State = "starting" // a session; the listener of its pages comes along
	Up       State = "up"       // its browser runs
	Ended    State = "ended"    // a session, and nothing of it is left
	Touched  State = "touched"  // keys or pointer moved
	Stick    State = "stick"    // the stick is open, or Problem says why not
	Failed   State = "failed"   // there is no session, and Problem says why
)

// Problem is why display cannot do what it should. The list is closed: people
// read a sentence that is chosen by it.
type Problem string

// The problems there are.
const (
	None           Problem = ""
	NoScreen       Problem = "screen_missing"    // nothing to draw on
	NoFirmware     Problem = "graphics_firmware" // a screen without the driver that draws
	NoUserland     Problem = "userland_missing"
	BadUserland    Problem = "userland_corrupt"
	LittleMemory   Problem = "memory_small"
	BrowserCrashes Problem = "browser_crashes"
	NotDrawn       Problem = "page_not_drawn"
	Broken         Problem = "display_broken"

	StickMissing Problem = "stick_missing" // none is plugged in
	StickUnread  Problem = "stick_unread"  // nothing on it that can be read
)

// Report is what display says. Session numbers grow within one life of display.
type Report struct {
	State   State   `json:"state"`
	World   World   `json:"world,omitempty"`
	Session int     `json:"session,omitempty"`
	Problem Problem `json:"problem,omitempty"`
}
