package start_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/images/initramfs/start"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

var update = flag.Bool("update", false, "write golden files again")

func TestScreens(t *testing.T) {
	var b bytes.Buffer
	for _, p := range []slot.Problem{slot.ProblemMemory, slot.ProblemMachine, slot.ProblemDisk, slot.ProblemIntegrity, slot.ProblemRelease,
		slot.ProblemModules, slot.ProblemRoot, slot.ProblemDeadline, slot.ProblemSlots, slot.ProblemDisplay} {
		var screen bytes.Buffer
		start.NewConsole(&screen).Tell(p)
		for line := range strings.Lines(screen.String()) {
			if _, after, ok := strings.Cut(line, "\x1b[3;1H"); ok {
				line = after
			}
			if n := len([]rune(strings.TrimRight(line, "\r\n"))); n > 62 {
				t.Errorf("%s: a line of %d letters; want at most 62, a small screen in the largest font", p, n)
			}
			b.WriteString(strings.ReplaceAll(line, "\r", ""))
		}
		b.WriteString("----\n")
	}
	file := filepath.Join("testdata", "screens.txt")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || b.String() != string(want) {
		t.Errorf("screens differ (renew with -update), %v:\n%s", err, b.String())
	}
}

func TestWhy(t *testing.T) {
	err := errors.New("x")
	if got := start.Why(err); got != slot.ProblemRoot {
		t.Errorf("Why of any error = %s; want root", got)
	}
	if got := start.Why(errors.Join(&start.Failure{Why: slot.ProblemDisk, Err: err})); got != slot.ProblemDisk {
		t.Errorf("Why = %s; want disk", got)
	}
}

func TestMemTotal(t *testing.T) {
	for text, want := range map[string]uint64{"MemFree: 3 kB\nMemTotal:       988480 kB\n": 988480 << 10, "": 0, "MemTotal: much\n": 0} {
		if got := start.MemTotal([]byte(text)); got != want {
			t.Errorf("MemTotal(%q) = %d; want %d", text, got, want)
		}
	}
}

func TestAliases(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"pci0/uevent": "DRIVER=x\nMODALIAS=pci:v1\n", "mmc/card/uevent": "MODALIAS=mmc:block\n", "mmc/uevent": "", "pci0/modalias": "MODALIAS=no\n"} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	got := start.Aliases(dir)
	slices.Sort(got)
	if want := []string{"mmc:block", "pci:v1"}; !slices.Equal(got, want) {
		t.Errorf("Aliases = %v; want %v", got, want)
	}
}

func TestWatchdog(t *testing.T) {
	dir := t.TempDir()
	device := filepath.Join(dir, "watchdog")
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := start.Watchdog{Device: device, Sys: dir, Load: func(string) error { return errors.New("not asked for") }}
	if name, hardware, err := w.Arm(); err != nil || !hardware || name != "watchdog" {
		t.Fatalf("Arm = %q, %v, %v; want the hardware's", name, hardware, err)
	}
	failed := errors.New("failed")
	if err := w.During(func() error { return failed }); !errors.Is(err, failed) {
		t.Errorf("During = %v; want what f returned", err)
	}
	w.Leave()
	if got, err := os.ReadFile(device); err != nil || len(got) == 0 || bytes.Contains(got, []byte("V")) {
		t.Errorf("written to the watchdog = %q, %v; want a sign of life and never the letter that stops it", got, err)
	}
}

func TestNoHardwareWatchdog(t *testing.T) {
	dir := t.TempDir()
	device := filepath.Join(dir, "watchdog")
	w := start.Watchdog{Device: device, Sys: dir, Load: func(name string) error {
		if name != "softdog" {
			return errors.New("another module")
		}
		return os.WriteFile(device, nil, 0o600)
	}}
	if _, hardware, err := w.Arm(); err != nil || hardware {
		t.Errorf("Arm = hardware %v, %v; want the kernel's own", hardware, err)
	}
	w.Leave()
	none := start.Watchdog{Device: filepath.Join(dir, "none"), Load: func(string) error { return nil }}
	if _, _, err := none.Arm(); !errors.Is(err, start.ErrNoWatchdog) {
		t.Errorf("Arm = %v; want ErrNoWatchdog", err)
	}
	none.Pet()
}

// checker is the machine's own e2fsck, which Debian also builds statically.
func checker(t *testing.T) (start.Checker, string) {
	t.Helper()
	needs.Program(t, "mkfs.ext4", "e2fsprogs")
	program := needs.Program(t, "e2fsck", "e2fsprogs")
	file := filepath.Join(t.TempDir(), "perm")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", file).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	return start.Checker{Program: program, Config: filepath.Join(t.TempDir(), "conf")}, file
}

// damage overwrites a stretch of a file.
func damage(t *testing.T, file string, at, n int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(n)), at)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestCheckPerm(t *testing.T) {
	cases := []struct {
		name     string
		damage   func(t *testing.T, file string)
		repaired bool
		err      error
	}{
		{"clean", func(*testing.T, string) {}, false, nil},
		{"first superblock lost", func(t *testing.T, file string) { damage(t, file, 1024, 1024) }, true, nil},
		{"inode table damaged, as the kernel noticed", func(t *testing.T, file string) {
			damage(t, file, 275<<10, 2<<10) // the root folder among them
			if out, err := exec.Command("tune2fs", "-E", "force_fsck", file).CombinedOutput(); err != nil {
				t.Fatalf("tune2fs: %v: %s", err, out)
			}
		}, true, nil},
		{"overwritten by something else", func(t *testing.T, file string) { damage(t, file, 0, 64<<20) }, true, start.ErrBroken},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check, file := checker(t)
			c.damage(t, file)
			repaired, err := check.Check(t.Context(), file)
			if repaired != c.repaired || !errors.Is(err, c.err) {
				t.Fatalf("Check = %v, %v; want %v, %v", repaired, err, c.repaired, c.err)
			}
			if err != nil {
				return
			}
			if again, err := check.Check(t.Context(), file); again || err != nil {
				t.Errorf("Check again = %v, %v; want a clean file system", again, err)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	_, file := checker(t)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count, size, err := start.Blocks(f)
	if err != nil || count*size != 64<<20 {
		t.Errorf("Blocks = %d of %d bytes, %v; want 64 MiB", count, size, err)
	}
	if _, _, err := start.Blocks(bytes.NewReader(make([]byte, 4096))); !errors.Is(err, start.ErrBroken) {
		t.Errorf("Blocks of nothing = %v; want ErrBroken", err)
	}
}

func TestTakeJoin(t *testing.T) {
	esp := slottest.Open(t, slottest.ESP(t))
	kit := filepath.Join(t.TempDir(), "kit")
	if taken, err := start.TakeJoin(esp, kit); taken || err != nil {
		t.Fatalf("TakeJoin of a blank file = %v, %v; want nothing", taken, err)
	}
	j := slot.Join{Token: "mallette1.invented", Place: "Médiathèque", Installed: true, WiFi: []slot.WiFi{{Name: "Maison", Secret: "invented"}}, Scanners: []string{"1a2b:3c4d", "douchette"}}
	if err := slot.WriteJoin(esp, j); err != nil {
		t.Fatal(err)
	}
	if taken, err := start.TakeJoin(esp, kit); !taken || err != nil {
		t.Fatalf("TakeJoin = %v, %v; want it taken", taken, err)
	}
	token, err := os.ReadFile(filepath.Join(kit, slot.KitToken))
	if err != nil || string(token) != j.Token {
		t.Errorf("token = %v; want the one that was written", err)
	}
	text, err := os.ReadFile(filepath.Join(kit, slot.KitJoin))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := slot.ParseJoin(text)
	if err != nil || rest.Token != "" || rest.Place != j.Place || len(rest.WiFi) != 1 || len(rest.Scanners) != 0 {
		t.Errorf("the rest = %v; want place and network without the token", err)
	}
	if _, err := os.Stat(filepath.Join(kit, slot.KitInstalled)); err != nil {
		t.Error(err)
	}
	if list, err := os.ReadFile(filepath.Join(kit, slot.KitScanners)); err != nil || string(list) != "1a2b:3c4d\ndouchette\n" {
		t.Errorf("scanners = %q, %v; want one a line", list, err)
	}
	if left, err := slot.ReadJoin(esp); err != nil || !left.Empty() {
		t.Errorf("join.json afterwards = %v, %v; want it blank", left.Empty(), err)
	}
}
