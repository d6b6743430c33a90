package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/hardware/kmod"
)

// program is the daemon.
type program struct {
	flags
	log *slog.Logger
}

// Run follows devices and the kernel's log until ctx is done.
func (p program) Run(ctx context.Context) error {
	if err := os.MkdirAll(p.flags.Run, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.followFirmware(ctx) })
	g.Go(func() error { return p.followDevices(ctx) })
	return g.Wait()
}

// followFirmware tells what drivers miss. A log that cannot be read is no
// reason to load no driver.
func (p program) followFirmware(ctx context.Context) error {
	err := hotplug.FollowFirmware(ctx, p.Log, func(missing []string) {
		p.log.Warn("firmware missing", "files", missing)
		if err := hotplug.WriteMissed(p.flags.Run, missing); err != nil {
			p.log.Warn("missing firmware not told", "err", err)
		}
	})
	if ctx.Err() == nil {
		p.log.Warn("kernel log not followed", "err", err)
	}
	<-ctx.Done()
	return ctx.Err()
}

// followDevices loads drivers, where there are any to load.
func (p program) followDevices(ctx context.Context) error {
	mods, err := p.index()
	if errors.Is(err, fs.ErrNotExist) {
		p.log.Info("no modules on this machine")
		<-ctx.Done()
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	ears, err := hotplug.Open()
	if err != nil {
		return err
	}
	defer ears.Close()
	if err := p.beAsked(); err != nil {
		p.log.Error("kernel not told whom to ask for drivers", "err", err)
	}
	l := loader{mods, p.log}
	p.pass(ctx, l)
	return ears.Listen(ctx, l, func() { p.pass(ctx, l) })
}

func (p program) index() (*kmod.Modules, error) {
	dir, err := modulesDir(p.Modules)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	mods, err := kmod.Open(dir)
	if err == nil {
		p.log.Info("module index read", "ms", time.Since(began).Milliseconds())
	}
	return mods, err
}

// beAsked makes this program the kernel's helper.
func (p program) beAsked() error {
	if p.Modprobe == "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return os.WriteFile(p.Modprobe, []byte(self), 0o644)
}

// pass loads a driver for every device that is there.
func (p program) pass(ctx context.Context, l loader) {
	began := time.Now()
	t, err := hotplug.Coldplug(ctx, p.Devices, l)
	if err != nil {
		p.log.Warn("devices not all looked at", "err", err)
	}
	p.log.Info("devices looked at", "devices", t.Devices, "aliases", t.Aliases, "loaded", t.Loaded, "ms", time.Since(began).Milliseconds())
}

// loader logs what somebody should know: a driver that exists and was not
// loaded.
type loader struct {
	mods *kmod.Modules
	log  *slog.Logger
}

// Load implements [hotplug.Loader].
func (l loader) Load(ctx context.Context, what string) error {
	err := l.mods.Load(ctx, what)
	if err != nil && !errors.Is(err, kmod.ErrUnknown) && !errors.Is(err, kmod.ErrBlocked) && ctx.Err() == nil {
		l.log.Warn("driver not loaded", "alias", what, "err", err)
	}
	return err
}
