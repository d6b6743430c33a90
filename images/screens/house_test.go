package screens_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/images/stage"
)

// house is a seeded fleet server and an enrolled station of its kit.
type house struct {
	t        *testing.T
	fleet    *stage.Fleet
	station  *stage.Station
	seeded   stage.Seeded
	password string // one-time password of the console
	said     *journal
}

// piece is something that a station has besides its programs. It is there
// before they start.
type piece func(*house)

// openHouse starts everything on free ports, in a folder that goes away.
func openHouse(t *testing.T, pieces ...piece) *house {
	t.Helper()
	dir, said := t.TempDir(), &journal{}
	h := &house{
		t: t, said: said,
		fleet:   &stage.Fleet{Bin: bin(t), Data: filepath.Join(dir, "fleet"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Log: said},
		station: &stage.Station{Bin: bin(t), Dir: filepath.Join(dir, "station"), Listen: "127.0.0.1:0", Log: func(string) io.Writer { return said }},
	}
	for _, p := range pieces {
		p(h)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	t.Cleanup(h.close)
	h.must(h.open(ctx))
	return h
}

// plays runs a program of the station that the test plays, and ends it after
// the house.
func (h *house) plays(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	h.t.Cleanup(func() { cancel(); <-ended })
}

func (h *house) open(ctx context.Context) error {
	opened, err := stage.Open(ctx, h.fleet, h.station, "Démonstration")
	if err != nil {
		return err
	}
	h.seeded, h.password = opened.Seeded, opened.Password
	return h.station.Launcher.Await(ctx, time.Minute, h.settled)
}

// settled fails until the station's pages show what the fleet decided.
func (h *house) settled(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.station.Kiosk(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err == nil && !bytes.Contains(page, []byte("Poste médiateur")) {
		err = errors.New("station does not know its role yet")
	}
	return err
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v\n%s", err, h.said.String())
	}
}

func (h *house) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = h.station.Stop(ctx)
	if h.fleet.Program != nil {
		_ = h.fleet.Stop(ctx)
	}
	if h.t.Failed() {
		h.t.Log(h.said.String())
	}
}

var printed = regexp.MustCompile(`\d{4} \d{4} \d{4} \d{2}`)

// numbers returns the digits printed on the passes of a carnet, in groups.
func (h *house) numbers(carnet int) []string {
	h.t.Helper()
	paper, err := h.fleet.Admin().Print(h.t.Context(), admin.Printing{
		Tenant: stage.Tenant, Issuer: h.seeded.Issuer, Batch: h.seeded.Batch, From: carnet, To: carnet, Format: admin.HTML,
	})
	h.must(err)
	found := printed.FindAllString(string(paper), -1)
	if len(found) == 0 {
		h.t.Fatal("no pass number on the printed carnet")
	}
	return found
}

// journal keeps what programs said. It is safe for concurrent use.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
