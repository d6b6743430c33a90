// Package identity is who is who: the authority of a fleet, the certificate of
// its server and of each station, and how each side checks the other.
//
// A fleet has a root key that stays offline and an online intermediate that
// issues certificates ([CreateAuthority], [OpenAuthority]). The server shows a
// certificate for its names ([Authority.Server]); a station shows one whose
// common name is its station id ([Authority.IssueStation]). All keys are ECDSA
// P-256, made where they are used and never sent. Both kinds of certificate
// are renewed at half life.
//
// A station checks the server against the pinned root only ([Station.TLS]),
// at a time that a dead battery clock cannot break. The server asks for client
// certificates without letting crypto/tls judge them, and judges them itself
// ([Gate.VerifyStation]), so that an expired one reaches renewal and nothing
// else.
//
// A station's second key, the ledger key (Ed25519), signs what it records and
// opens no connection. The package never talks to a network.
package identity
