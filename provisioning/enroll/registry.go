package enroll

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Hash is a SHA-256, of a token's secret or of a public key.
type Hash [sha256.Size]byte

// Token is what the fleet remembers of a one-time token. The first part is
// fixed when it is issued; the second is zero until the token is used.
type Token struct {
	Hash    Hash // of the secret, which the fleet does not keep
	Tenant  wire.Tenant
	Kit     string
	Claims  wire.Station // "": a new station, or the same machine of the same kit
	Expires time.Time
	Revoked bool

	Key    Hash   // of the TLS public key that used the token
	Answer []byte // what that key was answered, to be answered again
}

// Used reports whether a station was admitted with the token.
func (t Token) Used() bool { return t.Key != Hash{} }

// Station is a station as the fleet's registry knows it.
type Station struct {
	Tenant      wire.Tenant
	ID          wire.Station
	Incarnation uint32 // 1 for a new one, one more each time it is re-imaged
	Kit         string
	Hardware    string            // what the machine says it is, stable across images; may be ""
	Model       string            // what to show a technician; may be ""
	Ledger      ed25519.PublicKey // signs this incarnation's records
	Revoked     bool              // declared lost, or retired
}

// Certificate is one certificate given to a station.
type Certificate struct {
	Serial      string // hexadecimal, unique within an authority
	Tenant      wire.Tenant
	Station     wire.Station
	Incarnation uint32
	NotBefore   time.Time
	NotAfter    time.Time
	Revoked     bool
}

// Admission is everything that changes when a token is used.
type Admission struct {
	Token       Hash
	Key         Hash
	Answer      []byte
	Station     Station
	Certificate Certificate
	At          time.Time
}

// What a [Registry] answers; test with errors.Is.
var (
	// ErrNotFound says that there is no such token, station or certificate.
	ErrNotFound = errors.New("not in the registry")
	// ErrConflict says that somebody else changed what an admission stands on;
	// reading again and retrying is right.
	ErrConflict = errors.New("registry changed meanwhile")
)

// Registry is where a fleet keeps tokens, stations and certificates. Methods
// are safe for concurrent use, and what they return has been committed.
type Registry interface {
	// AddToken stores a token that nobody has used.
	AddToken(ctx context.Context, t Token) error

	// Token returns the token with that hash, or ErrNotFound.
	Token(ctx context.Context, hash Hash) (Token, error)

	// Station returns a tenant's station, or ErrNotFound.
	Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (Station, error)

	// StationByHardware returns the tenant's station of that kit whose last
	// incarnation had that hardware id (never ""), or ErrNotFound.
	StationByHardware(ctx context.Context, tenant wire.Tenant, kit, hardware string) (Station, error)

	// Admit commits an admission whole or not at all. It fails with
	// ErrConflict when the token is revoked or has a Key already, when
	// Station.Incarnation is 1 and the station exists, or when it is above 1
	// and not exactly one more than the stored one, or when the stored station
	// is revoked. When it succeeds
	// the token has its Key and Answer, the station has its new incarnation,
	// kit, hardware and ledger key (those of earlier incarnations stay, to
	// verify their records), the certificate is known, and certificates of
	// earlier incarnations are revoked.
	Admit(ctx context.Context, a Admission) error

	// AddCertificate stores the certificate of a renewal. It fails with
	// ErrConflict when the station is revoked or at another incarnation.
	AddCertificate(ctx context.Context, c Certificate) error

	// Certificate returns the certificate with that serial number, or
	// ErrNotFound. Revoked is set when the certificate or its station is
	// revoked; brokers ask it on every connection.
	Certificate(ctx context.Context, serial string) (Certificate, error)
}
