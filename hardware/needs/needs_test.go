package needs_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
)

// ending is a test of which only is kept how it ended.
type ending struct {
	testing.TB
	said string
}

func (e *ending) Helper() {}

func (e *ending) Fatal(args ...any) {
	e.said = "failed: " + fmt.Sprint(args...)
	runtime.Goexit()
}

func (e *ending) Skip(args ...any) {
	e.said = "skipped: " + fmt.Sprint(args...)
	runtime.Goexit()
}

// end runs the test to its end.
func (e *ending) end(test func(testing.TB)) string {
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(e)
	}()
	<-done
	return e.said
}

func TestMissing(t *testing.T) {
	without := func(t testing.TB) { needs.Program(t, "mallette-has-no-such-program", "nowhere") }
	for _, c := range []struct {
		name, ci, want string
		test           func(testing.TB)
	}{
		{"a program, at home", "", "skipped: mallette-has-no-such-program is not installed (package nowhere)", without},
		{"a program, in CI", "true", "failed: mallette-has-no-such-program is not installed (package nowhere), and CI leaves nothing out", without},
		{"a program that is there", "true", "", func(t testing.TB) { needs.Program(t, "sh", "dash") }},
	} {
		t.Setenv("CI", c.ci)
		if got := new(ending).end(c.test); got != c.want {
			t.Errorf("%s: the test %s; want %s", c.name, got, c.want)
		}
	}
}

func TestProgramSaysWhere(t *testing.T) {
	if got := needs.Program(t, "sh", "dash"); !strings.HasSuffix(got, "/sh") {
		t.Errorf("Program(sh) = %q; want where it is", got)
	}
}
