package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/artefact"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// audit is a fleet that only notes.
type audit struct {
	admin.Fleet
	what []string
}

func (a *audit) Note(_ context.Context, _ wire.Tenant, e registry.Audit) error {
	a.what = append(a.what, e.What)
	return nil
}

// openShelf is a release repository behind a server's admin socket.
func openShelf(t *testing.T) (dir, socket string, noted *audit) {
	t.Helper()
	dir, noted = t.TempDir(), &audit{}
	if err := release.Init(dir, time.Now(), "demo"); err != nil {
		t.Fatal(err)
	}
	r, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, admin.SocketName)
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: admin.New(admin.Parts{Fleet: noted, Releases: r, Log: slog.New(slog.DiscardHandler)})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return dir, socket, noted
}

func smallParts(t *testing.T, name string) string {
	t.Helper()
	dir, root := t.TempDir(), bytes.Repeat([]byte("root of "+name+"   "), 4096)
	root = root[:len(root)/slot.BlockSize*slot.BlockSize]
	salt := bytes.Repeat([]byte{3}, 32)
	v, tree, err := slot.Seal(bytes.NewReader(root), salt, slot.GUID(salt[:16]))
	if err != nil {
		t.Fatal(err)
	}
	if err := (artefact.Parts{Release: name, Arch: "amd64", Made: time.Unix(1_700_000_000, 0), Verity: v}).Write(dir); err != nil {
		t.Fatal(err)
	}
	about, err := slot.Describe(slot.Release{Name: name, Kernel: "6.12", Arch: "amd64", Root: v})
	if err != nil {
		t.Fatal(err)
	}
	var boot bytes.Buffer
	if _, err := slot.WriteContainer(&boot, []slot.Content{{Name: slot.ContainerInitrd, Size: int64(len(about)), Data: bytes.NewReader(about)}}); err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string][]byte{artefact.FileBoot: boot.Bytes(), artefact.FileRoot: append(root, tree...)} {
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReleaseFromBuildToRetirement is a technician's day with two releases.
func TestReleaseFromBuildToRetirement(t *testing.T) {
	dir, socket, noted := openShelf(t)
	key := filepath.Join(dir, "offline", "base.pem")
	do := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append([]string{"--admin", socket, "release"}, args...), strings.NewReader(""), &out, &out); got != want {
			t.Fatalf("kitctl release %v = %d; want %d\n%s", args, got, want, out.String())
		}
		return out.String()
	}
	first, second := smallParts(t, "2027.1"), smallParts(t, "2027.2")
	made := filepath.Join(t.TempDir(), "made")
	do(0, "build", first, "--out", made+"1")
	do(0, "build", second, "--from", first, "--out", made+"2")
	if said := do(0, "publish", made+"1", "--key", key); !strings.Contains(said, "CLÉ DE DÉVELOPPEMENT") {
		t.Errorf("publish with a key in the open says %q; want a loud warning", said)
	}
	list := filepath.Join(dir, "liste.json")
	do(1, "publish", made+"2")
	do(0, "list", "--out", list)
	do(0, "sign", made+"2", "--key", key, "--list", list) // where no server is
	do(0, "publish", made+"2")
	do(0, "sign", made+"1", "--key", key, "--list", list)
	if said := do(1, "publish", made+"1"); !strings.Contains(said, "Recommencez") {
		t.Errorf("publish of what was signed before another one says %q", said)
	}
	if got := do(0, "list"); got != "amd64  2027.1\namd64  2027.2\n" {
		t.Errorf("list = %q; want both", got)
	}
	do(1, "retire", "2026.9", "--key", key)
	do(0, "retire", "2027.1", "--key", key)
	if got := do(0, "list"); got != "amd64  2027.2\n" {
		t.Errorf("list = %q; want the second alone", got)
	}
	if said := do(1, "publish", made+"1", "--key", filepath.Join(dir, "online", "snapshot.pem")); !strings.Contains(said, "cette clé ne signe pas") {
		t.Errorf("publish with another key says %q", said)
	}
	if err := os.Remove(filepath.Join(made+"2", artefact.FileBase)); err != nil {
		t.Fatal(err)
	}
	do(1, "publish", made+"2", "--key", key)
	if len(noted.what) != 3 {
		t.Errorf("audit = %v; want the three changes", noted.what)
	}
}
