package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

const (
	fewGigabytes = 1  // of free disk: somebody should be told
	lowBattery   = 30 // per cent: not enough for a workshop
	wornBattery  = 50 // per cent of its capacity lost
	tooHot       = 85 // degrees
)

// readiness gives mediator mode what it looks at and, where the station keeps
// its own network, the choice of one.
func (s *station) readiness(m *kiosk.Mediator) {
	m.Ready = s.ready
	if s.keepsNetwork() {
		m.Network = network.Client{Dir: s.p.flags.Run}
	}
}

// keepsNetwork reports whether this station has its network program: it is an
// appliance, or somebody started that program beside the launcher.
func (s *station) keepsNetwork() bool {
	if _, err := slot.ReadBoot(slot.BootPath); err == nil {
		return true
	}
	_, err := os.Stat(filepath.Join(s.p.flags.Run, network.SocketName))
	return err == nil
}

// ready looks at everything now.
func (s *station) ready(ctx context.Context) []kiosk.Check {
	root := os.DirFS("/")
	boot, _ := slot.ReadBoot(slot.BootPath) // the zero value off an appliance
	sample := board.Measure(root)
	list := []kiosk.Check{
		s.networkCheck(ctx), s.diskCheck(boot), batteryCheck(sample.Battery), s.readerCheck(), s.cameraCheck(), s.clockCheck(),
		displayCheck("/dev/dri", s.screens.host.Present()), machineCheck(board.Identify(root), sample, boot.Live),
	}
	if missing := hotplug.ReadMissed(s.p.flags.Run); len(missing) > 0 {
		list = append(list, kiosk.Check{Topic: kiosk.CheckFirmware, Say: "missing", X: strings.Join(missing, ", ")})
	}
	return append(list, soundCheck("/dev/snd"))
}

func (s *station) networkCheck(ctx context.Context) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckNetwork, Good: true, Say: "good"}
	if !s.keepsNetwork() {
		c.Say = "hosted"
		return c
	}
	st, err := network.Client{Dir: s.p.flags.Run}.State(ctx)
	switch {
	case err != nil:
		c.Good, c.Say = false, string(network.Joining)
	case !st.Online:
		c.Good, c.Say = false, string(st.Reason)
	}
	return c
}

// diskCheck tells the gravest thing first.
func (s *station) diskCheck(boot slot.Boot) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckDisk}
	for _, p := range []struct {
		problem slot.Problem
		say     string
	}{{slot.ProblemPermMemory, "memory"}, {slot.ProblemPermReadOnly, "readonly"}, {slot.ProblemPermAside, "aside"}, {slot.ProblemPermRepaired, "repaired"}} {
		if has(boot.Problems, p.problem) {
			c.Say = p.say
			return c
		}
	}
	c.N = gigabytes(s.p.Data)
	c.Good, c.Say = c.N >= fewGigabytes && !s.full(), "good"
	if !c.Good {
		c.Say = "low"
	}
	return c
}

func has(list []slot.Problem, p slot.Problem) bool {
	for _, q := range list {
		if p == q {
			return true
		}
	}
	return false
}

// gigabytes is the free space of a folder's disk, rounded down.
func gigabytes(dir string) int {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0
	}
	return int(disk.Bavail * uint64(disk.Bsize) / 1e9)
}

// batteryCheck tells an old battery before an empty one: plugging in helps with
// both.
func batteryCheck(b *board.Battery) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckBattery, Good: true, Say: "none"}
	switch {
	case b == nil:
	case b.Wear >= wornBattery:
		c.Good, c.Say, c.N = false, "worn", b.Wear
	case b.OnBattery && b.Percent < lowBattery:
		c.Good, c.Say, c.N = false, "low", b.Percent
	default:
		c.Say, c.N = "good", b.Percent
	}
	return c
}

// openReaders is what the passreader said to be open.
func (s *station) openReaders(kind string) string {
	var file struct {
		Readers []string `json:"readers"`
	}
	text, err := os.ReadFile(filepath.Join(s.p.flags.Run, readersFile))
	if err != nil || json.Unmarshal(text, &file) != nil {
		return ""
	}
	var list []string
	for _, name := range file.Readers {
		if strings.HasPrefix(name, kind) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

func (s *station) readerCheck() kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckReader, X: s.openReaders("scanner")}
	camera := s.openReaders("camera")
	switch {
	case !s.takes():
		c.Good, c.Say = true, "unused"
	case !s.reader.connected.Load():
		c.Say = "silent"
	case c.X == "" && camera == "":
		c.Say = "none"
	case c.X == "":
		c.Good, c.Say, c.X = true, "good", camera
	default:
		c.Good, c.Say = true, "good"
	}
	return c
}

func (s *station) cameraCheck() kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckCamera, Good: true, Say: "none", X: s.openReaders("camera")}
	if c.X != "" {
		c.Say = "good"
	}
	return c
}

func (s *station) clockCheck() kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckClock, Good: true, Say: "good"}
	if _, quality := s.clock.Now(); quality == pass.ClockUnset {
		c.Good, c.Say = false, "unset"
	}
	return c
}

func machineCheck(b board.Board, sample board.Sample, live bool) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckMachine, Good: true, Say: "good", X: strings.TrimSpace(b.Vendor + " " + strings.TrimPrefix(b.Model, b.Vendor+" "))}
	switch {
	case sample.Undervoltage != nil && *sample.Undervoltage:
		c.Good, c.Say = false, "weak"
	case sample.Celsius != nil && *sample.Celsius >= tooHot:
		c.Good, c.Say, c.N = false, "hot", int(math.Round(*sample.Celsius))
	case live:
		c.Say = "live"
	case b.Kind == board.Other && b.Vendor == "":
		c.Say = "unknown"
	}
	return c
}

// displayCheck knows that a page is seen, because it is read. Where a display of
// ours draws it, the graphics chip may be missing.
func displayCheck(devices string, ours bool) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckDisplay, Good: true, Say: "good"}
	if chips, _ := filepath.Glob(filepath.Join(devices, "renderD*")); ours && len(chips) == 0 {
		c.Say = "slow"
	}
	return c
}

// soundCheck only knows whether there is something to hear with; a person says
// whether it is heard.
func soundCheck(devices string) kiosk.Check {
	c := kiosk.Check{Topic: kiosk.CheckSound, Good: true, Say: "card"}
	if found, _ := filepath.Glob(filepath.Join(devices, "pcmC*p")); len(found) == 0 {
		c.Good, c.Say = false, "none"
	}
	return c
}
