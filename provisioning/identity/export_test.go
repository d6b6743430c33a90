package identity

// Root returns the fingerprint of the authority the station trusts.
func (s *Station) Root() Fingerprint { return FingerprintOf(s.root) }
