package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Keeper is what answers on the socket. Its methods are called concurrently.
type Keeper interface {
	// State is how the network stands.
	State() State
	// Places lists Wi-Fi; it listens anew when rescan is true.
	Places(ctx context.Context, rescan bool) ([]Place, error)
	// Join joins and remembers a Wi-Fi; see [Client.Join].
	Join(ctx context.Context, name, secret string) error
	// Forget removes a Wi-Fi.
	Forget(ctx context.Context, name string) error
	// Probe tries the way out now.
	Probe(ctx context.Context) State
}

// patience bounds one question, joining included.
const patience = 45 * time.Second

// Serve answers on the run directory's socket until ctx is done. It speaks to
// root and to its own user only.
func Serve(ctx context.Context, runDir string, k Keeper, log *slog.Logger) error {
	ln, err := listen(filepath.Join(runDir, SocketName))
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := ln.AcceptUnix()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("serve network: %w", err)
		}
		open.Go(func() { answer(ctx, conn, k, log) })
	}
}

func listen(path string) (*net.UnixListener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("serve network: %w", err)
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("serve network: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		ln.Close()
		return nil, fmt.Errorf("serve network: %w", err)
	}
	return ln, nil
}

// answer answers one question. What was asked is not logged: it may be a secret.
func answer(ctx context.Context, conn *net.UnixConn, k Keeper, log *slog.Logger) {
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if !trusted(conn) {
		log.Warn("stranger on the network socket")
		return
	}
	var r Request
	if err := json.NewDecoder(io.LimitReader(conn, maxLine)).Decode(&r); err != nil {
		return
	}
	a, err := do(ctx, k, r)
	a.Refused = nameOf(err)
	if err != nil {
		log.Info("network request refused", "do", asked(r.Do), "why", a.Refused)
	}
	if err := json.NewEncoder(conn).Encode(a); err != nil {
		log.Debug("network answer not taken", "err", err)
	}
}

// errRequest is a question that nobody here asks.
var errRequest = errors.New("unknown request")

func do(ctx context.Context, k Keeper, r Request) (a Answer, err error) {
	switch r.Do {
	case "state":
	case "list", "rescan":
		a.Places, err = k.Places(ctx, r.Do == "rescan")
	case "join":
		err = k.Join(ctx, r.Name, r.Secret)
	case "forget":
		err = k.Forget(ctx, r.Name)
	case "probe":
		a.State = k.Probe(ctx)
		return a, nil
	default:
		return a, errRequest
	}
	a.State = k.State()
	return a, err
}

// asked keeps what a stranger wrote out of the log.
func asked(do string) string {
	switch do {
	case "state", "list", "rescan", "join", "forget", "probe":
		return do
	}
	return "unknown"
}

func nameOf(err error) string {
	if err == nil {
		return ""
	}
	for name, e := range names() {
		if errors.Is(err, e) {
			return name
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "slow"
	}
	return "other"
}

// trusted asks the kernel who is at the other end.
func trusted(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var peer *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	return err == nil && asked == nil && (peer.Uid == 0 || int(peer.Uid) == os.Geteuid())
}
