package enroll

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// prefix says what a token is and in which version.
const prefix = "mallette1."

// Invitation is what a token says to the station that is given it. Its secret
// is never printed: String and Format hide it.
type Invitation struct {
	Server  string // host:port of the fleet
	Root    identity.Fingerprint
	Tenant  wire.Tenant
	Kit     string
	Expires time.Time
	Secret  [32]byte
}

// String implements [fmt.Stringer] without the secret.
func (i Invitation) String() string { return fmt.Sprintf("[token for %s of %s]", i.Kit, i.Tenant) }

// Format implements [fmt.Formatter], so that no verb shows the secret.
func (i Invitation) Format(s fmt.State, _ rune) { fmt.Fprint(s, i.String()) }

// carried is an Invitation inside a token, in short names: it may be typed.
type carried struct {
	Server  string      `json:"a"`
	Root    []byte      `json:"f"`
	Tenant  wire.Tenant `json:"t"`
	Kit     string      `json:"k"`
	Expires int64       `json:"e"` // Unix seconds
	Secret  []byte      `json:"s"`
}

// Text returns the token to hand over, once, to whoever flashes the station.
func (i Invitation) Text() string {
	b, err := json.Marshal(carried{i.Server, i.Root[:], i.Tenant, i.Kit, i.Expires.Unix(), i.Secret[:]})
	if err != nil {
		panic(err) // strings, bytes and a number
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// maxToken is longer than any token.
const maxToken = 2048

// ParseToken reads a token. Its errors are of [KindUnreadable] and never quote it.
func ParseToken(text string) (Invitation, error) {
	body, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok || len(text) > maxToken {
		return Invitation{}, fail(KindUnreadable, nil)
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return Invitation{}, fail(KindUnreadable, nil)
	}
	var c carried
	if err := json.Unmarshal(raw, &c); err != nil {
		return Invitation{}, fail(KindUnreadable, nil)
	}
	return c.invitation()
}

func (c carried) invitation() (Invitation, error) {
	i := Invitation{Server: c.Server, Tenant: c.Tenant, Kit: c.Kit, Expires: time.Unix(c.Expires, 0)}
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil || host == "" || !c.Tenant.Valid() || len(c.Kit) > 64 {
		return Invitation{}, fail(KindUnreadable, nil)
	}
	if copy(i.Root[:], c.Root) != len(i.Root) || len(c.Root) != len(i.Root) ||
		copy(i.Secret[:], c.Secret) != len(i.Secret) || len(c.Secret) != len(i.Secret) {
		return Invitation{}, fail(KindUnreadable, nil)
	}
	return i, nil
}

// Hash returns what the fleet keeps of the token.
func (i Invitation) Hash() Hash { return hashSecret(i.Secret[:]) }

func hashSecret(secret []byte) Hash {
	return sha256.Sum256(append([]byte("mallette-token-v1\x00"), secret...))
}

// Offer says what a token should be good for. Claims names a station that a
// re-imaged machine becomes again; without it the machine becomes a new one.
type Offer struct {
	Server  string
	Root    identity.Fingerprint
	Tenant  wire.Tenant
	Kit     string
	Claims  wire.Station
	Expires time.Time
}

// Issue makes a token, stores its hash and returns its text, which nobody can
// read again later.
func Issue(ctx context.Context, reg Registry, o Offer) (string, error) {
	i := Invitation{Server: o.Server, Root: o.Root, Tenant: o.Tenant, Kit: o.Kit, Expires: o.Expires}
	rand.Read(i.Secret[:]) // never fails: see crypto/rand
	text := i.Text()
	if _, err := ParseToken(text); err != nil {
		return "", fmt.Errorf("issue token: not a server, tenant and kit: %w", err)
	}
	t := Token{Hash: i.Hash(), Tenant: o.Tenant, Kit: o.Kit, Claims: o.Claims, Expires: o.Expires}
	if err := reg.AddToken(ctx, t); err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	return text, nil
}
