package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Root is where Debian's packages are taken from when nobody says otherwise.
const Root = "http://deb.debian.org"

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// apt is an apt of our own: its lists, cache and sources are in dir, its disk is
// empty, and nothing of the machine's configuration reaches it.
type apt struct {
	dir, arch string
}

// newApt writes the private configuration and brings the signed lists up to date.
func newApt(ctx context.Context, dir, root string, r Recipe) (apt, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return apt{}, err
	}
	a := apt{dir, r.Arch}
	for _, d := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return a, err
		}
	}
	if err := errors.Join(a.write("sources.list", sources(root, r.Suites)), a.write("apt.conf", a.conf())); err != nil {
		return a, err
	}
	_, err = a.run(ctx, "apt-get", "-q", "update", "--error-on=any")
	return a, err
}

func (a apt) write(name, text string) error {
	return os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o644)
}

func sources(root string, suites []string) string {
	var b strings.Builder
	for _, s := range suites {
		f := strings.Fields(s)
		fmt.Fprintf(&b, "deb [signed-by=%s] %s/%s %s\n", keyring, root, f[0], strings.Join(f[1:], " "))
	}
	return b.String()
}

func (a apt) conf() string {
	return fmt.Sprintf(`Dir %q;
Dir::State "state";
Dir::State::status "/dev/null";
Dir::Cache "cache";
Dir::Etc::sourcelist %q;
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture %q;
APT::Architectures { %q; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
`, a.dir+"/", filepath.Join(a.dir, "sources.list"), a.arch, a.arch)
}

func (a apt) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "APT_CONFIG="+filepath.Join(a.dir, "apt.conf"), "LC_ALL=C")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", args[0], args[1], err, strings.TrimSpace(said.String()))
	}
	return out, nil
}

// closure names what would be installed on an empty disk, with version, as name=version.
func (a apt) closure(ctx context.Context, wanted []string) ([]string, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	out, err := a.run(ctx, append([]string{"apt-get", "-q", "-y", "--simulate", "--no-install-recommends", "install"}, wanted...)...)
	if err != nil {
		return nil, err
	}
	return simulated(string(out)), nil
}

// simulated reads the lines "Inst name (version suite [arch])" of apt's simulation.
func simulated(out string) []string {
	var names []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] == "Inst" && strings.HasPrefix(f[2], "(") {
			names = append(names, f[1]+"="+f[2][1:])
		}
	}
	return names
}

// show describes packages given as name or name=version; of the former the newest.
func (a apt) show(ctx context.Context, names []string) ([]stanza, error) {
	if len(names) == 0 {
		return nil, nil
	}
	out, err := a.run(ctx, append([]string{"apt-cache", "show", "--no-all-versions"}, names...)...)
	if err != nil {
		return nil, err
	}
	return parseStanzas(bytes.NewReader(out))
}
