package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// told is what a command says, read while it runs.
type told struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	once  sync.Once
}

func (o *told) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.text.Write(p)
	if strings.Contains(o.text.String(), "fleet server ready") {
		o.once.Do(func() { close(o.ready) })
	}
	return n, err
}

func (o *told) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func fleetd(t *testing.T, ctx context.Context, args ...string) (int, string) {
	t.Helper()
	o := &told{ready: make(chan struct{})}
	code := run(ctx, args, o, o)
	return code, o.String()
}

// want runs a command and checks its exit status and one thing it says.
func want(t *testing.T, code int, text string, args ...string) {
	t.Helper()
	got, said := fleetd(t, t.Context(), args...)
	if got != code || !strings.Contains(said, text) {
		t.Errorf("fleetd %s = %d, %q; want %d, %q", strings.Join(args, " "), got, said, code, text)
	}
}

func newData(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	want(t, 0, "usage unique", "init", "--data", dir, "--tenant", "demo", "--name", "Démonstration")
	return dir
}

// local are the flags of a server on free ports.
func local(dir string) []string {
	return []string{"run", "--data", dir, "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0", "--metrics", "127.0.0.1:0"}
}

func TestInit(t *testing.T) {
	dir := newData(t)
	want(t, 1, "n'est pas vide", "init", "--data", dir, "--tenant", "demo", "--name", "x")
	want(t, 1, "vérifiez le nom", "init", "--data", t.TempDir(), "--tenant", "Démo", "--name", "x")
	volume := t.TempDir() // as a new volume is: mounted, with its lost+found
	for _, name := range []string{"lost+found", ".fleetd-new-1"} {
		if err := os.Mkdir(filepath.Join(volume, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	want(t, 0, "Répertoire créé", "init", "--data", volume, "--tenant", "demo", "--name", "x")
}

func TestRunRefuses(t *testing.T) {
	dir := newData(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want(t, 1, "volume n'est peut-être pas monté", local(t.TempDir())...)
	want(t, 1, "déjà prise", append(local(dir), "--listen", l.Addr().String())...)
	want(t, 1, "--console-cert", append(local(dir), "--console", "0.0.0.0:0")...)
	want(t, 1, "cette machine", append(local(dir), "--metrics", "0.0.0.0:0")...)
	want(t, 2, "unknown flag", append(local(dir), "--nonsense")...)
}

// serving runs a server until stop is called.
func serving(t *testing.T, dir string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	o, code := &told{ready: make(chan struct{})}, make(chan int, 1)
	go func() { code <- run(ctx, local(dir), o, o) }()
	select {
	case <-o.ready:
	case c := <-code:
		t.Fatalf("fleetd run = %d, %s", c, o)
	}
	return func() {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("fleetd run = %d after its end was asked for; want 0: %s", c, o)
		}
	}
}

func TestABackupOfARunningServer(t *testing.T) {
	dir := newData(t)
	stop := serving(t, dir)
	want(t, 1, "un autre fleetd", local(dir)...)
	file := filepath.Join(t.TempDir(), "backup")
	want(t, 0, "Sauvegarde écrite", "backup", "--data", dir, file)
	want(t, 1, "existe déjà", "backup", "--data", dir, file)
	stop()

	again := filepath.Join(t.TempDir(), "again")
	want(t, 0, "recréé", "restore", "--data", again, file)
	want(t, 1, "n'est pas vide", "restore", "--data", again, file)
	want(t, 1, "n'est pas une sauvegarde", "restore", "--data", t.TempDir(), filepath.Join(dir, "fleet.db"))
	if a, b := epoch(t, dir), epoch(t, again); a == b {
		t.Errorf("epoch after restore = %s; want another", b)
	}
	serving(t, again)()
}

func epoch(t *testing.T, dir string) string {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Epoch()
}

// A server that was killed with stations connected does not call them
// connected when it comes back.
func TestNobodyIsConnectedAtTheStart(t *testing.T) {
	dir := newData(t)
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	const id = wire.Station("saaaaaaaaaaaaaaaa")
	err = s.Enrolment().Admit(t.Context(), admission(t, s, id))
	if err == nil {
		err = s.SetOnline(t.Context(), "demo", id, wire.State{Online: true, Session: 4}, time.Now())
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	serving(t, dir)()
	if s, err = store.Open(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if st, err := s.Station(t.Context(), "demo", id); err != nil || st.Online {
		t.Errorf("Station = online %t, %v; want false", st.Online, err)
	}
}

func admission(t *testing.T, s *store.Store, id wire.Station) enroll.Admission {
	t.Helper()
	until := time.Now().Add(time.Hour)
	token := enroll.Token{Tenant: "demo", Kit: "kit-1", Expires: until, Hash: enroll.Hash{1}}
	if err := s.Enrolment().AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return enroll.Admission{Token: token.Hash, Key: token.Hash, Answer: []byte("{}"), At: time.Now(),
		Station:     enroll.Station{Tenant: "demo", ID: id, Incarnation: 1, Kit: "kit-1", Ledger: make([]byte, 32)},
		Certificate: enroll.Certificate{Serial: "1", Tenant: "demo", Station: id, Incarnation: 1, NotBefore: time.Now(), NotAfter: until}}
}
