package identity

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// ErrNotEnrolled says that a directory holds no identity.
var ErrNotEnrolled = errors.New("station is not enrolled")

// stored is how an identity lies on the disk: one file, so that keys and
// certificates are never of two generations.
type stored struct {
	V      int    `json:"v"` // 1
	Kit    string `json:"kit"`
	Server string `json:"server"`
	Ledger []byte `json:"ledger_seed"`
	TLS    string `json:"tls"` // PEM: key, then chain
	Root   string `json:"root"`
}

const stationFile = "station.json"

// Save stores s in dir (the identity directory, e.g. /perm/kit/identity),
// which it makes. A power cut leaves the identity of before, or s.
func (s *Station) Save(dir string) error {
	p, err := s.pair.encode()
	if err != nil {
		return fmt.Errorf("save identity: %w", err)
	}
	text, err := json.Marshal(stored{1, s.Kit, s.Server, s.Ledger.Seed(), string(p), string(encodeCertificates(s.root))})
	if err != nil {
		return fmt.Errorf("save identity: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("save identity: %w", err)
	}
	if err := durable.Replace(filepath.Join(dir, stationFile), text, 0o600); err != nil {
		return fmt.Errorf("save identity: %w", err)
	}
	return nil
}

// LoadStation returns the identity in dir. It fails with [ErrNotEnrolled] when
// there is none, and with another error when it is damaged.
func LoadStation(dir string) (*Station, error) {
	text, err := os.ReadFile(filepath.Join(dir, stationFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotEnrolled
	}
	if err != nil {
		return nil, fmt.Errorf("load identity: %w", err)
	}
	s, err := parseStation(text)
	if err != nil {
		return nil, fmt.Errorf("load identity: %w", err)
	}
	return s, nil
}

func parseStation(text []byte) (*Station, error) {
	var d stored
	if err := json.Unmarshal(text, &d); err != nil || d.V != 1 || len(d.Ledger) != ed25519.SeedSize {
		return nil, errors.New("damaged identity file")
	}
	p, err := parsePair([]byte(d.TLS))
	if err != nil {
		return nil, err
	}
	return NewStation(Keys{p.key, ed25519.NewKeyFromSeed(d.Ledger)}, encodeCertificates(p.chain...), []byte(d.Root), d.Kit, d.Server)
}
