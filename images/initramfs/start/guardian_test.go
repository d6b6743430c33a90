package start_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/images/initramfs/start"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// machine is a started station as a guardian sees it: /dev, a screen and time.
type machine struct {
	guardian  start.Guardian
	dev       string
	screen    bytes.Buffer
	restarted bool
	since     time.Duration // of the kernel, when the guardian began
}

func trial(t *testing.T, env slot.Env) *machine {
	t.Helper()
	image := slottest.ESP(t)
	slottest.Change(t, image, env)
	m := &machine{dev: filepath.Dir(image)}
	dev, err := os.OpenRoot(m.dev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	text, err := slot.Boot{Slot: slot.B, Trial: 1}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.dev, filepath.Base(slot.BootPath)), text, 0o600); err != nil {
		t.Fatal(err)
	}
	m.guardian = start.Guardian{Watch: start.Watch{Slot: slot.B, Trial: true, Boot: filepath.Base(image)}, Dev: dev,
		Log: slog.New(slog.DiscardHandler), Console: start.NewConsole(&m.screen)}
	return m
}

func (m *machine) card(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(m.dev, "dri", "card0"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// run lets the guardian watch for at most that long, in simulated time.
func (m *machine) run(t *testing.T, most time.Duration) (lived time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), most)
		defer cancel()
		began := time.Now()
		m.guardian.Uptime = func() time.Duration { return m.since + time.Since(began) }
		m.guardian.Restart = func() { m.restarted = true; cancel() }
		err = m.guardian.Run(ctx)
		lived = time.Since(began)
	})
	return lived, err
}

func (m *machine) env(t *testing.T) slot.Env {
	t.Helper()
	return slottest.Env(t, filepath.Join(m.dev, m.guardian.Boot))
}

func TestTrialIsGivenUpAtItsDeadline(t *testing.T) {
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	m := trial(t, started)
	m.card(t)
	lived, _ := m.run(t, time.Hour)
	if !m.restarted || lived < start.TrialTime || lived > start.TrialTime+5*time.Second {
		t.Errorf("restarted %v after %v; want a restart after %v", m.restarted, lived, start.TrialTime)
	}
	if c, _ := m.env(t).Choose(); c.Slot != slot.A || m.env(t).B.Failed != slot.ProblemDeadline {
		t.Errorf("next start = %+v, env %+v; want a, and the reason recorded", c, m.env(t))
	}
	if !strings.Contains(m.screen.String(), "La version précédente va revenir.") {
		t.Errorf("screen = %q; want what happens", m.screen.String())
	}
}

func TestDeadlineOfARelease(t *testing.T) {
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	m := trial(t, started)
	m.card(t)
	m.guardian.Deadline = 20 * time.Minute
	if lived, _ := m.run(t, time.Hour); !m.restarted || lived < 20*time.Minute {
		t.Errorf("restarted %v after %v; want a restart after twenty minutes", m.restarted, lived)
	}
}

// TestLongCheckOfPermIsNoFault: the programs have time to become healthy after a
// check that took longer than the whole deadline.
func TestLongCheckOfPermIsNoFault(t *testing.T) {
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	m := trial(t, started)
	m.card(t)
	m.since = 8 * time.Minute
	if lived, _ := m.run(t, time.Hour); !m.restarted || lived < start.TrialTime/3*2 || lived > start.TrialTime {
		t.Errorf("restarted %v after %v; want %v for the programs", m.restarted, lived, start.TrialTime/3*2)
	}
}

func TestGoodTrialIsLeftAlone(t *testing.T) {
	m := trial(t, slot.NewEnv().Arm(slot.B).MarkGood(slot.B))
	m.card(t)
	lived, err := m.run(t, time.Hour)
	if m.restarted || err != nil || lived > time.Minute {
		t.Errorf("Run = %v, restarted %v after %v; want an early, quiet end", err, m.restarted, lived)
	}
}

func TestNoGraphicsCard(t *testing.T) {
	m := trial(t, slot.NewEnv())
	m.guardian.Trial = false
	if lived, err := m.run(t, time.Hour); err != nil || m.restarted || lived < time.Minute {
		t.Errorf("Run = %v after %v, restarted %v; want a minute's patience and no restart", err, lived, m.restarted)
	}
	boot, err := slot.ReadBoot(filepath.Join(m.dev, filepath.Base(slot.BootPath)))
	if err != nil || !slices.Contains(boot.Problems, slot.ProblemDisplay) {
		t.Errorf("ReadBoot = %+v, %v; want the display among its problems", boot, err)
	}
	if !strings.Contains(m.screen.String(), "carte graphique") {
		t.Errorf("screen = %q; want what is missing", m.screen.String())
	}
}

func TestGuardianEnds(t *testing.T) {
	_, started := slot.NewEnv().Arm(slot.B).Choose()
	m := trial(t, started)
	if _, err := m.run(t, time.Second); !errors.Is(err, context.DeadlineExceeded) || m.restarted {
		t.Errorf("Run = %v, restarted %v; want deadline exceeded and no restart", err, m.restarted)
	}
}

// TestFirstStartEnds: gokrazy's init has found the disk by the identifier that
// the loader passed on; after a minute the disk gets its own.
func TestFirstStartEnds(t *testing.T) {
	image, _ := tables(t)
	m := trial(t, slot.NewEnv())
	m.card(t)
	m.guardian.Trial, m.guardian.Rename = false, "sda"
	f, err := os.Create(filepath.Join(m.dev, "sda"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	kept := image.Renew().WithESP(slot.ImageGUID(slot.PartitionESP))
	if err := errors.Join(f.Truncate(sectors*slot.SectorSize), kept.Write(f)); err != nil {
		t.Fatal(err)
	}
	if lived, err := m.run(t, time.Hour); err != nil || lived < time.Minute {
		t.Errorf("Run = %v after %v; want a minute's patience", err, lived)
	}
	got, found, err := slot.ReadTable(f, sectors)
	if err != nil || !found.Whole() || got.FromImage() || got.Disk != kept.Disk {
		t.Errorf("ReadTable = %+v, %+v, %v; want its own identifiers", got, found, err)
	}
}
