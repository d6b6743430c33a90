// Package keyfile keeps a signing key in a file: an Ed25519 key as PKCS #8 in
// PEM, sealed by age with a passphrase unless it is for development only.
//
// A development key says so in its file, and [Key.Development] tells: whoever
// uses one warns about it. No error and no log of the package holds a passphrase
// or a key.
package keyfile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Why a key could not be read; test with errors.Is.
var (
	// ErrKey says that a file holds no key.
	ErrKey = errors.New("not a file with a signing key")
	// ErrPassphrase says that a passphrase does not open the file, or is too short.
	ErrPassphrase = errors.New("wrong passphrase")
)

// Passphrase asks a person for one.
type Passphrase func() (string, error)

// Key is a signing key.
type Key struct {
	ed25519.PrivateKey
	Development bool // lies open on a disk
}

const (
	block       = "PRIVATE KEY"
	publicBlock = "PUBLIC KEY"
	maxFile     = 64 << 10
	// shortest is the least that a passphrase has to have, and work what age
	// makes of it: a second on a laptop.
	shortest = 12
	work     = 18
)

// New makes a key and leaves it in a file that must not exist. An empty
// passphrase makes a development key.
func New(file, passphrase string) (Key, error) {
	if passphrase != "" && len(passphrase) < shortest {
		return Key{}, fmt.Errorf("make key: %w", ErrPassphrase)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make key: %w", err)
	}
	key := Key{private, passphrase == ""}
	text, err := key.encode(passphrase)
	if err == nil {
		err = create(file, text)
	}
	if err != nil {
		return Key{}, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

func create(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (k Key) encode(passphrase string) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.PrivateKey)
	if err != nil {
		return nil, err
	}
	if passphrase == "" {
		return pem.EncodeToMemory(&pem.Block{Type: block, Headers: map[string]string{"Use": "development"}, Bytes: der}), nil
	}
	return seal(pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der}), passphrase)
}

func seal(text []byte, passphrase string) ([]byte, error) {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	to.SetWorkFactor(work)
	var b bytes.Buffer
	armored := armor.NewWriter(&b)
	w, err := age.Encrypt(armored, to)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(text)
	err = errors.Join(err, w.Close(), armored.Close())
	return b.Bytes(), err
}

// Read returns the key of a file. It asks for a passphrase only if there is one.
func Read(file string, ask Passphrase) (Key, error) {
	text, err := readFile(file)
	if err == nil && bytes.HasPrefix(text, []byte(armor.Header)) {
		text, err = unseal(text, ask)
		if err == nil {
			return parse(text, false)
		}
	}
	if err != nil {
		return Key{}, fmt.Errorf("read key: %w", err)
	}
	return parse(text, true)
}

// WritePublic leaves a key's public half in a file that must not exist: what its
// holder sends to whoever prepares a ceremony.
func WritePublic(file string, key ed25519.PublicKey) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err == nil {
		err = create(file, pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}))
	}
	if err != nil {
		return fmt.Errorf("write public key: %w", err)
	}
	return nil
}

// ReadPublic reads what [WritePublic] wrote.
func ReadPublic(file string) (ed25519.PublicKey, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	b, _ := pem.Decode(text)
	if b == nil || b.Type != publicBlock {
		return nil, fmt.Errorf("read public key: %w", ErrKey)
	}
	parsed, err := x509.ParsePKIXPublicKey(b.Bytes)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("read public key: %w", ErrKey)
	}
	return key, nil
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func unseal(text []byte, ask Passphrase) ([]byte, error) {
	passphrase, err := ask()
	if err != nil {
		return nil, err
	}
	from, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, ErrPassphrase
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(text)), from)
	if err != nil {
		return nil, ErrPassphrase
	}
	return io.ReadAll(io.LimitReader(r, maxFile))
}

func parse(text []byte, open bool) (Key, error) {
	b, _ := pem.Decode(text)
	if b == nil || b.Type != block {
		return Key{}, fmt.Errorf("read key: %w", ErrKey)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return Key{}, fmt.Errorf("read key: %w", ErrKey)
	}
	return Key{key, open}, nil
}
