package release

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Contact says where stations find their fleet, and whose certificates its server
// may show. It is signed with the offline targets key: who steals the server
// cannot lead stations elsewhere.
type Contact struct {
	V           int      `json:"v"`                     // 1
	Servers     []string `json:"servers,omitempty"`     // host:port, the best first
	Authorities []string `json:"authorities,omitempty"` // root certificates (PEM), the newest first
}

// ContactTarget names the target that holds a [Contact].
const (
	ContactTarget = contactFolder + "/contact.json"
	contactFolder = "fleet"
)

const (
	maxContact     = 32 << 10
	maxServers     = 8
	maxAuthorities = 4
)

// ParseContact reads a contact; what cannot be one is [ErrUntrusted].
func ParseContact(content []byte) (Contact, error) {
	var c Contact
	if len(content) > maxContact || json.Unmarshal(content, &c) != nil || !c.valid() {
		return Contact{}, fmt.Errorf("contact: %w", ErrUntrusted)
	}
	return c, nil
}

// Encode returns the content of [ContactTarget].
func (c Contact) Encode() ([]byte, error) {
	c.V = 1
	content, err := json.Marshal(c)
	if err != nil || len(content) > maxContact || !c.valid() {
		return nil, fmt.Errorf("contact: %w", ErrTarget)
	}
	return content, nil
}

// Equal reports whether both say the same.
func (c Contact) Equal(o Contact) bool {
	return slices.Equal(c.Servers, o.Servers) && slices.Equal(c.Authorities, o.Authorities)
}

// Roots returns the authorities' certificates.
func (c Contact) Roots() []*x509.Certificate {
	var roots []*x509.Certificate
	for _, text := range c.Authorities {
		if root, err := rootOf(text); err == nil {
			roots = append(roots, root)
		}
	}
	return roots
}

func (c Contact) valid() bool {
	if c.V != 1 || len(c.Servers) > maxServers || len(c.Authorities) > maxAuthorities {
		return false
	}
	for _, text := range c.Authorities {
		if _, err := rootOf(text); err != nil {
			return false
		}
	}
	return !slices.ContainsFunc(c.Servers, func(s string) bool { return !validServer(s) })
}

func rootOf(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, ErrUntrusted
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !root.IsCA || root.CheckSignatureFrom(root) != nil {
		return nil, ErrUntrusted
	}
	return root, nil
}

// validServer holds an address to a host name or number, and a port.
func validServer(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil && n > 0 && len(host) <= 253 && host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == ""
}
