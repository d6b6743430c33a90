package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// taking is a fleet to which some texts are a station's.
type taking struct{ got []string }

func (f *taking) Take(_ context.Context, tenant wire.Tenant, sealed io.Reader) (intake.Carried, error) {
	text, err := io.ReadAll(sealed)
	if err != nil || tenant != "demo" || !strings.HasPrefix(string(text), "good") {
		return intake.Carried{}, intake.ErrCarry
	}
	f.got = append(f.got, string(text))
	return intake.Carried{Station: logging, Records: 12, Counters: 3}, nil
}

func TestStickImport(t *testing.T) {
	fleet, noted, dir := &taking{}, &audit{}, t.TempDir()
	socket := filepath.Join(dir, admin.SocketName)
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: admin.New(admin.Parts{Fleet: noted, Carrier: fleet, Log: slog.New(slog.DiscardHandler)})}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	do := func(want int, stick string) string {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), []string{"--admin", socket, "stick", "import", stick}, strings.NewReader(""), &out, &out); got != want {
			t.Fatalf("kitctl stick import = %d; want %d\n%s", got, want, out.String())
		}
		return out.String()
	}
	stick := t.TempDir()
	if said := do(1, stick); !strings.Contains(said, "aucun poste") {
		t.Errorf("an empty stick: %q", said)
	}
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(stick, wire.CarryFolder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.mallette", "good 1")
	put("b.mallette", "good 2")
	put("c.mallette.new", "half written")
	if said := do(0, stick); strings.Count(said, "12 enregistrements, 3 comptages") != 2 {
		t.Errorf("two files: %q", said)
	}
	put("b.mallette", "bad")
	if said := do(1, stick); !strings.Contains(said, "b.mallette : refusé") || !strings.Contains(said, "les autres") {
		t.Errorf("one that is damaged: %q", said)
	}
	if want := []string{"good 1", "good 2", "good 1"}; !slices.Equal(fleet.got, want) || len(noted.what) != 3 {
		t.Errorf("fleet took %q, noted %v; want %q, each noted", fleet.got, noted.what, want)
	}
}
