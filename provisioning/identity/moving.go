package identity

import (
	"crypto/x509"
	"slices"
	"time"
)

// Reaching returns s as it speaks to its fleet at another address (none: where it
// is known to be), and believes a server of one of those authorities too, the next
// one first. [Station.Save] keeps neither: what does not work is forgotten with the
// program, and what does is kept by [Station.Moved] and [Station.Renewed].
func (s *Station) Reaching(server string, authorities []*x509.Certificate) *Station {
	n := *s
	n.reach, n.more = server, slices.Clone(authorities)
	return &n
}

// Address is where the station speaks to its fleet.
func (s *Station) Address() string {
	if s.reach != "" {
		return s.reach
	}
	return s.Server
}

// Moved returns s as one whose fleet is at [Station.Address].
func (s *Station) Moved() *Station {
	n := *s
	n.Server, n.reach = s.Address(), ""
	return &n
}

// Next returns the authority that the station was told to go over to, nil when it
// is there or was told of none.
func (s *Station) Next() *x509.Certificate {
	if len(s.more) == 0 || s.more[0].Equal(s.root) {
		return nil
	}
	return s.more[0]
}

// Under reports whether the station is kept with this authority.
func (s *Station) Under(root *x509.Certificate) bool { return s.root.Equal(root) }

// believed lists the authorities of a server, the next one first.
func (s *Station) believed() []*x509.Certificate { return append(slices.Clone(s.more), s.root) }

// Shows reports whether a server's chain leads to root.
func Shows(chain []*x509.Certificate, root *x509.Certificate, floor time.Time) bool {
	return verifyServer(chain, []*x509.Certificate{root}, "", floor) == nil
}
