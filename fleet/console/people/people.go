// Package people is who may use the console: logins, roles, passwords and the
// sessions of their browsers.
//
//	g := people.Gate{Store: db, Now: time.Now}
//	token, person, err := g.SignIn(ctx, login, password)   // ErrRefused
//	person, err := g.Person(ctx, token)                    // ErrNoSession
//
// Passwords are kept as argon2id PHC strings and session tokens as hashes, so
// that a stolen database opens nothing. Checking an unknown login costs as
// much as checking a wrong password. The package never decides what a page
// shows (the console does) and never logs.
package people

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Errors that callers branch on.
var (
	// ErrRefused says that login and password do not belong together, without
	// saying which is wrong.
	ErrRefused = errors.New("sign-in refused")
	// ErrNoSession says that a session is unknown, over or idle for too long.
	ErrNoSession = errors.New("no session")
	// ErrWeak says that a new password is too short or is the login.
	ErrWeak = errors.New("password too weak")
	// ErrInvalid says that a person breaks a rule; the wrapped text names the field.
	ErrInvalid = errors.New("invalid person")
	// ErrUnknown says that there is no such person or session in the store.
	ErrUnknown = errors.New("no such person")
)

// Role is what a person does with the fleet.
type Role string

// The roles. A mediator belongs to one structure and sees its own totals; a
// coordinator follows a territory; a funder reads aggregates only.
const (
	Mediator    Role = "mediateur"
	Coordinator Role = "coordinateur"
	Technician  Role = "technicien"
	Funder      Role = "financeur"
	Editor      Role = "editeur"
	Admin       Role = "admin"
)

// Roles lists every role, the narrowest first.
func Roles() []Role {
	return []Role{Mediator, Coordinator, Technician, Funder, Editor, Admin}
}

// Person is somebody who may sign in.
type Person struct {
	Tenant     wire.Tenant
	Login      string // unique on the server
	Name       string
	Role       Role
	Structure  pass.Structure // what a mediator's view is limited to
	Territory  string         // what a coordinator's view is limited to; "": all
	MustChange bool           // the password is the one-time one
	Disabled   bool
	Created    time.Time
	LastLogin  time.Time
}

// Store keeps people and sessions. A missing row is [ErrUnknown].
type Store interface {
	SavePerson(ctx context.Context, p Person) error
	SetPassword(ctx context.Context, tenant wire.Tenant, login, hash string, mustChange bool) error
	PersonByLogin(ctx context.Context, login string) (Person, string, error)
	AddSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash string) (Session, Person, error)
	TouchSession(ctx context.Context, hash string, at time.Time) error
	EndSession(ctx context.Context, hash string) error
	EndSessionsOf(ctx context.Context, tenant wire.Tenant, login string) error
}

// Gate lets people in.
type Gate struct {
	Store Store
	Now   func() time.Time
}

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.@_-]{1,63}$`)

// Check says whether p can be saved; the error wraps [ErrInvalid].
func (p Person) Check() error {
	if !loginForm.MatchString(p.Login) {
		return fmt.Errorf("%w: login", ErrInvalid)
	}
	if !slices.Contains(Roles(), p.Role) {
		return fmt.Errorf("%w: role", ErrInvalid)
	}
	if p.Role == Mediator && p.Structure == 0 {
		return fmt.Errorf("%w: structure", ErrInvalid)
	}
	if len(p.Name) > 200 || len(p.Territory) > 200 {
		return fmt.Errorf("%w: name", ErrInvalid)
	}
	return nil
}

// Invite saves a new person and returns a one-time password, shown once, that
// has to be changed at the first sign-in. Inviting somebody again gives a new
// password and ends their sessions.
func (g Gate) Invite(ctx context.Context, p Person) (string, error) {
	if err := p.Check(); err != nil {
		return "", err
	}
	if err := g.free(ctx, p); err != nil {
		return "", err
	}
	p.Created = g.Now()
	if err := g.Store.SavePerson(ctx, p); err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	password := oneTime()
	if err := g.Store.SetPassword(ctx, p.Tenant, p.Login, hashPassword(password), true); err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	if err := g.Store.EndSessionsOf(ctx, p.Tenant, p.Login); err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	return password, nil
}

// free refuses a login that another tenant uses.
func (g Gate) free(ctx context.Context, p Person) error {
	known, _, err := g.Store.PersonByLogin(ctx, p.Login)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	if known.Tenant != p.Tenant {
		return fmt.Errorf("%w: login", ErrInvalid)
	}
	return nil
}

// Save changes a person without touching the password; somebody disabled is
// signed out everywhere.
func (g Gate) Save(ctx context.Context, p Person) error {
	if err := p.Check(); err != nil {
		return err
	}
	if err := g.Store.SavePerson(ctx, p); err != nil {
		return fmt.Errorf("save person: %w", err)
	}
	if !p.Disabled {
		return nil
	}
	return g.Store.EndSessionsOf(ctx, p.Tenant, p.Login)
}
