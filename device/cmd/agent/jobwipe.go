package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// wipeFile says that this station is to be wiped: what is left when the power
// is cut in the middle is wiped at the next start.
const wipeFile = "wipe.json"

// wiping is the content of wipeFile.
type wiping struct {
	Token string `json:"token,omitempty"` // to enrol again with
	Lost  bool   `json:"lost,omitempty"`  // somebody else may have the machine
}

// keeps are the files and folders of the data folder that are no secret of
// anybody and that a wiped station needs, to be let in again and to show pages.
// The places' Wi-Fi is among them: a station that loses it could not come back.
func (w wiping) keeps() []string {
	keep := []string{"clock", "userland", "update", wipeFile}
	if w.Lost {
		return append(keep, slot.KitLost)
	}
	return append(keep, "wifi")
}

// wipe waits until nobody is at work and the fleet has stored everything, signs
// that, and forgets it all once the fleet has the receipt.
func (a *agent) wipe(ctx context.Context, j wire.Job) (uplink.Done, error) {
	if !a.own() {
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonHosted}
	}
	for {
		busy := a.atWork()
		logs, stored, err := a.owed(ctx)
		if err != nil && ctx.Err() == nil {
			return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonDisk, Err: err}
		}
		if !busy && stored {
			return a.farewell(j, logs)
		}
		if sleep(ctx, workPoll) {
			continue
		}
		if busy {
			return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonBusy}
		}
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonRecords}
	}
}

// owed returns what each log holds, and whether the fleet has stored all of it.
func (a *agent) owed(ctx context.Context) (logs []wire.LogAck, stored bool, err error) {
	p, err := a.pending(ctx)
	if err != nil || p.Records+p.Counters+p.Open > 0 {
		return nil, false, err
	}
	current, aside, err := (&ledgers{outbox.Folder{Dir: a.Data}}).Open(ctx)
	all := aside
	if current != nil {
		all = append(all, current)
	}
	defer func() {
		for _, l := range all {
			l.Close()
		}
	}()
	for _, l := range all {
		ack, covered, err2 := covers(ctx, l, a.ack())
		if err2 != nil || !covered {
			return nil, false, errors.Join(err, err2)
		}
		logs = append(logs, ack)
	}
	return logs, err == nil, err
}

// covers reports whether an ack covers a log, and how far that is.
func covers(ctx context.Context, l uplink.Ledger, ack wire.Ack) (wire.LogAck, bool, error) {
	id, err := l.Log(ctx)
	if err != nil {
		return wire.LogAck{}, false, err
	}
	seq, rev, err := l.Head(ctx)
	acked := outbox.Acked(ack, id)
	return wire.LogAck{Log: id, Seq: seq, Rev: rev}, acked.Seq >= seq && acked.Rev >= rev, err
}

// farewell signs the receipt, and leaves word of the wipe before it is told.
func (a *agent) farewell(j wire.Job, logs []wire.LogAck) (uplink.Done, error) {
	me := a.me.Load()
	text, err := wire.Encode(&wire.Farewell{V: 1, Station: me.ID, Incarnation: me.Incarnation, Job: j.ID, Epoch: a.ack().Epoch, Logs: logs})
	if err != nil {
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonRecords, Err: err}
	}
	if err := a.leaveWord(wiping{Token: j.Token}); err != nil {
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonDisk, Err: err}
	}
	sig := ed25519.Sign(me.Ledger, append([]byte(wire.ReceiptDomain), text...))
	return uplink.Done{Receipt: &wire.Receipt{Text: string(text), Sig: sig}, After: func() {
		if err := a.finishWipe(); err != nil {
			a.log.Error("station not wiped", "err", err) // the next start goes on
		}
	}}, nil
}

func (a *agent) leaveWord(w wiping) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(a.Data, wipeFile), text, 0o600)
}

// finishWipe forgets what is to be forgotten, if anything is, and starts the
// machine again. It may be cut anywhere and begun again.
func (a *agent) finishWipe() error {
	word := filepath.Join(a.Data, wipeFile)
	text, err := os.ReadFile(word)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var w wiping
	if err != nil || json.Unmarshal(text, &w) != nil {
		return fmt.Errorf("read word of wipe: %w", errors.Join(err, os.Remove(word)))
	}
	if err := a.erase(w.keeps()); err != nil {
		return fmt.Errorf("wipe station: %w", err)
	}
	if err := a.leaves(w); err != nil {
		return fmt.Errorf("leave word after wipe: %w", err)
	}
	if err := errors.Join(os.Remove(word), durable.SyncDir(a.Data)); err != nil {
		return fmt.Errorf("end wipe: %w", err)
	}
	a.log.Warn("station wiped", "lost", w.Lost)
	if a.own() {
		a.reboot()
	}
	return nil
}

// leaves gives the wiped station what it begins again with: a token, or the word
// for whoever has found it.
func (a *agent) leaves(w wiping) error {
	if w.Lost {
		return durable.Replace(filepath.Join(a.Data, slot.KitLost), nil, 0o644)
	}
	if w.Token == "" {
		return nil
	}
	return durable.Replace(filepath.Join(a.Data, tokenFile), []byte(w.Token+"\n"), 0o600)
}

// erase removes everything in the data folder but what is kept: the identity
// last of all, so that a wipe that was cut is still this station's.
func (a *agent) erase(keep []string) error {
	entries, err := os.ReadDir(a.Data)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(x, y fs.DirEntry) int { return strings.Compare(last(x), last(y)) })
	for _, e := range entries {
		if slices.Contains(keep, e.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(a.Data, e.Name())); err != nil {
			return err
		}
	}
	return durable.SyncDir(a.Data)
}

func last(e fs.DirEntry) string {
	if e.Name() == enroll.IdentityDir {
		return "2"
	}
	return "1"
}
