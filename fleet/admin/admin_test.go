package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// serve opens the door of a real store and registry and returns its socket.
func serve(t *testing.T) string {
	t.Helper()
	socket, _ := serveStore(t)
	return socket
}

type nowhere struct{}

func (nowhere) Publish(wire.Tenant, map[string][]byte) error { return nil }

func serveStore(t *testing.T) (string, *store.Store) {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	vault, err := mint.CreateVault(filepath.Join(dir, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	parts := admin.Parts{
		Registry: registry.Registry{Store: db, Now: time.Now, Log: log},
		Fleet:    db, People: people.Gate{Store: db, Now: time.Now}, Log: log,
		Mint: &mint.Mint{Store: db, Vault: vault, Publisher: nowhere{}, Now: time.Now, Log: log},
	}
	socket := filepath.Join(dir, admin.SocketName)
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: admin.New(parts)}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close(); db.Close() })
	return socket, db
}

func TestChangesAreAudited(t *testing.T) {
	socket, db := serveStore(t)
	c := admin.Dial(socket)
	if err := c.SaveTenant(t.Context(), registry.Tenant{ID: "nancy", Name: "Nancy"}); err != nil {
		t.Fatal(err)
	}
	if err := c.SaveStructure(t.Context(), "nancy", registry.Structure{ID: 1, Name: "MJC", SIRET: "73282932000074"}); err != nil {
		t.Fatal(err)
	}
	stations, err := c.Stations(t.Context(), "nancy", registry.Query{})
	if err != nil || len(stations) != 0 {
		t.Errorf("Stations = %v, %v; want none", stations, err)
	}
	if _, err := c.IssueCard(t.Context(), admin.CardOrder{Tenant: "nancy", Structure: 1, Until: pass.DayOf(time.Now()) + 30, Label: "Secours"}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetPIN(t.Context(), "nancy", 1, "482915"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Invite(t.Context(), people.Person{Tenant: "nancy", Login: "ana", Role: people.Admin}); err != nil {
		t.Fatal(err)
	}
	entries, err := db.Audit(t.Context(), "nancy", 0, 10)
	var got []string
	for _, e := range entries {
		got = append(got, e.Who+" "+e.What+" "+e.Object)
	}
	want := []string{"kitctl person.invite ana", "kitctl pin.set 1", "kitctl card.issue 1", "kitctl structure.save 1", "kitctl tenant.save nancy"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Audit = %q, %v; want %q", got, err, want)
	}
}

// TestKindsCrossTheSocket holds that a caller can tell what went wrong.
func TestKindsCrossTheSocket(t *testing.T) {
	c := admin.Dial(serve(t))
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"wrong check digit", c.SaveStructure(t.Context(), "nancy", registry.Structure{ID: 1, Name: "MJC", SIRET: "73282932000075"}), registry.ErrInvalid},
		{"unknown station", c.EditStation(t.Context(), "nancy", "sabcdefghij234567", registry.Edit{Kit: "k"}), registry.ErrInvalid},
		{"a token for a kit that nobody has", errOf(c.IssueToken(t.Context(), admin.TokenOrder{Tenant: "nancy", Kit: "k", Life: time.Hour})), registry.ErrUnknown},
		{"a token for ever", errOf(c.IssueToken(t.Context(), admin.TokenOrder{Tenant: "nancy", Kit: "k", Life: 10_000 * time.Hour})), registry.ErrInvalid},
		{"a person without a role", errOf(c.Invite(t.Context(), people.Person{Tenant: "nancy", Login: "x"})), people.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("error = %v; want %v", tt.err, tt.want)
			}
		})
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestNobodyAtTheDoor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), admin.SocketName)
	if err := admin.Dial(socket).Ping(t.Context()); !errors.Is(err, admin.ErrNotRunning) {
		t.Errorf("Ping without a server = %v; want %v", err, admin.ErrNotRunning)
	}
	left, err := net.Listen("unix", socket) // a server that was killed leaves its socket
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatalf("Listen over a dead socket = %v; want no error", err)
	}
	listener.Close()
}

func TestSocketIsTheOwners(t *testing.T) {
	socket := serve(t)
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the socket = %v, %v; want -rw-------", info.Mode(), err)
	}
	if _, err := admin.Listen(socket); !errors.Is(err, admin.ErrInUse) {
		t.Errorf("Listen where a server answers = %v; want %v", err, admin.ErrInUse)
	}
}

func TestMalformedQuestions(t *testing.T) {
	socket := serve(t)
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	for name, body := range map[string]string{
		"not JSON":         "\x00",
		"an unknown field": `{"Tenant":"nancy","Surprise":1}`,
		"too large":        `{"Tenant":"` + strings.Repeat("a", 2<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			response, err := client.Post("http://admin/token/issue", "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("status = %s; want 422", response.Status)
			}
		})
	}
}

func TestAStolenCardKeyClosesItsCards(t *testing.T) {
	socket, db := serveStore(t)
	c := admin.Dial(socket)
	if err := c.SaveTenant(t.Context(), registry.Tenant{ID: "nancy", Name: "Nancy"}); err != nil {
		t.Fatal(err)
	}
	order := admin.CardOrder{Tenant: "nancy", Until: pass.DayOf(time.Now()) + 30, Label: "Secours"}
	issue := func() pass.KeyID {
		card, err := c.IssueCard(t.Context(), order)
		if err != nil {
			t.Fatal(err)
		}
		cards, err := c.Cards(t.Context(), "nancy")
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(cards, func(k mint.MediatorCard) bool { return k.Card.ID == card.ID })
		return cards[i].Card.Key
	}
	stolen := issue()
	if err := c.RevokeCardKey(t.Context(), "nancy", stolen); err != nil {
		t.Fatal(err)
	}
	if got := issue(); got == stolen {
		t.Errorf("key of the next card = %d; want another than the stolen one", got)
	}
	if err := c.RevokeCardKey(t.Context(), "nancy", 99); err == nil {
		t.Error("RevokeCardKey of an unknown key = nil; want an error")
	}
	if log, err := db.Audit(t.Context(), "nancy", 0, 10); err != nil || !slices.ContainsFunc(log, func(a registry.Audit) bool { return a.What == "card-key.revoke" }) {
		t.Errorf("Audit = %v, %v; want the revocation", log, err)
	}
}
