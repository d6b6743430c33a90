package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// recordFile is in the machine's folder.
const recordFile = "state.json"

// record is how far the station is with one attempt at one release. It is
// replaced whole with each step, before the step has an effect on the disk.
type record struct {
	V       int           `json:"v"` // 1
	Release string        `json:"release"`
	Go      string        `json:"go,omitempty"`
	Step    wire.BaseStep `json:"step"`
	Reason  wire.Reason   `json:"reason,omitempty"`
	Since   time.Time     `json:"since,omitzero"`
	Slot    slot.ID       `json:"slot,omitempty"` // that the release was written to

	Haul    string `json:"haul,omitempty"` // the file that Done is about
	Done    int64  `json:"done,omitempty"` // bytes of it on the disk for good
	Total   int64  `json:"total,omitempty"`
	Traffic int64  `json:"traffic,omitempty"`

	Spoiled int      `json:"spoiled,omitempty"` // times that what was brought was not what was signed
	Missing []string `json:"missing,omitempty"` // what its trial lacked when last heard
	Lines   []string `json:"lines,omitempty"`   // kinds of network that the release before had

	Left Attempt `json:"left,omitzero"` // kept from one attempt to the next, see end
}

// Attempt is a release that was tried, and on whose order.
type Attempt struct {
	Release string `json:"release"`
	Go      string `json:"go,omitempty"`
}

// readRecord returns what is known. A damaged file is none: the loader's memory
// says what may be started, whatever is in it.
func readRecord(dir string) (record, error) {
	var r record
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return record{Step: wire.BaseIdle}, nil
	}
	if err == nil && (json.Unmarshal(text, &r) != nil || r.V != 1 || !known(r.Step)) {
		err = errors.New("not a record of an update")
	}
	if err != nil {
		return record{Step: wire.BaseIdle}, fmt.Errorf("read update's record: %w", err)
	}
	return r, nil
}

func known(s wire.BaseStep) bool {
	return slices.Contains([]wire.BaseStep{wire.BaseIdle, wire.BaseChecking, wire.BaseFetching, wire.BaseReady, wire.BaseHealthy, wire.BaseFailed}, s)
}

func (r record) write(dir string) error {
	r.V = 1
	text, err := json.Marshal(r)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = durable.Replace(filepath.Join(dir, recordFile), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write update's record: %w", err)
	}
	return nil
}
