package kiosk

import (
	"net/http"
	"strings"
	"time"
)

// Check is one thing that a station needs, looked at.
type Check struct {
	Topic CheckTopic
	Good  bool
	// Say is what there is to say: "ready.<topic>.<say>" in the locales. For
	// the network it is a [network.Reason], or "good".
	Say string
	N   int    // a number in the sentence: per cent, gigabytes
	X   string // a name in the sentence, of a file or a machine
}

// CheckTopic is what was looked at.
type CheckTopic string

// The topics, in the order they are shown.
const (
	CheckNetwork  CheckTopic = "network"
	CheckDisk     CheckTopic = "disk"
	CheckBattery  CheckTopic = "battery"
	CheckReader   CheckTopic = "reader"
	CheckCamera   CheckTopic = "camera"
	CheckClock    CheckTopic = "clock"
	CheckDisplay  CheckTopic = "display"
	CheckMachine  CheckTopic = "machine"
	CheckFirmware CheckTopic = "firmware"
	CheckSound    CheckTopic = "sound"
)

type readyPage struct {
	frame
	Inside bool
	Checks []Check
	Look   int    // how many want somebody
	Sound  string // "card" when there is something to hear it with, or "none"
	Heard  string // "oui", "non" or ""
	Can    bool   // the network can be chosen on this station
}

// readiness are the addresses of "Tout est prêt ?".
func (m *Mediator) readiness() map[string]Handler {
	return map[string]Handler{
		"GET /mediateur/pret":         m.ready,
		"POST /mediateur/pret/son":    m.heard,
		"GET /mediateur/pret/son.wav": m.tone,
	}
}

// ready looks at everything now. Sound is not something a machine can know: it
// plays, and asks.
func (m *Mediator) ready(w http.ResponseWriter, r *http.Request) error {
	_, inside := m.Door.Grant()
	p := readyPage{frame: m.frame(r, "ready"), Inside: inside, Can: m.Network != nil, Sound: "none", Heard: heardWord(r.URL.Query().Get("son"))}
	for _, c := range m.Ready(r.Context()) {
		if c.Topic == CheckSound {
			p.Sound = c.Say
			continue
		}
		if !c.Good {
			p.Look++
		}
		p.Checks = append(p.Checks, c)
	}
	if p.Heard == "non" || p.Sound == "none" {
		p.Look++
	}
	return m.Render(w, r, http.StatusOK, "network/ready", p)
}

func heardWord(text string) string {
	if text == "oui" || text == "non" {
		return text
	}
	return ""
}

// heard takes the answer, which is shown once and kept nowhere.
func (m *Mediator) heard(w http.ResponseWriter, r *http.Request) error {
	return SeeOther(w, r, "/mediateur/pret?son="+heardWord(r.PostForm.Get("entendu"))+"#son")
}

// tone is the sound, played by the browser: the way all sounds of lessons take.
func (m *Mediator) tone(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(toneWAV()))
	return nil
}
