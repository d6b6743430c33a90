package flash_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

// medium is a stick in memory that behaves badly on demand.
type medium struct {
	mu     sync.Mutex
	bytes  []byte
	left   int           // blocks it still writes before it is pulled; -1: for ever
	bad    int64         // the block at this offset reports an error; -1: none
	real   int64         // it is really this large and wraps around; 0: honest
	hang   chan struct{} // transfers wait for it; nil: none does
	gone   bool
	writes int // blocks written
	reads  int
}

func newMedium(size int64) *medium {
	m := &medium{bytes: make([]byte, size), left: -1, bad: -1}
	for i := range m.bytes {
		m.bytes[i] = byte(i>>8) | 1 // somebody's holiday pictures
	}
	return m
}

func (m *medium) Size() int64                     { return int64(len(m.bytes)) }
func (m *medium) Close() error                    { return nil }
func (m *medium) Zero(int64, int64) (bool, error) { return false, nil }
func (m *medium) wait()                           { <-m.hang }

func (m *medium) Gone() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gone
}

func (m *medium) Sync() error {
	if m.Gone() {
		return syscall.EIO
	}
	return nil
}

func (m *medium) ReadAt(p []byte, off int64) (int, error) {
	if m.hang != nil {
		m.wait()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.gone {
		return 0, syscall.ENODEV
	}
	if m.real > 0 {
		off %= m.real
	}
	n := copy(p, m.bytes[off:])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

// WriteAt writes block by block: what is pulled in the middle has the first
// blocks and not the others.
func (m *medium) WriteAt(p []byte, off int64) (int, error) {
	if m.hang != nil {
		m.wait()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for done := 0; done < len(p); done += flash.Block {
		at := off + int64(done)
		switch {
		case m.left == 0:
			m.gone = true
			return done, syscall.EIO
		case at == m.bad:
			return done, syscall.EIO
		}
		if m.real > 0 {
			at %= m.real
		}
		copy(m.bytes[at:], p[done:min(done+flash.Block, len(p))])
		m.left--
		m.writes++
	}
	return len(p), nil
}

// plugIn is the stick in the desk's socket again.
func (m *medium) plugIn() { m.gone, m.left = false, -1 }

// disk is the bytes of an image: a boot sector, some noise, a lot of nothing,
// some more noise.
func disk(size int) []byte {
	b := make([]byte, size)
	copy(b[510:], "\x55\xaa")
	copy(b[512:], "EFI PART")
	noise(b[flash.Head:flash.Head+200<<10], 7)
	noise(b[size-100<<10:], 9)
	return b
}

func noise(b []byte, x uint32) {
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
}

// image writes the bytes to a file, compressed, and opens it.
func image(t *testing.T, b []byte) *flash.Image {
	t.Helper()
	path := filepath.Join(t.TempDir(), "essai.img.zst")
	pack(t, path, b)
	i, err := flash.OpenImage(path, sumOf(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func pack(t *testing.T, path string, b []byte) {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, enc.EncodeAll(b, nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sumOf(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	sum, err := flash.SumOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// holds checks that the medium begins with want.
func holds(t *testing.T, m *medium, want []byte) {
	t.Helper()
	if !bytes.Equal(m.bytes[:len(want)], want) {
		i := 0
		for m.bytes[i] == want[i] {
			i++
		}
		t.Errorf("medium differs from the image at byte %d", i)
	}
}

func kinds(errs []error) []flash.Kind {
	var ks []flash.Kind
	for _, err := range errs {
		if err == nil {
			ks = append(ks, "")
			continue
		}
		ks = append(ks, flash.KindOf(err))
	}
	return ks
}

func wantKinds(t *testing.T, errs []error, want ...flash.Kind) {
	t.Helper()
	if got := kinds(errs); !slices.Equal(got, want) {
		t.Errorf("Write = %q (%v); want %q", got, errs, want)
	}
}
