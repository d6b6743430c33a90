package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Worker owns the disks.
type Worker interface {
	// Disks are those that could be installed on, with their problems.
	Disks() ([]Disk, error)
	// Install does all of it, and tells how far it is. It looks at the disk
	// again and fails with an [Error]; erased says whether the disk was begun.
	Install(ctx context.Context, d Disk, tell func(Phase, int64, int64)) (erased bool, err error)
}

// server holds the one installation of this start.
type server struct {
	worker Worker
	log    *slog.Logger
	ctx    context.Context // of the program: a page that is closed stops nothing
	work   sync.WaitGroup

	mu    sync.Mutex
	state State
}

// Serve answers on ln, which it closes, until ctx is done. An installation that
// is under way then is stopped, and waited for.
func Serve(ctx context.Context, ln net.Listener, w Worker, log *slog.Logger) error {
	s := &server{worker: w, log: log, ctx: ctx}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, s.now()) })
	mux.HandleFunc("GET /disks", s.disks)
	mux.HandleFunc("POST /install", s.begin)
	srv := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	err := srv.Serve(ln)
	s.work.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("serve installation: %w", err)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the page asks again
}

func (s *server) now() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *server) disks(w http.ResponseWriter, _ *http.Request) {
	disks, err := s.worker.Disks()
	if err != nil {
		s.log.Error("disks not listed", "err", err)
		reply(w, http.StatusInternalServerError, refusal{Unknown})
		return
	}
	reply(w, http.StatusOK, disks)
}

type refusal struct {
	Problem Problem `json:"problem"`
}

// maxOrder is longer than any order.
const maxOrder = 64 << 10

func (s *server) begin(w http.ResponseWriter, q *http.Request) {
	var o Order
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxOrder)).Decode(&o); err != nil {
		reply(w, http.StatusBadRequest, refusal{Unknown})
		return
	}
	if err := s.accept(o); err != nil {
		reply(w, http.StatusConflict, refusal{ProblemOf(err)})
		return
	}
	reply(w, http.StatusAccepted, s.now())
}

// accept starts the installation, unless the order is not for a disk that was
// shown and may be written.
func (s *server) accept(o Order) error {
	if o.Typed == "" || o.Typed != o.Disk.Name {
		return &Error{Problem: Untyped}
	}
	disks, err := s.worker.Disks()
	if err != nil {
		return err
	}
	shown, err := match(disks, o.Disk)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Running() {
		return &Error{Problem: Busy}
	}
	s.state = State{Phase: Erasing, Disk: shown}
	s.work.Go(func() { s.run(shown) })
	return nil
}

func match(disks []Disk, want Disk) (Disk, error) {
	for _, d := range disks {
		if d.Name != want.Name {
			continue
		}
		if d.Serial != want.Serial || d.Sequence != want.Sequence || d.Size != want.Size || d.Model != want.Model {
			return d, &Error{Problem: "swapped"}
		}
		if d.Problem != "" {
			return d, &Error{Problem: d.Problem}
		}
		return d, nil
	}
	return Disk{}, &Error{Problem: "missing"}
}

func (s *server) run(d Disk) {
	s.log.Info("installation begun", "disk", d.Name, "bytes", d.Size)
	erased, err := s.worker.Install(s.ctx, d, s.tell)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Erased = erased
	if err == nil {
		s.state.Phase, s.state.Erased = Done, true
		s.log.Info("installation done", "disk", d.Name)
		return
	}
	s.state.Phase, s.state.Problem = Failed, ProblemOf(err)
	if !errors.Is(err, context.Canceled) {
		s.log.Error("installation failed", "disk", d.Name, "problem", string(s.state.Problem), "err", err)
	}
}

func (s *server) tell(p Phase, done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Phase, s.state.Done, s.state.Total = p, done, total
}
