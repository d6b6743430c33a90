package boot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// virtImage is what "make image" makes for QEMU's board "virt".
const virtImage = "../../build/images/mallette-virt-arm64.img"

// TestARM starts the arm64 programs under gokrazy's own kernel, with a token on
// their disk, and finds the station at the fleet server outside.
func TestARM(t *testing.T) {
	long(t)
	if _, err := os.Stat(virtImage); err != nil {
		needs.Missing(t, "no image for virt: make image IMAGE='--only virt' comes first")
	}
	ctx := within(t, 9)
	f := fleet(t)
	token, err := f.Admin().IssueToken(ctx, stage.DemoToken())
	if err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(t.TempDir(), "disk.img")
	run(t, "cp", "--sparse=always", virtImage, disk)
	given(t, disk, token)
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Arch: "arm64", Memory: 1024, Disks: []boot.Disk{{File: disk}},
		Nets: []boot.Net{{To: map[string]string{fleetDoor: f.Listen}}}})
	if _, err := stage.Settle(ctx, f.Admin()); err != nil {
		t.Fatalf("%v\n%s", err, vm.Console.Text())
	}
}

// given puts the token where the first program of a PC would.
func given(t *testing.T, disk, token string) {
	t.Helper()
	f, err := os.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	table, _, err := slot.ReadTable(f, uint64(st.Size())/slot.SectorSize)
	if err != nil {
		t.Fatal(err)
	}
	perm, _ := table.Partition(slot.PartitionPerm)
	offset, _ := perm.Bytes()
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, []byte(token))
	run(t, "/usr/sbin/debugfs", "-w", "-R", fmt.Sprintf("write %s /kit/%s", file, slot.KitToken), fmt.Sprintf("%s?offset=%d", disk, offset))
}
