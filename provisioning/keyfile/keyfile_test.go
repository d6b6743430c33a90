package keyfile_test

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/keyfile"
)

func say(passphrase string) keyfile.Passphrase {
	return func() (string, error) { return passphrase, nil }
}

func TestKeyIsReadAgain(t *testing.T) {
	for name, passphrase := range map[string]string{"sealed": "cheval agrafe pile", "development": ""} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "root-1.key")
			made, err := keyfile.New(file, passphrase)
			if err != nil {
				t.Fatal(err)
			}
			got, err := keyfile.Read(file, say(passphrase))
			if err != nil || !got.Equal(made.PrivateKey) || got.Development != (passphrase == "") {
				t.Errorf("Read = development %v, %v; want the key, development %v", got.Development, err, passphrase == "")
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode = %v, %v; want 0600", info.Mode(), err)
			}
			if _, err := keyfile.New(file, passphrase); !errors.Is(err, fs.ErrExist) {
				t.Errorf("New over a key = %v; want ErrExist", err)
			}
		})
	}
}

func TestPublicHalf(t *testing.T) {
	dir := t.TempDir()
	key, err := keyfile.New(filepath.Join(dir, "k"), "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "k.pub")
	if err := keyfile.WritePublic(file, key.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	if got, err := keyfile.ReadPublic(file); err != nil || !got.Equal(key.Public()) {
		t.Errorf("ReadPublic = %x, %v; want the key's half", got, err)
	}
	if _, err := keyfile.ReadPublic(filepath.Join(dir, "k")); !errors.Is(err, keyfile.ErrKey) {
		t.Errorf("ReadPublic of a private key = %v; want ErrKey", err)
	}
}

func TestKeyIsNotRead(t *testing.T) {
	dir := t.TempDir()
	sealed, other := filepath.Join(dir, "sealed"), filepath.Join(dir, "other")
	if _, err := keyfile.New(sealed, "cheval agrafe pile"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file, passphrase string
		want                   error
	}{
		{"another passphrase", sealed, "cheval agrafe face", keyfile.ErrPassphrase},
		{"none", sealed, "", keyfile.ErrPassphrase},
		{"no key", other, "", keyfile.ErrKey},
		{"no file", filepath.Join(dir, "gone"), "", fs.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := keyfile.Read(tt.file, say(tt.passphrase)); !errors.Is(err, tt.want) {
				t.Errorf("Read = %v; want %v", err, tt.want)
			}
		})
	}
	if _, err := keyfile.New(filepath.Join(dir, "short"), "court"); !errors.Is(err, keyfile.ErrPassphrase) {
		t.Errorf("New with a short passphrase = %v; want ErrPassphrase", err)
	}
}
