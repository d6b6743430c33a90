package enroll_test

import (
	"testing"
	"testing/fstest"

	"github.com/mallette-kit/mallette/provisioning/enroll"
)

func TestHardwareID(t *testing.T) {
	of := func(slot, name, content string) string {
		return enroll.HardwareID(fstest.MapFS{name: {Data: []byte(content)}}, slot)
	}
	pc, pi := of("a", "sys/class/dmi/id/product_uuid", "4c4c4544-0042\n"), of("b", "proc/device-tree/serial-number", "10000000abcdef01\x00")
	if len(pc) != 32 || len(pi) != 32 || pc == pi {
		t.Errorf("HardwareID = %q, %q; want two hashes", pc, pi)
	}
	if got := of("a", "etc/hostname", "x"); got != "" {
		t.Errorf("HardwareID of an unknown machine = %q; want none", got)
	}
	if got := of(enroll.OffAppliance, "sys/class/dmi/id/product_uuid", "4c4c4544-0042"); got != "" {
		t.Errorf("HardwareID off the appliance = %q; want none", got)
	}
}
