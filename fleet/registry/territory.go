package registry

import (
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Tenant is an operator on a fleet server.
type Tenant struct {
	ID            wire.Tenant
	Name          string
	Contact       string // whom to call, shown at a station when help is needed
	Demonstration bool   // every screen says so
	Trust         uint64 // version of the newest trust snapshot; set by SetTrust only
}

// Structure is a body that runs stations and may accept passes.
type Structure struct {
	ID        pass.Structure
	SIRET     string // 14 digits
	Name      string
	Territory string // what a coordinator's view is limited to
	Contact   string // overrides the tenant's
	Passes    bool   // accepts passes
}

// Place is where a workshop is held.
type Place struct {
	ID        string
	Structure pass.Structure
	Name      string
	Commune   string
	INSEE     string // code of the commune, 5 characters
	Zone      string // IANA time zone of its civil time
	Proxy     string // HOST:PORT of its web proxy; "": none is needed
	Hours     string // when it is open, see [ParseHours]; "": nobody said
	Itinerant bool   // the kit travels (market, bus): "Itinérant" in the national schema
}

// Kit is a case of stations that travel together.
type Kit struct {
	ID        string
	Structure pass.Structure
	Label     string
}
