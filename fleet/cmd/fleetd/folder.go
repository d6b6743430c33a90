package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// folder is a data directory. What has to be kept secret is in keys/,
// authority/ and release/; what belongs in a safe is below their offline/.
type folder string

func (f folder) store() string     { return string(f) }
func (f folder) authority() string { return filepath.Join(string(f), "authority") }
func (f folder) release() string   { return filepath.Join(string(f), "release") }
func (f folder) journals() string  { return filepath.Join(string(f), "journals") }
func (f folder) keys() string      { return filepath.Join(string(f), "keys") }
func (f folder) vault() string     { return filepath.Join(f.keys(), "vault.key") }
func (f folder) seal() string      { return filepath.Join(f.keys(), "seal.txt") }
func (f folder) mac() string       { return filepath.Join(f.keys(), "mac.key") }

// Why a directory cannot be used.
var (
	errNotEmpty = errors.New("data directory is not empty")
	errKeys     = errors.New("keys missing or damaged")
)

const macSize = 32

// makeKeys makes the key that stations seal records to and the one that tells
// foreign codes apart.
func (f folder) makeKeys() error {
	if err := os.MkdirAll(f.keys(), 0o700); err != nil {
		return err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := writeKey(f.seal(), []byte(identity.String()+"\n")); err != nil {
		return err
	}
	mac := make([]byte, macSize)
	_, _ = rand.Read(mac) // never fails
	return writeKey(f.mac(), mac)
}

// writeKey keeps a key that nobody had: written and synced before it counts.
func writeKey(path string, key []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(key)
	return errors.Join(err, file.Sync(), file.Close())
}

// seals returns the identities that open what stations sealed, newest first:
// one a line, so that an old key still opens old records after a new one.
func (f folder) seals() ([]age.Identity, []string, error) {
	text, err := os.ReadFile(f.seal())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errKeys, err)
	}
	identities, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil {
		return nil, nil, errKeys
	}
	newest, ok := identities[0].(*age.X25519Identity)
	if !ok {
		return nil, nil, errKeys
	}
	return identities, []string{newest.Recipient().String()}, nil
}

func (f folder) macKey() ([]byte, error) {
	key, err := os.ReadFile(f.mac())
	if err == nil && len(key) != macSize {
		err = errKeys
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKeys, err)
	}
	return key, nil
}

// build makes a data directory: everything is made in a folder inside it and
// moves to its place at the end, the database last, without which nothing
// runs. The directory itself stays, because it may be where a volume is mounted.
func build(dir string, fill func(folder) error) error {
	if err := vacant(dir); err != nil {
		return err
	}
	inside, err := os.MkdirTemp(dir, unfinished)
	if err != nil {
		return err
	}
	defer os.RemoveAll(inside)
	if err := fill(folder(inside)); err != nil {
		return err
	}
	return settle(inside, dir)
}

// unfinished begins the name of a folder that an attempt was making.
const unfinished = ".fleetd-new-"

// settle moves what is in a folder to dir.
func settle(inside, dir string) error {
	entries, err := os.ReadDir(inside)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(late(a), late(b)) })
	for _, e := range entries {
		if err := durable.SyncDir(dir); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(inside, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return durable.SyncDir(dir)
}

func late(e fs.DirEntry) string {
	if e.Name() == databaseName {
		return "2"
	}
	return "1"
}

// vacant fails unless dir is missing or empty: a new volume's lost+found and
// what an attempt that was cut short left behind do not count.
func vacant(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		left := strings.HasPrefix(e.Name(), unfinished)
		if !left && e.Name() != "lost+found" {
			return errNotEmpty
		}
		if left {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
