package registry

import "time"

// AuditLife is how long audit entries are kept.
const AuditLife = 366 * 24 * time.Hour

// Actor is who asks for a change: a login of the console, or the name of a
// program ("fleetd", "kitctl").
type Actor struct {
	Login   string
	Address string // of the browser; "" for a program
}

// Audit says who changed what and when. It never holds a pass number or a
// secret.
type Audit struct {
	At     time.Time
	Who    string
	From   string
	What   string // closed list, e.g. "station.lost"
	Object string // id of the thing
	Detail string
}
