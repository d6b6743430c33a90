package wire

import (
	"regexp"
	"strings"
	"time"
)

// Base is the release of the base system that a station should reach, and how
// it may get there.
type Base struct {
	Release string   `json:"release"`
	Windows []Window `json:"windows,omitempty"` // when the station may restart by itself to switch; none: at a power-on only
	Kbps    int      `json:"kbps,omitempty"`    // bound on what is fetched, kilobits a second; 0: none
	Metered bool     `json:"metered,omitempty"` // a connection that is paid by volume may be used
	Go      string   `json:"go,omitempty"`      // the attempt; another one lifts the penalty of a release that failed
}

// Window is a span of the week in the civil time of the station's place. One
// whose end is not after its beginning goes on into the next day.
type Window struct {
	Days []int  `json:"days,omitempty"` // of its beginning: 0 Sunday to 6 Saturday; none: every day
	From string `json:"from"`           // "22:00"
	To   string `json:"to"`             // "05:30"; the same as From: the whole day
}

// MaxWindows is more spans than a week of maintenance, or of opening hours, needs.
const MaxWindows = 21

var (
	releaseForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`)
	reasonForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}(:[a-z][a-z0-9_]{0,31})?$`)
)

// ValidRelease reports whether name can name a release: 1 to 64 letters,
// digits, '.', '_', '+' and '-', the first a letter or a digit.
func ValidRelease(name string) bool { return releaseForm.MatchString(name) }

func (b *Base) check() error {
	if b == nil {
		return nil
	}
	if !ValidRelease(b.Release) || b.Kbps < 0 || b.Go != "" && !validName(b.Go) {
		return malformed("base")
	}
	return checkWindows(b.Windows)
}

func checkWindows(list []Window) error {
	if len(list) > MaxWindows {
		return malformed("windows")
	}
	for _, w := range list {
		if err := w.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check returns an error that wraps [ErrMalformed] when a day or a time is
// none.
func (w Window) Check() error {
	_, okFrom := minuteOf(w.From)
	_, okTo := minuteOf(w.To)
	if !okFrom || !okTo || len(w.Days) > 7 {
		return malformed("window")
	}
	for _, d := range w.Days {
		if d < 0 || d > 6 {
			return malformed("window")
		}
	}
	return nil
}

// Holds reports whether local, a civil time of the place, lies in the window.
func (w Window) Holds(local time.Time) bool {
	from, _ := minuteOf(w.From)
	to, _ := minuteOf(w.To)
	now, today := local.Hour()*60+local.Minute(), int(local.Weekday())
	if from < to {
		return from <= now && now < to && w.on(today)
	}
	return now >= from && w.on(today) || now < to && w.on((today+6)%7)
}

func (w Window) on(day int) bool {
	for _, d := range w.Days {
		if d == day {
			return true
		}
	}
	return len(w.Days) == 0
}

// minuteOf reads "HH:MM" as minutes since midnight.
func minuteOf(text string) (int, bool) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// BaseState is how far a station is with its [Base].
type BaseState struct {
	Running string    `json:"running"`           // the release that runs
	Slot    string    `json:"slot"`              // it runs from: "a", "b", or "host" off the appliance
	Target  string    `json:"target,omitempty"`  // the release that State is about
	Go      string    `json:"go,omitempty"`      // the attempt that State is about
	State   BaseStep  `json:"state"`             // see the constants
	Reason  Reason    `json:"reason,omitempty"`  // why it failed, or waits
	Since   time.Time `json:"since,omitzero"`    // of State, as far as the station knows the time
	Done    int64     `json:"done,omitempty"`    // bytes of Total
	Total   int64     `json:"total,omitempty"`   // bytes of what State is doing
	Traffic int64     `json:"traffic,omitempty"` // bytes fetched for Target so far
}

// BaseStep is where a station is on its way to a release.
type BaseStep string

// The steps, in their order. Only the new slot says healthy, only the old one
// says failed.
const (
	BaseIdle     BaseStep = "idle"     // nothing is wanted but what runs
	BaseChecking BaseStep = "checking" // the release's description, the space
	BaseFetching BaseStep = "fetching"
	BaseReady    BaseStep = "ready" // written, verified and armed: waits for the switch
	BaseTrial    BaseStep = "trial" // runs, has not proved itself
	BaseHealthy  BaseStep = "healthy"
	BaseFailed   BaseStep = "failed" // see Reason; not tried again before its penalty is over
)

// Reason says why something is not as it should be, as a closed word that a
// person's sentence is chosen by. Some name what it is about after a colon
// ("unhealthy:display"). One that a reader does not know has a general sentence.
type Reason string

// The reasons of a [BaseState]. ReasonUnhealthy is followed by a colon and the
// name of what was missed.
const (
	ReasonSpace     Reason = "space"         // the disk has no room for it
	ReasonFetch     Reason = "fetch"         // it could not be brought
	ReasonMetered   Reason = "metered"       // the connection is paid by volume
	ReasonVerify    Reason = "verify"        // what was brought is not what was signed
	ReasonWrite     Reason = "write"         // the disk did not take it
	ReasonMetadata  Reason = "metadata"      // what the fleet signed could not be believed
	ReasonUnknown   Reason = "unknown"       // the fleet has signed no such release
	ReasonFormats   Reason = "formats"       // it cannot read what is on the disk
	ReasonHang      Reason = "panic_or_hang" // it never came so far as to say anything
	ReasonUnhealthy Reason = "unhealthy"     // it came up without something
	ReasonExhausted Reason = "exhausted"     // all tries were used up
	ReasonOld       Reason = "old"           // it is older than what may run
	ReasonLive      Reason = "live"          // the station runs from a stick
)

// Kind is the reason without what it is about.
func (r Reason) Kind() Reason {
	kind, _, _ := strings.Cut(string(r), ":")
	return Reason(kind)
}

// About is what the reason is about, or "".
func (r Reason) About() string {
	_, about, _ := strings.Cut(string(r), ":")
	return about
}

func (r Reason) valid() bool { return r == "" || reasonForm.MatchString(string(r)) }

func (s *BaseState) check() error {
	if s == nil {
		return nil
	}
	switch s.State {
	case BaseIdle, BaseChecking, BaseFetching, BaseReady, BaseTrial, BaseHealthy, BaseFailed:
	default:
		return malformed("base state")
	}
	if s.Target != "" && !ValidRelease(s.Target) || s.Go != "" && !validName(s.Go) || !s.Reason.valid() {
		return malformed("base state")
	}
	if s.Done < 0 || s.Total < 0 || s.Traffic < 0 || s.Done > s.Total {
		return malformed("base progress")
	}
	return short(s.Running, s.Slot)
}
