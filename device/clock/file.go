package clock

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// base ties this boot's monotonic time to wall time.
type base struct {
	Boot    string        `json:"boot"`
	Mono    time.Duration `json:"mono_ns"`
	Wall    time.Time     `json:"wall"`
	By      by            `json:"by"`
	Vouched bool          `json:"vouched"` // a mediator or a time server has spoken in this boot
}

func (b base) at(mono time.Duration) time.Time { return b.Wall.Add(mono - b.Mono) }

var errDamaged = errors.New("damaged file")

// maxFile is more than either file ever needs.
const maxFile = 64 << 10

func parseBase(text []byte) (base, error) {
	var b base
	if err := unseal(text, &b); err != nil || b.By > byNTP {
		return base{}, errDamaged
	}
	return b, nil
}

func parseMemory(text []byte) (memory, error) {
	var m memory
	if err := unseal(text, &m); err != nil || len(m.Boots) > maxBoots {
		return memory{}, errDamaged
	}
	return m, nil
}

// seal returns v as JSON after a line with its checksum, because a flipped
// bit in a date would still be JSON.
func seal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x\n%s\n", crc32.ChecksumIEEE(b), b), nil
}

func unseal(text []byte, v any) error {
	var sum uint32
	if len(text) < 10 || text[len(text)-1] != '\n' {
		return errDamaged
	}
	body := text[9 : len(text)-1]
	if _, err := fmt.Sscanf(string(text[:9]), "%08x\n", &sum); err != nil || sum != crc32.ChecksumIEEE(body) {
		return errDamaged
	}
	return json.Unmarshal(body, v)
}

// cached is a small file that is read again only when it was replaced.
type cached[T any] struct {
	seen  fs.FileInfo
	value T
}

// read returns the file's value; a missing file is a zero value, and a damaged
// one a zero value and, once, an error.
func (c *cached[T]) read(name string, parse func([]byte) (T, error)) (T, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		*c = cached[T]{}
		return c.value, nil
	}
	if err != nil || unchanged(c.seen, info) {
		return c.value, err
	}
	*c = cached[T]{seen: info}
	if info.Size() > maxFile {
		return c.value, errDamaged
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return c.value, err
	}
	c.value, err = parse(text)
	return c.value, err
}

func unchanged(a, b fs.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// keep stores b for all programs of the station and notes it for later boots.
func (c *Clock) keep(b base) error {
	if err := write(c.run, b); err != nil {
		return err
	}
	return c.amendLocked(func(m *memory) { m.note(c.bootTime(b.Wall, b.Mono, b.By)) })
}

func (c *Clock) amend(change func(*memory)) error {
	unlock, err := lockFile(c.lock)
	if err != nil {
		return err
	}
	defer unlock()
	return c.amendLocked(change)
}

// amendLocked changes what outlives a boot, while the lock file is held.
func (c *Clock) amendLocked(change func(*memory)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.memory.read(c.data, parseMemory)
	c.report(err, "clock memory damaged")
	m.Boots = append(m.Boots[:0:0], m.Boots...)
	change(&m)
	return write(c.data, m)
}

func write(name string, v any) error {
	text, err := seal(v)
	if err != nil {
		return err
	}
	return durable.Replace(name, text, 0o644)
}

// lockPatience is far longer than any program holds the lock.
const lockPatience = 2 * time.Second

// lockFile holds other programs back for the moment of a change.
func lockFile(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
		}
	}
}
