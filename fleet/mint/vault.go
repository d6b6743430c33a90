package mint

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

const vaultKeySize = 32

// ErrVault says that a sealed key does not open: another vault's, or altered.
var ErrVault = errors.New("sealed key does not open")

// Vault seals private keys with a key file that is kept beside the database
// and saved with it, never in it.
type Vault struct{ aead cipher.AEAD }

// CreateVault writes a new key file and opens it. It fails with
// [os.ErrExist] when there is one already.
func CreateVault(path string) (Vault, error) {
	key := make([]byte, vaultKeySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	if err := writeOnce(path, key); err != nil {
		return Vault{}, fmt.Errorf("create vault: %w", err)
	}
	return newVault(key)
}

// OpenVault reads a key file.
func OpenVault(path string) (Vault, error) {
	f, err := os.Open(path)
	if err != nil {
		return Vault{}, fmt.Errorf("open vault: %w", err)
	}
	defer f.Close()
	key, err := io.ReadAll(io.LimitReader(f, vaultKeySize+1))
	if err != nil {
		return Vault{}, fmt.Errorf("open vault: %w", err)
	}
	return newVault(key)
}

func newVault(key []byte) (Vault, error) {
	if len(key) != vaultKeySize {
		return Vault{}, fmt.Errorf("open vault: key file of %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Vault{}, fmt.Errorf("open vault: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Vault{}, fmt.Errorf("open vault: %w", err)
	}
	return Vault{aead}, nil
}

// seal keeps the key's seed under its name, so that one key cannot be put in
// another's place.
func (v Vault) seal(name string, key ed25519.PrivateKey) []byte {
	return v.aead.Seal(nil, nil, key.Seed(), []byte(name))
}

func (v Vault) open(name string, sealed []byte) (ed25519.PrivateKey, error) {
	if v.aead == nil {
		return nil, ErrVault
	}
	seed, err := v.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, ErrVault
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// writeOnce makes a file that a power cut leaves whole or absent.
func writeOnce(path string, content []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".vault-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil { // unlike rename, never replaces
		return err
	}
	return durable.SyncDir(dir)
}
