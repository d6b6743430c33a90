package slot_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// starts follows the loader through that many starts of which none becomes
// good, and writes what it starts: "a", or "b2" for the second try of a trial.
func starts(env slot.Env, n int) (string, slot.Env) {
	var list []string
	for range n {
		var c slot.Choice
		c, env = env.Choose()
		s := string(c.Slot)
		if c.Trial > 0 {
			s += fmt.Sprint(c.Trial)
		}
		if c.Then != c.Slot.Other() {
			s += "!"
		}
		list = append(list, s)
	}
	return strings.Join(list, " "), env
}

func TestChoose(t *testing.T) {
	fresh := slot.NewEnv()
	trial := fresh.Arm(slot.B)
	cases := []struct {
		name string
		env  slot.Env
		want string
	}{
		{"as flashed, nothing ever good", fresh, "a a a b b b a b a b"},
		{"a trial that never becomes good", trial, "b1 b2 b3 a a a a b a b"},
		{"a trial given up by the guardian", trial.MarkFailed(slot.B, slot.ProblemDeadline), "a a a a a a"},
		{"a slot that failed keeps its tries", fresh.MarkFailed(slot.A, slot.ProblemIntegrity), "a a a b b b b b"},
		{"the other slot is being written", fresh.MarkInvalid(slot.B), "a a a a a"},
		{"the preferred slot is being written", fresh.MarkInvalid(slot.A), "b b b b b"},
		{"both failed", fresh.MarkFailed(slot.A, slot.ProblemRoot).MarkFailed(slot.B, slot.ProblemRoot), "a a a b b b a b a"},
		{"b was good last", fresh.MarkGood(slot.B), "a a a b b b b a b"},
		{"nothing is valid", slot.Env{Preferred: slot.B}, "a b a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := starts(c.env, strings.Count(c.want, " ")+1); got != c.want {
				t.Errorf("starts = %q; want %q", got, c.want)
			}
		})
	}
}

func TestBlind(t *testing.T) {
	if got, want := slot.ChooseBlind(), (slot.Choice{Slot: slot.A, Then: slot.B}); got != want {
		t.Errorf("ChooseBlind = %+v; want %+v", got, want)
	}
}

// TestImpatience: somebody switches a station off three times before a trial
// could be marked good. It gets a second chance, not a third.
func TestImpatience(t *testing.T) {
	env := slot.NewEnv().MarkGood(slot.A).Arm(slot.B)
	_, env = starts(env, 3)
	c, env := env.Choose()
	if c.Slot != slot.A || c.Trial != 0 {
		t.Fatalf("Choose = %+v; want a, not on trial", c)
	}
	env = env.MarkGood(slot.A).Settle(slot.A)
	if id, _ := env.GivenUp(); id != slot.None {
		t.Fatalf("GivenUp = %q; want none yet", id)
	}
	got, env := starts(env, 4)
	if want := "b1 b2 b3 a"; got != want {
		t.Fatalf("starts = %q; want %q", got, want)
	}
	env = env.MarkGood(slot.A).Settle(slot.A)
	if id, why := env.GivenUp(); id != slot.B || why != slot.ProblemExhausted {
		t.Errorf("GivenUp = %q, %q; want b, exhausted", id, why)
	}
	if got, _ := starts(env, 3); got != "a a a" {
		t.Errorf("starts = %q; want a only", got)
	}
}

// TestHealthyForYears: each healthy start fills the counter again, so that a
// slot that goes bad later still has the other to fall back on.
func TestHealthyForYears(t *testing.T) {
	env := slot.NewEnv().Arm(slot.B)
	for range 1000 {
		c, started := env.Choose()
		if c.Slot != slot.B {
			t.Fatalf("Choose = %+v; want b", c)
		}
		env = started.MarkGood(slot.B).Settle(slot.B)
	}
	if got, _ := starts(env, 5); got != "b b b a a" {
		t.Errorf("starts of a slot gone bad = %q; want three of b, then a", got)
	}
}

func TestSettle(t *testing.T) {
	base := slot.NewEnv().MarkGood(slot.A)
	used := base
	used.B.Tries = 0
	cases := []struct {
		name      string
		env       slot.Env
		tries     int
		preferred slot.ID
		trial     slot.ID
	}{
		{"the fall-back gets its tries back", used, 3, slot.A, slot.None},
		{"a half-written slot is left alone", base.MarkInvalid(slot.B), 0, slot.A, slot.None},
		{"a failed trial is given up", base.Arm(slot.B).MarkFailed(slot.B, slot.ProblemRoot), 0, slot.A, slot.None},
		{"a silent trial is tried again", base.Arm(slot.B), 3, slot.B, slot.B},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.env.Settle(slot.A)
			if got.B.Tries != c.tries || got.Preferred != c.preferred || got.Trial != c.trial {
				t.Errorf("Settle = %+v; want b with %d tries, preferred %q, trial %q", got, c.tries, c.preferred, c.trial)
			}
		})
	}
}

func TestEnvIsGRUBs(t *testing.T) {
	env := slot.NewEnv().Arm(slot.B).MarkFailed(slot.A, slot.ProblemIntegrity)
	block, err := env.Encode()
	if err != nil || len(block) != slot.SizeEnv {
		t.Fatalf("Encode = %d bytes, %v; want %d", len(block), err, slot.SizeEnv)
	}
	golden(t, "grubenv", string(block))
	editenv := needs.Program(t, "grub-editenv", "grub-common")
	file := filepath.Join(t.TempDir(), "grubenv")
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	// GRUB's own code counts down, and adds a variable of a later release.
	if out, err := exec.Command(editenv, file, "set", "b_tries=2", `later=a\b`).CombinedOutput(); err != nil {
		t.Fatalf("grub-editenv = %v: %s", err, out)
	}
	changed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := slot.DecodeEnv(changed)
	want := env
	want.B.Tries = 2
	if err != nil || got.B != want.B || got.Preferred != want.Preferred || got.A != want.A {
		t.Errorf("DecodeEnv = %+v, %v; want %+v", got, err, want)
	}
	if again, err := got.Encode(); err != nil || !strings.Contains(string(again), `later=a\\b`) {
		t.Errorf("Encode = %q, %v; want the unknown variable kept", again, err)
	}
}

func TestDecodeEnvRefuses(t *testing.T) {
	good, err := slot.NewEnv().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to string }{
		{"another header", "# GRUB", "# LILO"},
		{"four tries", "a_tries=3", "a_tries=4"},
		{"a slot c", "preferred=a", "preferred=c"},
		{"no slot", "preferred=a\n", "preferred=\n#"},
		{"another version", "mallette=1", "mallette=2"},
		{"a torn tail", "####", "#\x00##"},
		{"a failure that is no word", "a_failed=\n", "a_failed=É\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(string(good), c.from, c.to, 1)
			text = (text + "####")[:slot.SizeEnv]
			if _, err := slot.DecodeEnv([]byte(text)); !errors.Is(err, slot.ErrEnv) {
				t.Errorf("DecodeEnv = %v; want ErrEnv", err)
			}
		})
	}
}

func FuzzEnv(f *testing.F) {
	block, err := slot.NewEnv().Arm(slot.B).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(block)
	f.Add([]byte("# GRUB Environment Block\na=\\\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := slot.DecodeEnv(b)
		if err != nil {
			return
		}
		if c, next := env.Choose(); !c.Slot.Valid() || c.Then != c.Slot.Other() || !next.Preferred.Valid() {
			t.Errorf("Choose = %+v, %+v; want two slots", c, next)
		}
		again, err := env.Encode()
		if err != nil {
			t.Fatalf("Encode = %v", err)
		}
		got, err := slot.DecodeEnv(again)
		if err != nil || got.A != env.A || got.B != env.B || got.Preferred != env.Preferred || got.Good != env.Good || got.Trial != env.Trial {
			t.Errorf("DecodeEnv(Encode) = %+v, %v; want %+v", got, err, env)
		}
	})
}
