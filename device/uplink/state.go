package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// StateFile and DesiredFile are the uplink's files in the station's data
// folder. The launcher reads "ack" in the first and all of the second.
const (
	StateFile   = "uplink.json"
	DesiredFile = "desired.json"
)

// state is what must survive a power cut.
type state struct {
	Ack      wire.Ack              `json:"ack"`
	Session  uint64                `json:"session"` // none above this was ever used
	Way      Way                   `json:"way,omitempty"`
	Jobs     []doneJob             `json:"jobs,omitempty"`
	Finished map[pass.LogID]string `json:"finished,omitempty"` // logs set aside that were sent whole → epoch
	LastSync time.Time             `json:"last_sync,omitzero"`
	Waiting  time.Time             `json:"waiting,omitzero"`
}

// doneJob is an order this station has taken, so that it is never taken twice.
type doneJob struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// maxJobs is how many orders are remembered; their expiry covers the rest.
const maxJobs = 64

// store keeps state and desired state on the disk. One goroutine uses it.
type store struct {
	dir     string
	state   state
	desired wire.Desired
	session uint64 // last one used
}

// sessionStep is how many session numbers are taken from the disk at a time: a
// station without a network tries for months and should not wear its flash.
const sessionStep = 256

// openStore reads what there is. A damaged file is a file that is not there:
// the fleet's ack and its retained desired state bring both back.
func openStore(dir string, log *slog.Logger) (*store, error) {
	s := &store{dir: dir}
	if err := readJSON(filepath.Join(dir, StateFile), &s.state); err != nil {
		if !errors.Is(err, errDamaged) {
			return nil, fmt.Errorf("open uplink: %w", err)
		}
		log.Warn("uplink state damaged")
		s.state = state{}
	}
	var d wire.Desired
	err := readJSON(filepath.Join(dir, DesiredFile), &d)
	if err == nil && d.Check() == nil {
		s.desired = d
	}
	if err != nil && !errors.Is(err, errDamaged) {
		return nil, fmt.Errorf("open uplink: %w", err)
	}
	return s, nil
}

func (s *store) save() error {
	b, err := json.Marshal(s.state)
	if err != nil {
		return fmt.Errorf("encode uplink state: %w", err)
	}
	return durable.Replace(filepath.Join(s.dir, StateFile), b, 0o600)
}

// saveDesired stores the payload as it came, so that fields which only a newer
// release knows survive until it reads them.
func (s *store) saveDesired(payload []byte, d wire.Desired) error {
	if err := durable.Replace(filepath.Join(s.dir, DesiredFile), payload, 0o600); err != nil {
		return err
	}
	s.desired = d
	return nil
}

// nextSession returns a number above all before it, even when the file was
// lost with an earlier incarnation of the station, or with its disk.
func (s *store) nextSession(incarnation uint32, now time.Time, q pass.Quality) (uint64, error) {
	floor := uint64(incarnation) << 40
	if q != pass.ClockUnset && now.Unix() > 0 {
		floor += uint64(now.Unix())
	}
	if s.session == 0 {
		s.session = s.state.Session
	}
	s.session = max(s.session+1, floor)
	if s.session <= s.state.Session {
		return s.session, nil
	}
	s.state.Session = s.session + sessionStep
	return s.session, s.save()
}

var errDamaged = errors.New("damaged")

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return errDamaged
	}
	return nil
}
