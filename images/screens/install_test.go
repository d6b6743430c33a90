package screens_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/install"
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

// withDisks is a station that was started from a stick.
func withDisks(d disks) piece {
	return func(h *house) {
		run := h.station.RunDir()
		h.must(os.MkdirAll(run, 0o700))
		ln, err := net.Listen("unix", filepath.Join(run, install.SocketName))
		h.must(err)
		h.plays(func(ctx context.Context) error { return install.Serve(ctx, ln, d, slog.New(slog.DiscardHandler)) })
	}
}

func newDisks() disks { return disks{make(chan struct{}), make(chan struct{})} }

// installs puts a live stick on a disk: the list, the disk's name typed wrong
// and right, and what comes after.
func (w *walk) installs() {
	w.t.Helper()
	w.comes()
	w.follow("Installer sur cet ordinateur")
	w.see("Windows (chiffré)")
	w.picture("installer")
	w.follow("Choisir le disque nvme0n1")
	w.see("ne démarrera plus rien")
	w.picture("installer-demande")
	w.write("Pour confirmer, tapez le nom du disque", "sda")
	w.leave(kb.Enter)
	w.see("n’est pas celui du disque")
	w.write("Pour confirmer, tapez le nom du disque", "nvme0n1")
	w.leave(kb.Enter)
	<-w.disks.begun
	w.follow("Figer cette page")
	w.see("40 %")
	w.picture("installer-suivi")
	close(w.disks.end)
	w.follow("Où en est-on")
	w.await("Retirez la clé")
	w.picture("installer-fait")
	w.leaves()
}
