package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// The room's Wi-Fi, its secret of today and of tomorrow, and where the station's
// network program answers.
const (
	name    = "Salle des fêtes"
	secret  = "le chat dort ici"
	changed = "le chat est parti"
	runDir  = "/run/mallette"
)

// wifi is a day of a station with one radio in a room with another: joining with
// a wrong and the right secret, a Wi-Fi that goes and comes back, and one whose
// secret was changed.
func (w *witness) wifi(ctx context.Context) error {
	r, err := newRoom(w)
	if err != nil {
		return err
	}
	if err := r.open(ctx, secret); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := w.station(ctx); err != nil {
		return err
	}
	v := visitor{w, network.Client{Dir: runDir}}
	return errors.Join(v.arrives(ctx), v.stays(ctx, r), r.close())
}

// station starts the station's network program.
func (w *witness) station(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "/station/network", "--data", "/run/data", "--run", runDir, "--wifi-root", "/userland")
	cmd.Stdout, cmd.Stderr = w.console, w.console
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := os.MkdirAll(runDir, 0o700); err != nil {
		return err
	}
	return cmd.Start()
}

// visitor asks the network program what a mediator's screen asks.
type visitor struct {
	*witness
	network.Client
}

// arrives joins the room's Wi-Fi, at first by a wrong secret.
func (v visitor) arrives(ctx context.Context) error {
	if err := v.await(ctx, "a radio", func(s network.State) bool { return s.Radio && s.Reason == network.NoneKnown }); err != nil {
		return err
	}
	if err := v.hears(ctx); err != nil {
		return err
	}
	for _, typed := range []string{"un autre secret", secret} {
		v.say("joined by a secret of %d characters: %v", len(typed), v.Join(ctx, name, typed))
	}
	return v.await(ctx, "a joined Wi-Fi", func(s network.State) bool { return s.Joined == name })
}

// hears listens until the room is heard.
func (v visitor) hears(ctx context.Context) error {
	for ctx.Err() == nil {
		places, err := v.Places(ctx, true)
		if err != nil && !errors.Is(err, network.ErrNoRadio) {
			return err
		}
		for _, p := range places {
			if p.Name == name {
				v.say("heard at %d per cent, security %s", p.Signal, p.Security)
				return nil
			}
		}
	}
	return ctx.Err()
}

// stays is there when the Wi-Fi goes, comes back, and has another secret.
func (v visitor) stays(ctx context.Context, r *room) error {
	away := func(s network.State) bool { return s.Reason == network.OutOfRange }
	back := func(s network.State) bool { return s.Joined == name }
	refused := func(s network.State) bool { return s.Reason == network.WrongSecret }
	for _, step := range []struct {
		do   func() error
		what string
		is   func(network.State) bool
	}{
		{r.close, "a vanished Wi-Fi", away},
		{func() error { return r.open(ctx, secret) }, "the Wi-Fi back", back},
		{func() error { return errors.Join(r.close(), r.open(ctx, changed)) }, "a changed secret", refused},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if err := v.await(ctx, step.what, step.is); err != nil {
			return err
		}
	}
	return nil
}

// await says every change of the state until it is as wanted.
func (v visitor) await(ctx context.Context, what string, is func(network.State) bool) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	last := ""
	watch.Dir(waiting, runDir, watch.Files, time.Second, func() {
		s, err := v.State(ctx)
		if err != nil {
			return // it is starting
		}
		if now := fmt.Sprintf("joined %t, reason %q", s.Joined != "", s.Reason); now != last {
			v.say("%s", now)
			last = now
		}
		if is(s) {
			stop()
		}
	})
	if ctx.Err() != nil {
		return fmt.Errorf("await %s: %w", what, ctx.Err())
	}
	v.say("seen: %s", what)
	return nil
}

// settings is hostapd's file of a room's Wi-Fi.
func settings(of string) []byte {
	return []byte(strings.Join([]string{
		"interface=wlan1", "driver=nl80211", "ssid=" + name, "hw_mode=g", "channel=1", "auth_algs=1",
		"wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP", "wpa_passphrase=" + of, "",
	}, "\n"))
}
