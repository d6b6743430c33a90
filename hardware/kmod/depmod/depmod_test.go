package depmod_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/hardware/kmod/depmod"
)

// object is a relocatable file with nothing but a .modinfo section.
func object(info string) []byte {
	const head, sectionSize = 64, 64
	names := "\x00.modinfo\x00.shstrtab\x00"
	at := uint64(head + len(info) + len(names))
	b := make([]byte, head)
	le := binary.LittleEndian
	copy(b, "\x7fELF\x02\x01\x01")
	for offset, n := range map[int]uint16{16: 1, 18: 62, 20: 1, 52: head, 58: sectionSize, 60: 3, 62: 2} {
		le.PutUint16(b[offset:], n)
	}
	le.PutUint64(b[40:], at)
	b = append(append(b, info...), names...)
	section := func(name, kind uint32, offset, size uint64) []byte {
		s := make([]byte, sectionSize)
		le.PutUint32(s, name)
		le.PutUint32(s[4:], kind)
		le.PutUint64(s[24:], offset)
		le.PutUint64(s[32:], size)
		return s
	}
	b = append(b, section(0, 0, 0, 0)...)
	b = append(b, section(1, 1, head, uint64(len(info)))...)
	return append(b, section(10, 3, uint64(head+len(info)), uint64(len(names)))...)
}

const realtek = "license=GPL\x00firmware=rtw88/rtw8822c_fw.bin\x00alias=pci:v000010ECd0000C822sv*sd*bc*sc*i*\x00depends=rtw88-core,mac80211\x00softdep=pre: crc32c platform:x post: rtw-late\x00"

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func packed(t *testing.T, content []byte) (asXZ, asZstd []byte) {
	t.Helper()
	var x, z bytes.Buffer
	xw, err := xz.NewWriter(&x)
	if err != nil {
		t.Fatal(err)
	}
	zw, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{xw, zw} {
		_, err := w.Write(content)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return x.Bytes(), z.Bytes()
}

func TestScan(t *testing.T) {
	dir := t.TempDir()
	plain := object(realtek)
	asXZ, asZstd := packed(t, plain)
	write(t, dir, "kernel/net/rtw88-8822ce.ko", plain)
	write(t, dir, "kernel/net/copy-xz.ko.xz", asXZ)
	write(t, dir, "kernel/net/copy-zstd.ko.zst", asZstd)
	write(t, dir, "modules.order", []byte("kernel/net/rtw88-8822ce.ko\n"))
	write(t, dir, "modules.builtin", []byte("kernel/drivers/usb/core/usbcore.ko\nkernel/fs/nls/nls-base.ko\n"))
	got, err := depmod.Scan(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := kmod.Module{Name: "rtw88_8822ce", Path: "kernel/net/rtw88-8822ce.ko", Needs: []string{"rtw88_core", "mac80211"},
		Before: []string{"crc32c", "platform:x"}, After: []string{"rtw_late"},
		Aliases: []string{"pci:v000010ECd0000C822sv*sd*bc*sc*i*"}, Firmware: []string{"rtw88/rtw8822c_fw.bin"}}
	if len(got) != 3 || !reflect.DeepEqual(got[2], want) {
		t.Fatalf("Scan = %+v; want three, the last %+v", got, want)
	}
	for i, name := range []string{"copy_xz", "copy_zstd"} {
		if got[i].Name != name || !slices.Equal(got[i].Needs, want.Needs) {
			t.Errorf("Scan[%d] = %+v; want %s with the same needs", i, got[i], name)
		}
	}
	builtin, err := depmod.Builtin(dir)
	if err != nil || !slices.Equal(builtin, []string{"usbcore", "nls_base"}) {
		t.Errorf("Builtin = %v, %v; want usbcore and nls_base", builtin, err)
	}
}

func TestScanRefusesWhatIsNoModule(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "broken.ko", []byte("not an object"))
	if _, err := depmod.Scan(t.Context(), dir); !errors.Is(err, depmod.ErrModule) {
		t.Errorf("Scan = %v; want ErrModule", err)
	}
}

func TestClosure(t *testing.T) {
	all := []kmod.Module{
		{Name: "a", Needs: []string{"b"}, Before: []string{"crypto_x"}},
		{Name: "b"}, {Name: "c"}, {Name: "d", Aliases: []string{"crypto-x"}},
	}
	some, missing := depmod.Closure(all, []string{"a", "nowhere"})
	var names []string
	for _, m := range some {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{"a", "b", "d"}) || !slices.Equal(missing, []string{"nowhere"}) {
		t.Errorf("Closure = %v, missing %v; want [a b d], missing [nowhere]", names, missing)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(object(realtek))
	f.Add(object(""))
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, ko []byte) {
		m, err := depmod.Parse(ko)
		if err != nil {
			return
		}
		var b bytes.Buffer
		m.Name, m.Path = "x", "x.ko"
		if err := kmod.WriteIndex(&b, []kmod.Module{m}, nil); err != nil {
			t.Errorf("WriteIndex = %v", err)
		}
	})
}
