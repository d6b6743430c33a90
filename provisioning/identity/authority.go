package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// How long certificates live. A root and an intermediate outlive the machines;
// a station may sleep in a cupboard for months and still renew.
const (
	rootLife         = 30 * year
	intermediateLife = 15 * year
	serverLife       = 90 * day
	stationLife      = 365 * day

	day  = 24 * time.Hour
	year = 365 * day

	// backdate forgives a station whose clock is a little slow.
	backdate = time.Hour
)

// Errors that callers branch on.
var (
	// ErrExists says that a directory already holds an authority.
	ErrExists = errors.New("authority exists already")
	// ErrOffline says that the root key, which is kept offline, is needed.
	ErrOffline = errors.New("offline root key needed")
)

// Fingerprint is the SHA-256 of a root certificate: what an enrolment token
// carries, so that a station knows its fleet's authority before it has met it.
type Fingerprint [sha256.Size]byte

// String returns f in hexadecimal.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// FingerprintOf returns the fingerprint of root.
func FingerprintOf(root *x509.Certificate) Fingerprint { return sha256.Sum256(root.Raw) }

// Authority is the online half of a fleet's authority. It is safe for
// concurrent use.
type Authority struct {
	dir    string // …/online
	root   *x509.Certificate
	former []*x509.Certificate // whose stations have not all renewed
	cross  []*x509.Certificate // the issuer's key, certified by those
	issuer pair

	mu     sync.Mutex
	server *tls.Certificate
}

// CreateAuthority makes a new authority in dir: offline/ holds the root key,
// to be moved to a safe once the fleet runs; online/ holds what the server
// needs. It fails with [ErrExists] when dir holds one.
func CreateAuthority(dir, name string, now time.Time) error {
	if _, err := os.Stat(filepath.Join(dir, "online", "root.pem")); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrExists, err)
	}
	for _, d := range []string{"offline", "online"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return fmt.Errorf("create authority: %w", err)
		}
	}
	root, err := newRoot(name, now)
	if err != nil {
		return fmt.Errorf("create authority: %w", err)
	}
	if err := writePair(filepath.Join(dir, "offline", "root.pem"), root); err != nil {
		return fmt.Errorf("create authority: %w", err)
	}
	return RenewIntermediate(dir, now)
}

// RenewIntermediate issues a new online intermediate with the root key in
// dir/offline, and fails with [ErrOffline] without it. Certificates of the
// intermediate before stay valid.
func RenewIntermediate(dir string, now time.Time) error {
	root, err := readPair(filepath.Join(dir, "offline", "root.pem"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOffline, err)
	}
	issuer, err := newIntermediate(root, now)
	if err != nil {
		return fmt.Errorf("issue intermediate: %w", err)
	}
	online := filepath.Join(dir, "online")
	if err := writePair(filepath.Join(online, "intermediate.pem"), issuer); err != nil {
		return fmt.Errorf("keep intermediate: %w", err)
	}
	return durable.Replace(filepath.Join(online, "root.pem"), encodeCertificates(root.leaf()), 0o644)
}

// OpenAuthority opens the online half of the authority in dir.
func OpenAuthority(dir string) (*Authority, error) {
	online := filepath.Join(dir, "online")
	text, err := os.ReadFile(filepath.Join(online, "root.pem"))
	if err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	roots, err := parseCertificates(text)
	if err != nil {
		return nil, fmt.Errorf("open authority: root: %w", err)
	}
	issuer, err := readPair(filepath.Join(online, "intermediate.pem"))
	if err != nil {
		return nil, fmt.Errorf("open authority: intermediate: %w", err)
	}
	a := &Authority{dir: online, root: roots[0], issuer: issuer}
	if a.former, err = optional(filepath.Join(online, formerFile)); err == nil {
		a.cross, err = optional(filepath.Join(online, crossFile))
	}
	if err != nil {
		return nil, fmt.Errorf("open authority: former: %w", err)
	}
	return a, nil
}

// Root returns the certificate of the offline root.
func (a *Authority) Root() *x509.Certificate { return a.root }

// Gate returns the gate for this authority's stations, and for those of the ones
// before it.
func (a *Authority) Gate(revoked func(Peer) error) Gate {
	return Gate{Root: a.root, Former: a.former, Revoked: revoked}
}

// RootPEM returns the root certificate as stations keep it.
func (a *Authority) RootPEM() []byte { return encodeCertificates(a.root) }

// Fingerprint returns the fingerprint of the root.
func (a *Authority) Fingerprint() Fingerprint { return FingerprintOf(a.root) }

func newRoot(name string, now time.Time) (pair, error) {
	key, err := newKey()
	if err != nil {
		return pair{}, err
	}
	t := authorityTemplate(name+" racine", now, rootLife)
	t.MaxPathLen = 1
	return sign(t, t, key, key)
}

func newIntermediate(root pair, now time.Time) (pair, error) {
	key, err := newKey()
	if err != nil {
		return pair{}, err
	}
	t := authorityTemplate(root.leaf().Subject.CommonName+" en ligne", now, intermediateLife)
	t.MaxPathLenZero = true
	return sign(t, root.leaf(), key, root.key)
}

func authorityTemplate(name string, now time.Time, life time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(life),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
