package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// folder is a data directory. What has to be kept secret is in keys/,
// authority/ and release/; what belongs in a safe is below their offline/.
type folder string

func (f folder) store() string     { return string(f) }
func (f folder) authority() string { return filepath.Join(string(f), "authority") }
func (f folder) release() string   { return filepath.Join(string(f), "release") }
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

// build makes a data directory whole or not at all: everything is made beside
// it and takes its name at the end.
func build(dir string, fill func(folder) error) error {
	if err := vacant(dir); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".fleetd-new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	if err := fill(folder(beside)); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(beside, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}

// vacant fails unless dir is missing or empty.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755)
	case err != nil:
		return err
	case len(entries) > 0:
		return errNotEmpty
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
