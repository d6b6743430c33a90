package hotplug

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// hands load at the same time: drivers spend their time waiting for devices.
const hands = 4

// Coldplug loads a driver for every device below devices, "/sys/devices" on a
// machine. It reads uevent rather than modalias files: some buses have no
// others. Devices that appear meanwhile are [Listen]'s.
func Coldplug(ctx context.Context, devices string, l Loader) (Tally, error) {
	aliases, n, err := survey(devices)
	if err != nil {
		return Tally{}, err
	}
	t := Tally{Devices: n, Aliases: len(aliases)}
	var loaded atomic.Int64
	work := make(chan string)
	var group sync.WaitGroup
	for range hands {
		group.Go(func() {
			for alias := range work {
				if l.Load(ctx, alias) == nil {
					loaded.Add(1)
				}
			}
		})
	}
	for _, alias := range aliases {
		if ctx.Err() != nil {
			break
		}
		work <- alias
	}
	close(work)
	group.Wait()
	t.Loaded = int(loaded.Load())
	return t, ctx.Err()
}

// survey lists the different aliases below dir in the order they are met, and
// counts the devices that have one. What vanishes meanwhile is no error.
func survey(dir string) (aliases []string, devices int, err error) {
	seen := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "uevent" {
			return ignoreGone(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil // a device may leave or refuse
		}
		if alias, ok := aliasOf(strings.Split(string(text), "\n")); ok {
			devices++
			if !seen[alias] {
				seen[alias] = true
				aliases = append(aliases, alias)
			}
		}
		return nil
	})
	return slices.Clip(aliases), devices, err
}

func ignoreGone(err error) error {
	if os.IsNotExist(err) || os.IsPermission(err) {
		return nil
	}
	return err
}
