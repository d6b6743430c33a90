package screens_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/images/stage"
)

// disks are those of a computer that was started from a stick; nothing is
// written to them, the socket and the pages are real.
type disks struct{ begun, end chan struct{} }

func (d disks) Disks() ([]install.Disk, error) {
	return []install.Disk{
		{Name: "nvme0n1", Model: "Un disque au nom de modèle aussi long que quarante", Serial: "S3XNNX0K123456789012", Sequence: 4, Size: 512e9, Parts: []install.Part{
			{Format: "fat", Label: "SYSTEM", Size: 1e8}, {Format: "bitlocker", Owner: "windows", Size: 400e9}, {Format: "ext", Owner: "linux", Label: "racine", Size: 100e9}}},
		{Name: "sda", Size: 2e9, Problem: "small"},
	}, nil
}

func (d disks) Install(ctx context.Context, _ install.Disk, tell func(install.Phase, int64, int64)) (bool, error) {
	tell(install.Checking, 40, 100)
	close(d.begun)
	select {
	case <-d.end:
		return true, nil
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// openLive opens a house whose station was started from a stick.
func openLive(t *testing.T) (*house, disks) {
	t.Helper()
	dir := t.TempDir()
	run := filepath.Join(dir, "station", "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(run, install.SocketName))
	if err != nil {
		t.Fatal(err)
	}
	d := disks{make(chan struct{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- install.Serve(ctx, ln, d, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { cancel(); <-ended })
	return openHouseIn(t, dir), d
}

// TestInstallByKeyboard installs a live stick as a mediator does, without a
// mouse: the list, the disk's name typed wrong and right, and what comes after.
func TestInstallByKeyboard(t *testing.T) {
	h, d := openLive(t)
	b := openBrowser(t)
	b.visit(h.station.Kiosk() + "mediateur")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.visit(h.station.Kiosk() + "mediateur/installer")
	b.see("Windows (chiffré)")
	b.picture("installer")
	b.follow("Choisir le disque nvme0n1")
	b.see("ne démarrera plus rien")
	b.picture("installer-demande")
	b.write("Pour confirmer, tapez le nom du disque", "sda")
	b.leave(kb.Enter)
	b.see("n’est pas celui du disque")
	b.write("Pour confirmer, tapez le nom du disque", "nvme0n1")
	b.leave(kb.Enter)
	<-d.begun
	b.visit(h.station.Kiosk() + "mediateur/installer/suivi?calme=1")
	b.see("40 %")
	b.picture("installer-suivi")
	close(d.end)
	b.visit(h.station.Kiosk() + "mediateur/installer/suivi?calme=1")
	b.see("Retirez la clé")
	b.picture("installer-fait")
}

// TestInstallInEveryDisplay holds the list to the accessibility rules and the
// width of the screen in each display mode.
func TestInstallInEveryDisplay(t *testing.T) {
	h, _ := openLive(t)
	for _, d := range displays {
		t.Run(d.name, func(t *testing.T) {
			b := openBrowser(t)
			b.run("set the width", chromedp.EmulateViewport(d.width, 800))
			b.visit(h.station.Kiosk())
			b.follow("Commencer")
			b.choose(h, d)
			b.visit(h.station.Kiosk() + "mediateur")
			b.write("Code secret", stage.PIN)
			b.leave(kb.Enter)
			b.visit(h.station.Kiosk() + "mediateur/installer")
			b.fits(d)
			b.visit(h.station.Kiosk())
			b.follow(d.done)
		})
	}
}
