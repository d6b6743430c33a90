package gokrazy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// The first program is generated here rather than by gok, which writes into it
// the moment it was built in, so that no two builds are the same. It calls the
// same two functions of gokrazy.
const (
	initPackage = "init.invalid/init"
	pinned      = "github.com/gokrazy/gokrazy" // the committed module that pins gokrazy
)

const initSource = `package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"

	"github.com/gokrazy/gokrazy"
)

var buildTimestamp = "unknown"

func main() {
	log.SetFlags(log.LstdFlags | log.Lshortfile)
	fmt.Printf("gokrazy build timestamp %s\n", buildTimestamp)
	if err := gokrazy.Boot(buildTimestamp); err != nil {
		log.Fatal(err)
	}
	services := []*gokrazy.Service{
{{- range . }}
		gokrazy.NewService(command({{ range . }}{{ printf "%q" . }}, {{ end }})),
{{- end }}
	}
	if err := gokrazy.SuperviseServices(services); err != nil {
		log.Fatal(err)
	}
	select {}
}

func command(program string, args ...string) *exec.Cmd {
	c := exec.Command(program, args...)
	c.Env = os.Environ()
	return c
}
`

// configuration is what the first program is made from.
type configuration struct {
	Packages, GokrazyPackages []string
	PackageConfig             map[string]struct{ CommandLineFlags []string }
}

// commands returns what is started, in the order of their paths.
func (c configuration) commands() [][]string {
	var all [][]string
	for folder, packages := range map[string][]string{"/gokrazy/": c.GokrazyPackages, "/user/": c.Packages} {
		for _, p := range packages {
			all = append(all, append([]string{folder + path.Base(p)}, c.PackageConfig[p].CommandLineFlags...))
		}
	}
	slices.SortFunc(all, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return all
}

// init writes the first program and its module, which pins what the committed
// one pins.
func (i Instance) init() error {
	b, err := i.read()
	if err != nil {
		return err
	}
	var c configuration
	if err := json.Unmarshal(b, &c); err != nil {
		return fmt.Errorf("config.json: %w", err)
	}
	source, err := firstProgram(c)
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(i.source("builddir", pinned, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(i.source("builddir", pinned, "go.sum"))
	if err != nil {
		return err
	}
	dir := i.work("builddir", initPackage)
	mod = bytes.Replace(mod, []byte("module gokrazy/build/init"), []byte("module "+initPackage), 1)
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "init.go"), source, 0o644),
		os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o644), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
}

func firstProgram(c configuration) ([]byte, error) {
	t, err := template.New("init").Parse(initSource)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, c.commands()); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}
