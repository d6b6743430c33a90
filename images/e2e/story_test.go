package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
)

// patience bounds every wait of a story. Nothing is measured with it: a story
// goes on as soon as it sees what it waits for.
const patience = 90 * time.Second

// story is what one script plays with: a fleet server, stations, and all they say.
type story struct {
	dir      string
	fleet    *stage.Fleet
	seeded   stage.Seeded
	stations map[string]*post
	console  *console
	papers   *papers
	said     *journal
	rogue    *rogue
	demo     *demo
	starts   int // of the demonstration
}

// post is a station with the person who uses it.
type post struct {
	*stage.Station
	name  string
	id    wire.Station
	line  *stage.Line
	kiosk *visitor.Visitor
	row   int // lines on the mediator's screen before the last pass was shown

	confirmed []validation
	held      map[string]time.Time // when a code was last before a reader
}

// TestStories plays the stories of testdata, each on machines of its own.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: begin, Cmds: vocabulary(), RequireExplicitExec: true})
}

type key struct{}

func begin(env *testscript.Env) error {
	s := &story{dir: env.WorkDir, stations: map[string]*post{}, said: &journal{}}
	s.fleet = &stage.Fleet{
		Bin: bin, Data: filepath.Join(s.dir, "fleet"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Metrics: "127.0.0.1:0", Log: s.said.of("fleetd"),
	}
	s.papers = &papers{story: s, secrets: s.said}
	env.Values[key{}] = s
	env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("MALLETTE_ADMIN", filepath.Join(s.fleet.Data, "admin.sock"))
	env.Setenv("MALLETTE_BIN", bin)
	env.Setenv("BUILD", bin)
	env.Defer(func() { s.end(env.T()) })
	return os.WriteFile(filepath.Join(env.WorkDir, "fruits.zim"), fruits, 0o644) // no script can hold one
}

// fruits is a book of one page.
var fruits = zimtest.Book{Entries: []zimtest.Entry{
	{Namespace: 'C', Path: "pomme.html", Title: "La pomme", Type: "text/html", Content: "<title>La pomme</title><p>Une pomme se croque.</p>"},
	{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les fruits"},
}}.Bytes()

// end stops everything, and holds every program to its silence.
func (s *story) end(t testscript.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, p := range s.stations {
		if err := p.Stop(ctx); err != nil {
			t.Log(err)
		}
		if p.line != nil {
			p.line.Close()
		}
	}
	if s.fleet.Program != nil {
		if err := s.fleet.Stop(ctx); err != nil {
			t.Log(err)
		}
	}
	s.rogue.close()
	if s.demo != nil && s.demo.Program != nil {
		_ = s.demo.Stop(ctx)
	}
	if leak := s.said.leak(); leak != "" {
		t.Fatal("a program said what it must not: " + leak)
	}
}

// of returns the story that a script plays.
func of(ts *testscript.TestScript) *story { return ts.Value(key{}).(*story) }

// eventually calls ok until it says nothing, and fails with the last thing it said.
func (s *story) eventually(ts *testscript.TestScript, ok func() error) {
	deadline := time.Now().Add(patience)
	for {
		err := ok()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v\n%s", err, s.said.tail())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// must fails the script, with the end of what the programs said.
func (s *story) must(ts *testscript.TestScript, err error) {
	if err != nil {
		ts.Fatalf("%v\n%s", err, s.said.tail())
	}
}

// wanted holds the outcome of a command to the script's "!".
func wanted(ts *testscript.TestScript, neg bool, err error) {
	switch {
	case err == nil && neg:
		ts.Fatalf("it worked; want a refusal")
	case err != nil && !neg:
		ts.Fatalf("%v\n%s", err, of(ts).said.tail())
	}
}

// kitctl runs the technician's tool and returns what it printed.
func (s *story) kitctl(args ...string) (string, error) {
	var out, complaints strings.Builder
	cmd := exec.Command(filepath.Join(bin, "kitctl"), append([]string{"--admin", filepath.Join(s.fleet.Data, "admin.sock")}, args...)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &complaints, s.dir
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kitctl %s: %w: %s", args[0], err, complaints.String())
	}
	return out.String(), nil
}

// settings reads words like place=marche.
func settings(ts *testscript.TestScript, args []string) map[string]string {
	m := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%q is not name=value", arg)
		}
		m[name] = value
	}
	return m
}

// station returns the station with this name.
func (s *story) station(ts *testscript.TestScript, name string) *post {
	p, ok := s.stations[name]
	if !ok {
		ts.Fatalf("no station %s", name)
	}
	return p
}
