package release

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Folders of a repository. Only public is ever served or copied to a stick.
const (
	offlineDir = "offline"
	onlineDir  = "online"
	publicDir  = "public"
)

// rootKeys is how many root keys there are; rootThreshold of them sign.
const (
	rootKeys      = 3
	rootThreshold = 2
)

const keyBlock = "PRIVATE KEY"

func rootKeyName(n int) string { return fmt.Sprintf("root-%d", n) }

// newKey makes the key called name in folder.
func newKey(folder, name string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	return key, writeFile(filepath.Join(folder, name+".pem"), text, 0o600)
}

func loadKey(folder, name string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(filepath.Join(folder, name+".pem"))
	if err != nil {
		return nil, fmt.Errorf("load key %s: %w", name, err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != keyBlock {
		return nil, fmt.Errorf("load key %s: not PEM", name)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("load key %s: not an Ed25519 key", name)
	}
	return key, nil
}

// loadOffline loads a key that may have been moved to a safe.
func loadOffline(dir, name string) (ed25519.PrivateKey, error) {
	key, err := loadKey(filepath.Join(dir, offlineDir), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	return key, err
}

// loadRootKeys returns as many root keys as are at hand, at least the threshold.
func loadRootKeys(dir string) ([]ed25519.PrivateKey, error) {
	var keys []ed25519.PrivateKey
	var problem error
	for n := 1; n <= rootKeys; n++ {
		key, err := loadOffline(dir, rootKeyName(n))
		if err != nil {
			problem = errors.Join(problem, err)
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) < rootThreshold {
		return nil, problem
	}
	return keys, nil
}

// sign signs m with keys and returns the file's bytes.
func sign[T metadata.Roles](m *metadata.Metadata[T], keys ...ed25519.PrivateKey) ([]byte, error) {
	m.ClearSignatures()
	for _, key := range keys {
		signer, err := signature.LoadED25519Signer(key)
		if err != nil {
			return nil, err
		}
		if _, err := m.Sign(signer); err != nil {
			return nil, err
		}
	}
	return m.ToBytes(false)
}

func publicKey(key ed25519.PrivateKey) (*metadata.Key, string, error) {
	k, err := metadata.KeyFromPublicKey(key.Public())
	if err != nil {
		return nil, "", err
	}
	id, err := k.ID()
	return k, id, err
}

// later returns a version above before that follows the time of signing, so
// that versions still rise after a backup was restored.
func later(before int64, now time.Time) int64 { return max(before+1, now.Unix()) }

// until returns an expiry in the precision TUF writes.
func until(now time.Time, life time.Duration) time.Time {
	return now.Add(life).UTC().Truncate(time.Second)
}

// metaFile pins a metadata file by version, length and hash.
func metaFile(version int64, raw []byte) *metadata.MetaFiles {
	sum := sha256.Sum256(raw)
	f := metadata.MetaFile(version)
	f.Length = int64(len(raw))
	f.Hashes = metadata.Hashes{"sha256": sum[:]}
	return f
}
