package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/daemon"
)

var errKnown = errors.New("port taken")

var program = daemon.Program{Name: "essai", About: "A program for tests.", Words: func(err error) string {
	if errors.Is(err, errKnown) {
		return "essai : l’adresse est prise."
	}
	return ""
}}

// ends are how the program that TestMain becomes may end.
var ends = map[string]error{
	"well": nil, "stopped": fmt.Errorf("serve: %w", context.Canceled), "known": fmt.Errorf("listen: %w", errKnown),
	"other": errors.New("no disk"), "idle": daemon.ErrNotNeeded,
}

func TestMain(m *testing.M) {
	if how, ok := os.LookupEnv("DAEMON_ENDS"); ok {
		program.Main(func(context.Context, []string, io.Writer, io.Writer) error { return ends[how] })
	}
	os.Exit(m.Run())
}

// Whoever supervises the program starts it again unless it is not needed; who reads
// over its shoulder is told why it ended, if that says anything.
func TestMainEnds(t *testing.T) {
	for how, want := range map[string]struct {
		status int
		says   string
	}{
		"well": {1, ""}, "stopped": {1, ""}, "known": {1, "essai : l’adresse est prise.\n"}, "other": {1, "essai: no disk\n"}, "idle": {0, ""},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "DAEMON_ENDS="+how)
		said, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want.status || string(said) != want.says {
			t.Errorf("%s: status %d, %q, %v; want %d, %q", how, got, said, err, want.status, want.says)
		}
	}
}

func TestParse(t *testing.T) {
	var flags struct {
		Run string `default:"/run/mallette" env:"DAEMON_TEST_RUN"`
	}
	var said bytes.Buffer
	t.Setenv("DAEMON_TEST_RUN", "/elsewhere")
	log, err := program.Parse(&flags, "1.2", nil, &said, &said)
	if err != nil || flags.Run != "/elsewhere" {
		t.Fatalf("Parse = %v, run %q; want the variable's", err, flags.Run)
	}
	log.Info("ready")
	if !strings.Contains(said.String(), "program=essai") {
		t.Errorf("log says %q; want the program's name", said.String())
	}
	if _, err := program.Parse(&flags, "1.2", []string{"--none"}, io.Discard, io.Discard); err == nil {
		t.Error("Parse(unknown flag) = nil; want an error")
	}
}
