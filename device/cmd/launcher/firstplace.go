package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// firstPlace is where whoever prepared the disk said that the station is used
// first. It is proposed until a day was opened here, wherever that was.
type firstPlace struct {
	data string // folder of the station's data

	mu   sync.Mutex
	said string
}

func openFirstPlace(data string) *firstPlace {
	return &firstPlace{data: data, said: strings.TrimSpace(readJoin(data).Place)}
}

// readJoin is what flashing told, nothing when that cannot be read.
func readJoin(data string) slot.Join {
	text, err := os.ReadFile(filepath.Join(data, slot.KitJoin))
	if err != nil {
		return slot.Join{}
	}
	j, err := slot.ParseJoin(text)
	if err != nil {
		return slot.Join{}
	}
	return j
}

// order puts the proposed place first. It was typed by hand: its number or its
// name will do, in capitals or not.
func (f *firstPlace) order(places []wire.Place) []wire.Place {
	f.mu.Lock()
	said := f.said
	f.mu.Unlock()
	i := slices.IndexFunc(places, func(p wire.Place) bool { return strings.EqualFold(p.ID, said) || strings.EqualFold(p.Name, said) })
	if said == "" || i <= 0 {
		return places
	}
	first := places[i]
	return slices.Insert(slices.Delete(slices.Clone(places), i, i+1), 0, first)
}

// settle forgets the proposal, on the disk too.
func (f *firstPlace) settle() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.said == "" {
		return nil
	}
	f.said = ""
	j := readJoin(f.data)
	j.Place = ""
	text, err := j.Encode()
	if err == nil {
		err = durable.Replace(filepath.Join(f.data, slot.KitJoin), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("forget first place: %w", err)
	}
	return nil
}
