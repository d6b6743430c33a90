package stage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ready bounds how long a program may take until it serves, on a slow machine.
const ready = 60 * time.Second

// Fleet is a fleet server. Set the exported fields, then Init and Start.
type Fleet struct {
	Bin     string // folder of the programs
	Data    string // its data directory
	Listen  string // address of the stations' port
	Address string // where stations are told to connect; "": Listen
	Console string // address of the console
	Metrics string // address of /metrics; "": none
	Env     []string
	Log     io.Writer // gets what the server says

	*Program
}

// Exists says that the data directory was made before.
func (f *Fleet) Exists() bool {
	_, err := os.Stat(filepath.Join(f.Data, "authority"))
	return err == nil
}

// Init makes the data directory of a demonstration and returns the one-time
// password of the console.
func (f *Fleet) Init(ctx context.Context, tenant wire.Tenant, name string) (string, error) {
	said, err := f.Command(ctx, "init", "--tenant", string(tenant), "--name", name, "--demonstration")
	if err != nil {
		return "", err
	}
	_, password, _ := strings.Cut(said, "usage unique ")
	password, _, _ = strings.Cut(password, "\n")
	return password, nil
}

// Command runs one of fleetd's commands on the data directory and returns what
// it said.
func (f *Fleet) Command(ctx context.Context, command string, args ...string) (string, error) {
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(f.Bin, "fleetd"), append([]string{command, "--data", f.Data}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("fleetd %s: %w: %s", command, err, strings.TrimSpace(complaints.String()))
	}
	return out.String(), nil
}

// Start starts the server and waits until it answers. Loopback's port 0 is
// replaced by a free port, see [Port].
func (f *Fleet) Start(ctx context.Context) error {
	for _, address := range []*string{&f.Listen, &f.Console, &f.Metrics} {
		if err := settle(address); err != nil {
			return err
		}
	}
	if f.Address == "" {
		f.Address = f.Listen
	}
	args := []string{"run", "--data", f.Data, "--listen", f.Listen, "--address", f.Address, "--console", f.Console, "--metrics", f.Metrics}
	p, err := Run(filepath.Join(f.Bin, "fleetd"), args, f.Env, f.Log)
	if err != nil {
		return err
	}
	f.Program = p
	return p.Await(ctx, ready, f.Admin().Ping)
}

// Admin returns the server's operator door.
func (f *Fleet) Admin() *admin.Client { return admin.Dial(filepath.Join(f.Data, admin.SocketName)) }
