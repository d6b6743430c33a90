package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/network/places"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// takeJoin remembers the Wi-Fi that were given with the image, and takes them
// out of the file they came in: from then on they are kept sealed. The first of
// the list is preferred.
func (k *keeper) takeJoin() {
	path := filepath.Join(k.Data, slot.KitJoin)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	told, err := parseJoin(text, err)
	if err != nil {
		k.log.Warn("join file not read", "err", err)
		return
	}
	if len(told.WiFi) == 0 {
		return
	}
	for i := len(told.WiFi) - 1; i >= 0; i-- {
		w := told.WiFi[i]
		if err := k.book.Keep(places.Place{Name: w.Name, Secret: w.Secret}); err != nil {
			k.log.Error("wifi place not kept", "err", err)
			return
		}
	}
	k.log.Info("wifi places taken over", "n", len(told.WiFi))
	told.WiFi = nil
	if err := k.blank(path, told); err != nil {
		k.log.Error("join file not blanked", "err", err)
	}
}

func parseJoin(text []byte, err error) (slot.Join, error) {
	if err != nil {
		return slot.Join{}, err
	}
	return slot.ParseJoin(text)
}

// blank keeps what others still have to read of the file.
func (k *keeper) blank(path string, rest slot.Join) error {
	content, err := rest.Encode()
	if err != nil {
		return err
	}
	return durable.Replace(path, content, 0o600)
}
