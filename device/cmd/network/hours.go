package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/network/timeserver"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// How often the time is asked for, with an answer and without.
const (
	hourGood = time.Hour
	hourBad  = 2 * time.Minute
)

// keepTime asks time servers after each change of the network and now and then.
// A machine with no line asks nobody.
func (k *keeper) keepTime(ctx context.Context) error {
	pause := hourBad
	for wait(ctx, pause/2+rand.N(pause/2), k.hour) {
		pause = hourBad
		servers := k.timeServers()
		if len(servers) == 0 {
			continue
		}
		if err := k.askTime(ctx, servers); err != nil {
			k.log.Info("time not set", "err", err)
			continue
		}
		pause = hourGood
	}
	return ctx.Err()
}

// timeServers are those that were configured, then those that DHCP named.
func (k *keeper) timeServers() []string {
	if len(k.held()) == 0 {
		return nil
	}
	servers := append([]string(nil), k.NTP...)
	_, clocks := k.servers()
	for _, c := range clocks {
		servers = append(servers, c.String())
	}
	return servers
}

// askTime asks, and sets the station's clock unless what it was told cannot be.
func (k *keeper) askTime(ctx context.Context, servers []string) error {
	now, err := timeserver.Ask(ctx, servers)
	if err != nil {
		return err
	}
	err = k.clock.Set(now, pass.ClockNTP)
	denied := errors.Is(err, clock.ErrPast) || errors.Is(err, clock.ErrFuture)
	k.mu.Lock()
	k.denied = denied
	k.mu.Unlock()
	k.tell()
	if err != nil {
		return fmt.Errorf("set clock: %w", err)
	}
	if k.SetClock && !k.live {
		return k.setHardware(now)
	}
	return nil
}

// setHardware sets the machine's own clock, so that it starts with the right
// day next time. A live stick leaves it as its owner set it.
func (k *keeper) setHardware(now time.Time) error {
	f, err := os.Open(k.RTC)
	if errors.Is(err, os.ErrNotExist) {
		return nil // many small machines have none
	}
	if err != nil {
		return fmt.Errorf("set hardware clock: %w", err)
	}
	defer f.Close()
	now = now.UTC()
	err = unix.IoctlSetRTCTime(int(f.Fd()), &unix.RTCTime{
		Sec: int32(now.Second()), Min: int32(now.Minute()), Hour: int32(now.Hour()),
		Mday: int32(now.Day()), Mon: int32(now.Month()) - 1, Year: int32(now.Year()) - 1900,
	})
	if err != nil {
		return fmt.Errorf("set hardware clock: %w", err)
	}
	return nil
}
