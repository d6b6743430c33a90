package outbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Reason says why a file was set aside.
type Reason string

// Damaged content, or a log begun under another identity.
const (
	ReasonDamaged  Reason = "damaged"
	ReasonIdentity Reason = "identity"
)

// Aside is a file that was set aside. Log is zero when it could not be read.
type Aside struct {
	Log    pass.LogID
	Path   string
	Reason Reason
	Uses   int // used passes carried over to the new log
}

// setAside renames the file and begins a new log, which takes over what can be
// read of the list of used passes, so that those passes stay used.
func (o *Outbox) setAside(ctx context.Context, why Reason) error {
	if o.db != nil {
		o.db.Close() // its content is already suspect
		o.db = nil
	}
	aside := Aside{Path: filepath.Join(filepath.Dir(o.path), "outbox-"+randomName()+".aside"), Reason: why}
	if err := moveAside(o.path, aside.Path); err != nil {
		return fmt.Errorf("set outbox aside: %w", err)
	}
	log, uses := readUses(ctx, aside.Path)
	aside.Log, aside.Uses = log, len(uses)
	if reason, err := o.openChecked(ctx); err != nil || reason != "" {
		return errors.Join(errors.New("begin new outbox"), err)
	}
	o.report.Aside = append(o.report.Aside, aside)
	return nil
}

func randomName() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// moveAside renames database and log together. The marker, an empty file
// named after the destination, lets [finishMoves] complete what a power cut
// interrupts: half a pair would read as an older, valid outbox.
func moveAside(from, to string) error {
	dir := filepath.Dir(from)
	marker := strings.TrimSuffix(to, ".aside") + ".moving"
	f, err := os.Create(marker)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), durable.SyncDir(dir)); err != nil {
		return err
	}
	return finishMoves(dir)
}

func finishMoves(dir string) error {
	markers, err := filepath.Glob(filepath.Join(dir, "outbox-*.moving"))
	if err != nil {
		return err
	}
	for _, marker := range markers {
		if err := finishMove(dir, marker); err != nil {
			return fmt.Errorf("finish setting aside: %w", err)
		}
	}
	return nil
}

func finishMove(dir, marker string) error {
	from, to := filepath.Join(dir, FileName), strings.TrimSuffix(marker, ".moving")+".aside"
	for _, part := range []string{"", "-wal"} {
		if err := renameNew(from+part, to+part); err != nil {
			return err
		}
	}
	if err := os.Remove(from + "-shm"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := durable.SyncDir(dir); err != nil {
		return err
	}
	return errors.Join(os.Remove(marker), durable.SyncDir(dir))
}

// renameNew renames unless it was done before.
func renameNew(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	err := os.Rename(from, to)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
