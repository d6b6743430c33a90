// Command vm starts the PC image of build/images on a virtual machine, enrolled
// with a fleet server of its own, so that the whole system is seen at once: what
// `make vm` calls. Everything in it is invented and lives in build/vm.
//
// The kiosk opens in a window, or by VNC where there is no desktop; the addresses
// are printed. Ctrl-C stops all of it, and the next start goes on from there.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Where things are.
const (
	imageFile = "build/images/mallette-pc-amd64.img"
	homeDir   = "build/vm"
	diskSize  = 8 << 30
	door      = "10.0.2.100:8883" // where the guest's network leads to the fleet server
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "machine virtuelle :", sentence(err))
		os.Exit(1)
	}
}

// session is what runs.
type session struct {
	dir   string
	fleet *stage.Fleet
	disk  string
}

func run(ctx context.Context) error {
	dir, err := filepath.Abs(homeDir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(imageFile); err != nil {
		return errNoImage
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "fleetd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s := &session{dir: dir, disk: filepath.Join(dir, "disk.qcow2"), fleet: &stage.Fleet{Bin: filepath.Join("build", "bin"), Data: filepath.Join(dir, "fleet"),
		Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Address: door, Log: log}}
	defer s.stop()
	return s.run(ctx)
}

func (s *session) run(ctx context.Context) error {
	if err := s.openFleet(ctx); err != nil {
		return err
	}
	if err := s.makeDisk(ctx); err != nil {
		return err
	}
	vm, err := s.machine(ctx).Start(ctx)
	if err != nil {
		return err
	}
	defer vm.Close()
	s.welcome(ctx)
	go scan(ctx, vm, os.Stdin)
	return s.follow(ctx, vm)
}

// openFleet makes the server's data the first time, and starts it.
func (s *session) openFleet(ctx context.Context) error {
	if !s.fleet.Exists() {
		password, err := s.fleet.Init(ctx, stage.Tenant, "Démonstration")
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.passwordFile(), []byte(password+"\n"), 0o600); err != nil {
			return err
		}
	}
	if err := s.fleet.Start(ctx); err != nil {
		return err
	}
	_, err := stage.Seed(ctx, s.fleet.Admin(), s.now())
	return err
}

func (s *session) now() time.Time { return time.Now() }

func (s *session) passwordFile() string { return filepath.Join(s.dir, "console-password") }

// makeDisk flashes a disk for the machine the first time: its own identifiers,
// and a token in join.json.
func (s *session) makeDisk(ctx context.Context) error {
	if _, err := os.Stat(s.disk); err == nil {
		return nil
	}
	token, err := s.fleet.Admin().IssueToken(ctx, stage.DemoToken())
	if err != nil {
		return err
	}
	fresh := filepath.Join(s.dir, "fresh.qcow2")
	if err := errors.Join(keepImage(s.dir), boot.Overlay(ctx, filepath.Join(s.dir, "image.img"), fresh, diskSize)); err != nil {
		return err
	}
	if err := flash(ctx, fresh, slot.Join{Token: token, Place: stage.Library, Installed: true, Scanners: []string{boot.ScannerModel}}); err != nil {
		return err
	}
	return os.Rename(fresh, s.disk)
}

// keepImage gives the image a second name, so that the disk goes on from it when
// another one has been built.
func keepImage(dir string) error {
	name := filepath.Join(dir, "image.img")
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Link(imageFile, name)
}

func (s *session) machine(ctx context.Context) boot.Machine {
	return boot.Machine{Dir: s.dir, Memory: 2048, Accel: s.accelerator(ctx), Screen: screen(), Disks: []boot.Disk{{File: s.disk}},
		Nets: []boot.Net{{To: map[string]string{door: s.fleet.Listen}}}}
}

func (s *session) accelerator(ctx context.Context) string {
	dir, err := os.MkdirTemp("", "mallette-try-")
	if err != nil {
		return ""
	}
	defer os.RemoveAll(dir)
	return boot.Accelerator(ctx, dir)
}

// screen is a window where there is a desktop and QEMU can open one, else VNC.
func screen() string {
	if os.Getenv("DISPLAY")+os.Getenv("WAYLAND_DISPLAY") != "" {
		if _, err := exec.LookPath("qemu-system-x86_64"); err == nil {
			return "gtk"
		}
	}
	return "vnc=127.0.0.1:1"
}

// follow settles the station once it has joined, and waits for the end.
func (s *session) follow(ctx context.Context, vm *boot.VM) error {
	go func() {
		if _, err := stage.Settle(ctx, s.fleet.Admin()); err == nil {
			fmt.Println("  Le poste a rejoint le parc.")
		}
	}()
	select {
	case <-ctx.Done():
		return nil
	case <-vm.Off():
		return nil
	case <-s.fleet.Done():
		return errStopped
	}
}

func (s *session) stop() {
	if s.fleet.Program == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_ = s.fleet.Stop(ctx)
}
