package gokrazy_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/images/build/gokrazy"
)

func TestFirstProgramStartsWhatTheConfigurationNames(t *testing.T) {
	got, err := gokrazy.FirstProgram([]byte(`{
		"Packages": ["example.org/cmd/launcher", "example.org/cmd/agent"],
		"GokrazyPackages": ["example.org/randomd"],
		"PackageConfig": {"example.org/cmd/agent": {"CommandLineFlags": ["--release=v1", "a \"word\""]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `		gokrazy.NewService(command("/gokrazy/randomd")),
		gokrazy.NewService(command("/user/agent", "--release=v1", "a \"word\"")),
		gokrazy.NewService(command("/user/launcher")),
`
	if !strings.Contains(string(got), want) {
		t.Errorf("first program =\n%s\nwant in it\n%s", got, want)
	}
}

// TestConfigurationsOfImages holds every image to the same rules: no password,
// no program of gokrazy's that speaks to a network.
func TestConfigurationsOfImages(t *testing.T) {
	files, err := filepath.Glob("../../kiosk-*/config.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v; want configurations", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"NoPassword": true`) || strings.Contains(string(text), "cmd/heartbeat") || strings.Contains(string(text), "cmd/dhcp") {
			t.Errorf("%s: want no password, no heartbeat, no dhcp", file)
		}
		if source, err := gokrazy.FirstProgram(text); err != nil || !strings.Contains(string(source), `command("/user/launcher"`) {
			t.Errorf("%s: FirstProgram = %s, %v; want the launcher in it", file, source, err)
		}
	}
}

func FuzzFirstProgram(f *testing.F) {
	f.Add([]byte(`{"Packages": ["a/b"], "PackageConfig": {"a/b": {"CommandLineFlags": ["\u0000\"); panic(1)"]}}}`))
	f.Fuzz(func(t *testing.T, config []byte) {
		source, err := gokrazy.FirstProgram(config)
		if err != nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "init.go", source, 0); err != nil {
			t.Errorf("FirstProgram(%q) does not parse: %v", config, err)
		}
	})
}
