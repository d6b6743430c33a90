package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// ReadSent returns the logs set aside of which the fleet, in its present epoch,
// has answered for everything that can be read, as the agent's file
// (uplink.json) says. A missing file is none.
func ReadSent(path string) (map[pass.LogID]bool, error) {
	var file struct {
		Ack      struct{ Epoch string } `json:"ack"`
		Finished map[pass.LogID]string  `json:"finished"`
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read logs sent: %w", err)
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, errors.New("read logs sent: not JSON")
	}
	sent := map[pass.LogID]bool{}
	for log, epoch := range file.Finished {
		sent[log] = epoch != "" && epoch == file.Ack.Epoch
	}
	return sent, nil
}

// PruneAside removes the files set aside that were in sent for [KeepAfterAck].
// A file nobody can read is kept for a technician. Call it now and then, and
// only when the clock is set.
func (o *Outbox) PruneAside(ctx context.Context, sent map[pass.LogID]bool, now time.Time) error {
	dir := filepath.Dir(o.path)
	files, err := Logs(dir)
	if err != nil {
		return fmt.Errorf("prune logs set aside: %w", err)
	}
	for _, f := range files {
		if !f.Aside {
			continue
		}
		if err := markSent(f.Path, sent[logOf(ctx, f.Path)], now); err != nil {
			return fmt.Errorf("prune logs set aside: %w", err)
		}
	}
	if err := removeMarked(dir, now.Add(-KeepAfterAck)); err != nil {
		return fmt.Errorf("prune logs set aside: %w", err)
	}
	return nil
}

// logOf is zero when nobody can tell.
func logOf(ctx context.Context, path string) pass.LogID {
	r, err := OpenReader(path)
	if err != nil {
		return pass.LogID{}
	}
	defer r.Close()
	log, _ := r.Log(ctx) // zero when unreadable
	return log
}

const sentMark = ".sent"

func markOf(aside string) string { return strings.TrimSuffix(aside, ".aside") + sentMark }

// markSent notes since when a file was sent, in a file beside it, and forgets
// it when the fleet was restored and gets the log again.
func markSent(aside string, sent bool, now time.Time) error {
	mark := markOf(aside)
	if !sent {
		if err := os.Remove(mark); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if at, ok := readMark(mark); ok && !at.After(now) {
		return nil
	}
	return durable.Replace(mark, []byte(now.UTC().Format(time.RFC3339)), 0o600)
}

func readMark(mark string) (time.Time, bool) {
	b, err := os.ReadFile(mark)
	if err != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, string(b))
	return at, err == nil
}

// removeMarked removes what was marked before a time. The mark goes last, so
// that what a power cut leaves is removed the next time.
func removeMarked(dir string, before time.Time) error {
	marks, err := filepath.Glob(filepath.Join(dir, "outbox-*"+sentMark))
	if err != nil {
		return err
	}
	for _, mark := range marks {
		if at, ok := readMark(mark); !ok || at.After(before) {
			continue
		}
		aside := strings.TrimSuffix(mark, sentMark) + ".aside"
		for _, path := range []string{aside, aside + "-wal", aside + "-shm", mark} {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return durable.SyncDir(dir)
}
