package boot_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/build/loader"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// driver runs the real grub.cfg in the folder of every case. What starts a
// kernel or ends the run is replaced by words on the serial line; GRUB is
// linked without these commands, because a function never hides one.
const driver = `serial --unit=0 --speed=115200
terminal_output serial
function linux { echo "KERNEL"; for word in $@; do echo "WORD $word"; done; }
function initrd { true; }
function loadfont { return 1; }
function sleep { true; }
function reboot { echo "REBOOT"; }
function halt { true; }
`

// grubModules are what grub.cfg and the driver use, without linux, sleep,
// reboot, halt and font.
const grubModules = "normal configfile echo test true regexp loadenv probe loopback iso9660 fat part_gpt part_msdos serial terminal tar memdisk"

// TestTable holds grub.cfg to slot.Env.Choose: GRUB itself runs it in states that
// a station can write and in damaged ones. A soak tries every state.
func TestTable(t *testing.T) {
	all, cases := states(), damages()
	for i := range all {
		if soaking() || i%37 == 0 {
			cases = append(cases, all[i])
		}
	}
	for some := range slices.Chunk(cases, 96) {
		hold(t, some)
	}
}

// hold runs some cases on one machine.
func hold(t *testing.T, cases []tableCase) {
	t.Helper()
	dir := t.TempDir()
	disk := caseDisk(t, dir, cases)
	said := decide(t, dir, disk, cases)
	after := filepath.Join(dir, "after")
	run(t, "mcopy", "-s", "-n", "-i", disk, "::", after)
	for i, c := range cases {
		c.check(t, said[i], filepath.Join(after, c.folder(i)))
	}
}

// tableCase is a disk's memory: first and spare block.
type tableCase struct {
	name         string
	first, spare []byte
}

// folder ends with the parenthesis that closes "($root" in grub.cfg, so that a
// folder can stand for a disk.
func (c tableCase) folder(i int) string {
	return filepath.Join(fmt.Sprintf("x%02d", i/64), fmt.Sprintf("c%02d)", i%64))
}

func states() (all []tableCase) {
	for _, e := range envs() {
		block, err := e.Encode()
		if err != nil {
			panic(err) // a state of this file
		}
		all = append(all, tableCase{fmt.Sprintf("%+v", e), block, block})
	}
	return all
}

func envs() (all []slot.Env) {
	for _, preferred := range []slot.ID{slot.A, slot.B} {
		for _, good := range []slot.ID{slot.None, slot.A, slot.B} {
			for _, trial := range []slot.ID{slot.None, slot.A, slot.B} {
				for _, desperate := range []bool{false, true} {
					e := slot.Env{Preferred: preferred, Good: good, Trial: trial, Desperate: desperate}
					all = append(all, withSlots(e)...)
				}
			}
		}
	}
	return all
}

func withSlots(e slot.Env) (all []slot.Env) {
	kinds := []slot.State{
		{}, {Tries: 2}, {Valid: true}, {Tries: 1, Valid: true}, {Tries: 2, Valid: true}, {Tries: 3, Valid: true},
		{Valid: true, Failed: slot.ProblemIntegrity}, {Tries: 2, Valid: true, Failed: slot.ProblemDeadline, Retried: true},
	}
	for _, a := range kinds {
		for _, b := range kinds {
			e.A, e.B = a, b
			all = append(all, e)
		}
	}
	return all
}

// damages are blocks that no station writes: the spare is believed, then A.
func damages() (all []tableCase) {
	usual, _ := slot.NewEnv().Encode()
	spare, _ := slot.NewEnv().Arm(slot.B).Encode()
	for name, block := range map[string][]byte{
		"zeroes": make([]byte, slot.SizeEnv), "ones": bytes.Repeat([]byte{0xff}, slot.SizeEnv),
		"no header": replace(usual, "# GRUB", "# GROB"), "empty": []byte("# GRUB Environment Block\n" + strings.Repeat("#", 999)),
		"another version": replace(usual, "mallette=1", "mallette=2"), "no preferred": replace(usual, "preferred=a", "preferred="),
		"strange preferred": replace(usual, "preferred=a", "preferred=c"), "strange good": replace(usual, "good=a", "good=x"),
		"strange trial": replace(usual, "trial=", "trial=z"), "too many tries": replace(usual, "a_tries=3", "a_tries=7"),
		"tries of another slot": replace(usual, "b_tries=3", "b_tries=x"), "strange flag": replace(usual, "a_valid=1", "a_valid=y"),
		"name missing": replace(usual, "b_retried=0\n", ""), "strange failure": replace(usual, "a_failed=", "a_failed=A B"),
	} {
		block = bytes.Clone(block)
		all = append(all, tableCase{name + ", spare whole", block, spare}, tableCase{name + " both", block, block})
	}
	return all
}

// replace keeps the length of a block.
func replace(block []byte, old, new string) []byte {
	b := bytes.Replace(block, []byte(old), []byte(new), 1)
	return append(b, bytes.Repeat([]byte("#"), max(0, slot.SizeEnv-len(b)))...)[:slot.SizeEnv]
}

// want is what the specification says of the case.
func (c tableCase) want() (choice slot.Choice, first, spare slot.Env, blind bool) {
	if e, err := slot.DecodeEnv(c.first); err == nil {
		choice, first = e.Choose()
		spare, _ = slot.DecodeEnv(c.spare)
		return choice, first, spare, false
	}
	e, err := slot.DecodeEnv(c.spare)
	if err != nil {
		return slot.ChooseBlind(), slot.Env{}, slot.Env{}, true
	}
	choice, spare = e.Choose()
	return choice, slot.Env{}, spare, false
}

func (c tableCase) check(t *testing.T, said, folder string) {
	t.Helper()
	choice, first, spare, blind := c.want()
	then := slot.Choice{Slot: choice.Then}
	if want := started(choice) + " \n " + started(then) + " REBOOT"; said != want {
		t.Errorf("grub.cfg with %s starts\n%s\nwant\n%s", c.name, said, want)
	}
	if blind {
		return
	}
	for file, want := range map[string]slot.Env{"grubenv": first, "grubenv2": spare} {
		got, _ := slot.DecodeEnv(read(t, filepath.Join(folder, "mallette", file)))
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("grub.cfg with %s leaves %s = %+v; want %+v", c.name, file, got, want)
		}
	}
}

// started is a start as the driver tells it. A folder has no identifier.
func started(c slot.Choice) string {
	words := strings.ReplaceAll(slot.Arguments(c, slot.GUID{}), slot.GUID{}.String(), "none")
	return "(start)/linux quiet one " + words
}

// decide lets GRUB run all cases and returns what it said in each.
func decide(t *testing.T, dir, disk string, cases []tableCase) []string {
	t.Helper()
	m := boot.Machine{Dir: dir, Memory: 512, Disks: []boot.Disk{{File: "fat:" + grub(t, dir, cases), Options: "readonly=on"}, {File: disk}}}
	ctx := within(t, 4)
	vm, err := m.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if end, err := vm.Console.Await(ctx, "ALL DONE|grub>"); err != nil || end[0] != "ALL DONE" {
		t.Fatalf("GRUB ended with %q: %v; it said:\n%.2000s", end, err, vm.Console.Text())
	}
	return split(t, vm.Console.Text(), len(cases))
}

// spoken is what the driver says; GRUB breaks its lines between words.
var spoken = regexp.MustCompile(`(?m)^(KERNEL|WORD .*|REBOOT)$`)

func split(t *testing.T, text string, n int) []string {
	t.Helper()
	parts := strings.Split(text, "CASE ")[1:]
	if len(parts) != n {
		t.Fatalf("GRUB ran %d cases; want %d", len(parts), n)
	}
	for i, p := range parts {
		words := strings.Join(spoken.FindAllString(p, -1), " ")
		parts[i] = strings.TrimSpace(strings.NewReplacer("WORD ", "", "KERNEL", "\n").Replace(words))
	}
	return parts
}

// grub links a GRUB that runs the driver and returns the folder of its disk.
func grub(t *testing.T, dir string, cases []tableCase) string {
	t.Helper()
	script := driver
	for i, c := range cases {
		script += fmt.Sprintf("echo \"CASE %d\"\nset root='hd1)/%s'\nsource ($root)/EFI/debian/grub.cfg\n", i, strings.TrimSuffix(c.folder(i), ")"))
	}
	memory := filepath.Join(dir, "memory.tar")
	write(t, memory, tarOf(t, "boot/grub/grub.cfg", script+"echo \"ALL DONE\"\n"))
	tree := filepath.Join(dir, "grub")
	write(t, filepath.Join(tree, "EFI/BOOT/keep"), nil)
	args := []string{"-O", "x86_64-efi", "-d", "/usr/lib/grub/x86_64-efi", "-p", "(memdisk)/boot/grub", "-m", memory, "-o", filepath.Join(tree, "EFI/BOOT/BOOTX64.EFI")}
	run(t, "grub-mkimage", append(args, strings.Fields(grubModules)...)...)
	return tree
}

func tarOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// caseDisk makes a file system with a folder like a boot partition for each case.
func caseDisk(t *testing.T, dir string, cases []tableCase) string {
	t.Helper()
	tree, disk := filepath.Join(dir, "cases"), filepath.Join(dir, "cases.img")
	container := smallContainer(t)
	for i, c := range cases {
		folder := filepath.Join(tree, c.folder(i))
		write(t, filepath.Join(folder, slot.FileGrubConfig), loader.Config())
		write(t, filepath.Join(folder, slot.FileEnv), c.first)
		write(t, filepath.Join(folder, slot.FileEnvSpare), c.spare)
		write(t, filepath.Join(folder, slot.FileContainerA), container)
		write(t, filepath.Join(folder, slot.FileContainerB), container)
	}
	run(t, "truncate", "-s", "512M", disk)
	run(t, "mformat", "-F", "-i", disk, "::")
	tops, err := filepath.Glob(filepath.Join(tree, "*"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "mcopy", append([]string{"-s", "-i", disk}, append(tops, "::")...)...)
	return disk
}

func smallContainer(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	command := slot.Command("quiet one")
	if _, err := slot.WriteContainer(&b, []slot.Content{{Name: slot.ContainerCommand, Size: int64(len(command)), Data: bytes.NewReader(command)}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, said)
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
