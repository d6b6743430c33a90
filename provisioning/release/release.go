// Package release is the signed description of everything that is installed on
// a station, in the form of TUF (The Update Framework): what is listed, by
// which hash, who may say so, and until when.
//
// Parties and keys, all Ed25519. The root role (2 of 3 keys) says who signs
// what; the targets role says which tenant may publish below tenants/{tenant}/,
// and whose key releases of the base system below base/ are signed with. All
// these keys are made in offline/ and belong in safes. The keys of each tenant,
// of the snapshot and of the timestamp are in online/, because passes and
// lessons change daily: who steals those can publish for the tenants of this
// server, and put nothing else on a station.
//
// The fleet calls [Init] once, then [Open] and [Repository.Publish], runs
// [Repository.Run] and serves [Repository.Handler]. A station pins the root at
// enrolment ([Pin]), then [OpenClient], [Client.Refresh] when there is a
// network or a stick with a copy of public/, and [Client.Read] at any time: it
// verifies again from the disk, without clock or network.
//
// A release of the base system is a target that describes it ([Base]); whoever
// holds the base key signs the list of them elsewhere ([SignBase]) and the
// server takes it ([Repository.Adopt]). What a description names, stations fetch
// by its hash ([BlobName]): chunks of files ([Index]) and patches ([Patches]).
//
// Downgrade, freeze, mix-and-match, endless data and altered targets are
// refused, each with its own error. Versions follow the time of signing, so
// that a repository restored from a backup goes on above what stations have
// seen ([Repository.Resume]).
package release

import (
	"errors"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Why metadata or a target was refused; test with errors.Is.
var (
	// ErrUntrusted says that metadata is malformed or lacks signatures.
	ErrUntrusted = errors.New("metadata not trusted")
	// ErrRollback says that metadata is older than what the station has seen.
	ErrRollback = errors.New("metadata older than before")
	// ErrExpired says that the newest metadata on offer is past its end: the
	// repository is frozen, or the copy is too old.
	ErrExpired = errors.New("metadata expired")
	// ErrMismatch says that length or hash are not those that were signed.
	ErrMismatch = errors.New("content does not match what was signed")
	// ErrTooLarge says that more was offered or announced than is ever taken.
	ErrTooLarge = errors.New("content over the limit")
	// ErrNotFound says that there is no such file or target.
	ErrNotFound = errors.New("no such target")
	// ErrNotPinned says that a station has no root to start from.
	ErrNotPinned = errors.New("no pinned root")
	// ErrNoTenant says that the repository has no role for a tenant.
	ErrNoTenant = errors.New("no role for this tenant")
	// ErrOffline says that a key that is kept offline is needed.
	ErrOffline = errors.New("offline keys needed")
	// ErrExists says that a directory holds a repository already.
	ErrExists = errors.New("repository exists already")
	// ErrTarget says that a target's name is not of the tenant, or malformed.
	ErrTarget = errors.New("not a target of this tenant")
)

// How long signatures count. A station that does not connect for weeks goes on
// with what it has; these bound what it will accept when it connects, and how
// old a copy on a stick may be. 45 days is also when status lists get too old.
const (
	rootLife      = 5 * year
	targetsLife   = 3 * year
	baseLife      = 2 * year
	tenantLife    = 180 * day
	snapshotLife  = 180 * day
	timestampLife = 45 * day

	// stampEvery is how old the signed time may get.
	stampEvery = 6 * time.Hour

	day  = 24 * time.Hour
	year = 365 * day
)

// What a station takes at most, in bytes.
const (
	maxRoot      = 256 << 10
	maxTimestamp = 16 << 10
	maxSnapshot  = 2 << 20
	maxRole      = 4 << 20
	// MaxTarget is the largest target that can be published.
	MaxTarget = 64 << 20

	maxRoots   = 64 // root versions that one refresh climbs
	maxTargets = 10_000
)

// Path is where the fleet's port serves a repository.
const Path = "/release/"

// Names of roles.
const (
	roleRoot      = "root"
	roleTargets   = "targets"
	roleSnapshot  = "snapshot"
	roleTimestamp = "timestamp"
	roleBase      = "base"
	basePrefix    = "base/"
	tenantPrefix  = "tenant-"
)

func tenantRole(t wire.Tenant) string { return tenantPrefix + string(t) }

// Prefix returns what the names of a tenant's targets begin with.
func Prefix(t wire.Tenant) string { return "tenants/" + string(t) + "/" }

// checkName holds names to what a delegation covers: one or two plain parts
// below the tenant's prefix.
func checkName(t wire.Tenant, name string) error {
	rest, ok := strings.CutPrefix(name, Prefix(t))
	parts := strings.Split(rest, "/")
	if !ok || len(parts) > 2 || len(name) > 200 {
		return ErrTarget
	}
	for _, p := range parts {
		if p == "" || p[0] == '.' || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			return ErrTarget
		}
	}
	return nil
}
