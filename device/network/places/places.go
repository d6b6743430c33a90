// Package places is the Wi-Fi a station has joined before, with their secrets,
// so that tomorrow's room needs nobody to type.
//
// They are sealed (XChaCha20-Poly1305) under a key of the station's own that
// lies in a file beside them, readable by root alone. That keeps secrets out
// of logs, of a copy of one file, of a backup that leaves the key out. It does
// not keep them from a thief: who has the disk has the key, and reads every
// secret. No chip of the machine (TPM) is used. The page says so.
//
// A file that cannot be opened is set aside and nothing is known; a lesson
// works without Wi-Fi. Errors never hold a name or a secret.
package places

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Place is one Wi-Fi.
type Place struct {
	Name   string `json:"name"`
	Secret string `json:"secret,omitempty"`
}

// most is how many are remembered; the one joined longest ago is forgotten.
const most = 50

// Book is the places of a station, the one joined last first. It is safe for
// concurrent use; one program at a time opens it.
type Book struct {
	dir string
	mu  sync.Mutex
	all []Place
}

// Open reads the places in dir, which it makes. Damaged says that what was
// there could not be opened and was set aside.
func Open(dir string) (book *Book, damaged bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, fmt.Errorf("open wifi places: %w", err)
	}
	b := &Book{dir: dir}
	sealed, err := os.ReadFile(b.file())
	if errors.Is(err, fs.ErrNotExist) {
		return b, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("open wifi places: %w", err)
	}
	if b.all, err = b.open(sealed); err == nil {
		return b, false, nil
	}
	if err := os.Rename(b.file(), b.file()+".damaged"); err != nil {
		return nil, true, fmt.Errorf("set wifi places aside: %w", err)
	}
	return b, true, nil
}

func (b *Book) file() string    { return filepath.Join(b.dir, "places") }
func (b *Book) keyFile() string { return filepath.Join(b.dir, "key") }

// All returns the places, the one joined last first.
func (b *Book) All() []Place {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}

// Find returns the place of that name.
func (b *Book) Find(name string) (Place, bool) {
	for _, p := range b.All() {
		if p.Name == name {
			return p, true
		}
	}
	return Place{}, false
}

// Keep puts a place first, in place of what was known of its name. It is on the
// disk when Keep returns.
func (b *Book) Keep(p Place) error {
	return b.change(func(all []Place) []Place {
		all = slices.Insert(without(all, p.Name), 0, p)
		return all[:min(len(all), most)]
	})
}

// Forget removes a place; one that is not known is no error.
func (b *Book) Forget(name string) error {
	return b.change(func(all []Place) []Place { return without(all, name) })
}

func without(all []Place, name string) []Place {
	return slices.DeleteFunc(slices.Clone(all), func(p Place) bool { return p.Name == name })
}

func (b *Book) change(how func([]Place) []Place) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := how(b.all)
	sealed, err := b.seal(next)
	if err != nil {
		return fmt.Errorf("keep wifi place: %w", err)
	}
	if err := durable.Replace(b.file(), sealed, 0o600); err != nil {
		return fmt.Errorf("keep wifi place: %w", err)
	}
	b.all = next
	return nil
}

// key returns the station's key, made at the first need.
func (b *Book) key() ([]byte, error) {
	key, err := os.ReadFile(b.keyFile())
	if err == nil && len(key) == chacha20poly1305.KeySize {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, chacha20poly1305.KeySize)
	rand.Read(key)
	return key, durable.Replace(b.keyFile(), key, 0o600)
}

func (b *Book) seal(all []Place) ([]byte, error) {
	key, err := b.key()
	if err != nil {
		return nil, err
	}
	box, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize(), box.NonceSize()+len(text)+box.Overhead())
	rand.Read(nonce)
	return box.Seal(nonce, nonce, text, nil), nil
}

// errDamaged is a file that this key does not open.
var errDamaged = errors.New("wifi places damaged")

func (b *Book) open(sealed []byte) ([]Place, error) {
	key, err := os.ReadFile(b.keyFile())
	if err != nil || len(key) != chacha20poly1305.KeySize || len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errDamaged
	}
	box, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, errDamaged
	}
	text, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], nil)
	if err != nil {
		return nil, errDamaged
	}
	var all []Place
	if err := json.Unmarshal(text, &all); err != nil || len(all) > most {
		return nil, errDamaged
	}
	return all, nil
}
