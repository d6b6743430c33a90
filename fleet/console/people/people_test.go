package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/store"
)

// door is a gate on a real store whose clock the test moves.
type door struct {
	people.Gate
	now time.Time
}

func newDoor(t *testing.T) *door {
	t.Helper()
	db, err := store.Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &door{now: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)}
	d.Gate = people.Gate{Store: db, Now: func() time.Time { return d.now }}
	return d
}

func (d *door) invite(t *testing.T, login string) string {
	t.Helper()
	password, err := d.Invite(t.Context(), people.Person{Tenant: "demo", Login: login, Role: people.Admin})
	if err != nil {
		t.Fatal(err)
	}
	return password
}

func TestSignIn(t *testing.T) {
	d := newDoor(t)
	password := d.invite(t, "ada")
	tests := []struct {
		name, login, password string
		want                  error
	}{
		{"right", "ada", password, nil},
		{"wrong password", "ada", password + "x", people.ErrRefused},
		{"unknown login", "eve", password, people.ErrRefused},
		{"empty", "", "", people.ErrRefused},
		{"very long", "ada", strings.Repeat("a", 100_000), people.ErrRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := d.SignIn(t.Context(), tt.login, tt.password); !errors.Is(err, tt.want) {
				t.Errorf("SignIn(%s) = %v; want %v", tt.name, err, tt.want)
			}
		})
	}
}

func TestOneTimePasswordIsChangedOnce(t *testing.T) {
	d := newDoor(t)
	first := d.invite(t, "ada")
	old, p, err := d.SignIn(t.Context(), "ada", first)
	if err != nil || !p.MustChange {
		t.Fatalf("SignIn() = %+v, %v; want a person who must change the password", p, err)
	}
	for _, weak := range []string{"court", "ADA", first} {
		if _, err := d.ChangePassword(t.Context(), "ada", first, weak); !errors.Is(err, people.ErrWeak) {
			t.Errorf("ChangePassword(weak) = %v; want %v", err, people.ErrWeak)
		}
	}
	token, err := d.ChangePassword(t.Context(), "ada", first, "cheval agrafe batterie")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := d.Person(t.Context(), token); err != nil || p.MustChange {
		t.Errorf("Person(new session) = %+v, %v; want one who need not change", p, err)
	}
	if _, err := d.Person(t.Context(), old); !errors.Is(err, people.ErrNoSession) {
		t.Errorf("Person(old session) = %v; want %v", err, people.ErrNoSession)
	}
	if _, _, err := d.SignIn(t.Context(), "ada", first); !errors.Is(err, people.ErrRefused) {
		t.Errorf("SignIn(one-time password again) = %v; want %v", err, people.ErrRefused)
	}
}

func TestSessionsEnd(t *testing.T) {
	tests := []struct {
		name string
		end  func(d *door, token string) error
	}{
		{"idle", func(d *door, _ string) error { d.now = d.now.Add(people.Idle + time.Second); return nil }},
		{"signed out", func(d *door, token string) error { return d.SignOut(t.Context(), token) }},
		{"disabled", func(d *door, _ string) error {
			return d.Save(t.Context(), people.Person{Tenant: "demo", Login: "ada", Role: people.Admin, Disabled: true})
		}},
		{"old", func(d *door, token string) error {
			for end := d.now.Add(people.Life + time.Minute); d.now.Before(end); d.now = d.now.Add(people.Idle / 2) {
				if _, err := d.Person(t.Context(), token); err != nil && d.now.Before(end.Add(-time.Minute)) {
					return err
				}
			}
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDoor(t)
			token, _, err := d.SignIn(t.Context(), "ada", d.invite(t, "ada"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Person(t.Context(), token); err != nil {
				t.Fatalf("Person(fresh session) = %v; want nil", err)
			}
			if err := tt.end(d, token); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Person(t.Context(), token); !errors.Is(err, people.ErrNoSession) {
				t.Errorf("Person(%s) = %v; want %v", tt.name, err, people.ErrNoSession)
			}
		})
	}
}

func TestLoginBelongsToOneTenant(t *testing.T) {
	d := newDoor(t)
	d.invite(t, "ada")
	_, err := d.Invite(t.Context(), people.Person{Tenant: "other", Login: "ada", Role: people.Admin})
	if !errors.Is(err, people.ErrInvalid) {
		t.Errorf("Invite(login of another tenant) = %v; want %v", err, people.ErrInvalid)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		p    people.Person
		ok   bool
	}{
		{"admin", people.Person{Login: "ada", Role: people.Admin}, true},
		{"mediator without structure", people.Person{Login: "ada", Role: people.Mediator}, false},
		{"mediator", people.Person{Login: "ada", Role: people.Mediator, Structure: 1}, true},
		{"no role", people.Person{Login: "ada"}, false},
		{"odd login", people.Person{Login: "Ada L", Role: people.Admin}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.p.Check(); (err == nil) != tt.ok {
				t.Errorf("Check() = %v; want ok %v", err, tt.ok)
			}
		})
	}
}

func TestThrottleGrowsAndForgets(t *testing.T) {
	var th people.Throttle
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	var waits []time.Duration
	for range 8 {
		th.Failed("ada", "192.0.2.1", now)
		waits = append(waits, th.Wait("ada", "192.0.2.1", now))
	}
	if waits[3] != 0 || waits[4] != time.Second || waits[5] != 2*time.Second || waits[7] != 8*time.Second {
		t.Errorf("waits = %v; want none for four failures, then 1 s, 2 s, 4 s, 8 s", waits)
	}
	if w := th.Wait("ada", "192.0.2.2", now); w != 0 {
		t.Errorf("Wait(another address) = %v; want 0: nobody locks somebody else out", w)
	}
	th.Succeeded("ada", "192.0.2.1")
	if w := th.Wait("ada", "192.0.2.1", now); w != 0 {
		t.Errorf("Wait(after success) = %v; want 0", w)
	}
}

func TestThrottleSlowsAnAddressThatTriesManyLogins(t *testing.T) {
	var th people.Throttle
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	for i := range 40 {
		th.Failed(strings.Repeat("x", i+2), "192.0.2.1", now)
	}
	if w := th.Wait("fresh", "192.0.2.1", now); w == 0 {
		t.Error("Wait(new login, tired address) = 0; want some")
	}
}
