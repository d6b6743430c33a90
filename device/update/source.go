package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Source has what the descriptions of releases name: a server, or a stick.
type Source interface {
	// Open returns n bytes of a file from a byte on. Names are those of a copy of
	// the release repository's public/, slash-separated.
	Open(ctx context.Context, name string, from, n int64) (io.ReadCloser, error)
}

// errAnswer says that a server did not give what it was asked for.
var errAnswer = errors.New("server gave no such bytes")

// HTTP has the files on a server; base is the address of public/, such as
// "https://kit.example:8883/release/".
func HTTP(client *http.Client, base string) Source {
	return web{client, strings.TrimSuffix(base, "/") + "/"}
}

type web struct {
	client *http.Client
	base   string
}

// Open asks for a range. Whoever ignores that answers with the whole file, which
// does only when the beginning was wanted.
func (w web) Open(ctx context.Context, name string, from, n int64) (io.ReadCloser, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+name, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("User-Agent", "")
	q.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+n-1))
	a, err := w.client.Do(q)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if a.StatusCode != http.StatusPartialContent && (a.StatusCode != http.StatusOK || from > 0) {
		_ = a.Body.Close()
		return nil, fmt.Errorf("fetch: %w: status %d", errAnswer, a.StatusCode)
	}
	return a.Body, nil
}

// Dir has the files in a folder, such as a copy of public/ on a stick.
func Dir(dir string) Source { return folder(dir) }

type folder string

// Open opens a file of the folder, which no link leads out of.
func (d folder) Open(_ context.Context, name string, from, n int64) (io.ReadCloser, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, from, n), f}, nil
}

// idle is how long a line may say nothing before it is given up.
const idle = time.Minute

// patient reads with a bound on silence and on speed.
type patient struct {
	ctx   context.Context
	r     io.Reader
	timer *time.Timer
	kbps  int
	began time.Time
	n     int64
}

// receive calls with a reader of n bytes of a file that gives up a silent line
// and keeps below kbps, 0 for as fast as it comes.
func receive(ctx context.Context, from Source, name string, at, n int64, kbps int, read func(io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(idle, cancel)
	defer silent.Stop()
	body, err := from.Open(ctx, name, at, n)
	if err != nil {
		return err
	}
	p := &patient{ctx: ctx, r: io.LimitReader(body, n), timer: silent, kbps: kbps, began: time.Now()}
	return errors.Join(read(p), body.Close())
}

const gulp = 16 << 10

// Read implements [io.Reader].
func (p *patient) Read(b []byte) (int, error) {
	if p.kbps > 0 && !p.pace() {
		return 0, p.ctx.Err()
	}
	p.timer.Reset(idle)
	n, err := p.r.Read(b[:min(len(b), gulp)])
	p.n += int64(n)
	return n, err
}

// pace waits until as much may have come as has come.
func (p *patient) pace() bool {
	due := time.Duration(float64(p.n*8) / float64(p.kbps) * float64(time.Millisecond))
	p.timer.Stop()
	return sleep(p.ctx, due-time.Since(p.began))
}
