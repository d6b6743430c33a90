package enroll

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"io"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Paths on the fleet's port.
const (
	PathRoot   = "/enroll/root" // the root certificate, to be checked by fingerprint
	PathEnroll = "/enroll"
	PathRenew  = "/renew"
)

// What either side reads at most, in bytes.
const (
	maxRequest = 16 << 10
	maxAnswer  = 1 << 20
)

// request asks to become a station.
type request struct {
	Secret   []byte            `json:"secret"`
	CSR      []byte            `json:"csr"`    // PKCS #10, for the TLS key
	Ledger   ed25519.PublicKey `json:"ledger"` // the key that will sign records
	Proof    []byte            `json:"proof"`  // by the ledger key, see proven
	Hardware string            `json:"hardware,omitempty"`
	Model    string            `json:"model,omitempty"`
}

// proven is what the ledger key signs, so that nobody enrols another's key.
func proven(secret, csr []byte) []byte {
	h := sha256.Sum256(csr)
	s := hashSecret(secret)
	return append(append([]byte("mallette-enroll-v1\x00"), s[:]...), h[:]...)
}

// check fails with [KindRefused].
func (r request) check() error {
	if len(r.Secret) != 32 || len(r.Hardware) > 128 || len(r.Model) > 128 || len(r.Ledger) != ed25519.PublicKeySize {
		return fail(KindRefused, nil)
	}
	if !ed25519.Verify(r.Ledger, proven(r.Secret, r.CSR), r.Proof) {
		return fail(KindRefused, nil)
	}
	if _, err := identity.ParseRequest(r.CSR); err != nil {
		return fail(KindRefused, err)
	}
	return nil
}

// answer makes a machine a station.
type answer struct {
	Chain   string `json:"chain"` // PEM
	Kit     string `json:"kit"`
	Server  string `json:"server"`
	Release []byte `json:"release_root"` // root of provisioning/release
}

// renewal asks for a fresh certificate, and renewed gives it.
type renewal struct {
	CSR []byte `json:"csr"`
}

type renewed struct {
	Chain string `json:"chain"`
}

// refusal is the body of every answer that is not 200.
type refusal struct {
	Kind Kind `json:"kind"`
}

// read decodes one JSON value of at most limit bytes.
func read(r io.Reader, limit int64, v any) error {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	if int64(len(b)) > limit {
		return io.ErrShortBuffer
	}
	return json.Unmarshal(b, v)
}
