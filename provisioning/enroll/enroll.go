// Package enroll is how a new machine becomes a station of a fleet, and how a
// station keeps its certificate fresh.
//
// A technician asks the fleet for a one-time token ([Issue]), bound to a
// tenant, a kit, an expiry and the fingerprint of the fleet's authority. The
// station makes its own keys and presents the token once ([Join]); the fleet
// answers with a certificate ([Server]). A machine that is re-imaged claims
// its old identity with a new token and comes back with the same station id
// and the next incarnation. At half life a station renews over mutual TLS
// ([Renew]), even when its certificate has expired.
//
// A machine without a token shows a [Code] instead ([Ask]); a technician who
// types it at the fleet ([Waiting.Approve]) sends it one.
//
// The fleet keeps only a hash of a token. Private keys never leave the station
// that made them. The package never stores anything on the server itself: it
// asks a [Registry].
package enroll
