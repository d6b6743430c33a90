package kmod_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/kmod"
)

// laptop is a handful of modules of every kind.
func laptop() []kmod.Module {
	return []kmod.Module{
		{Name: "e1000e", Path: "net/e1000e.ko", Needs: []string{"ptp"}, Aliases: []string{"pci:v00008086d0000153Asv*sd*bc*sc*i*"}},
		{Name: "ptp", Path: "ptp/ptp.ko", Needs: []string{"pps_core"}},
		{Name: "pps_core", Path: "pps/pps_core.ko.xz"},
		{Name: "snd_hda_codec_realtek", Path: "sound/realtek.ko", Aliases: []string{"hdaudio:v10EC0269r*a01*"}},
		{Name: "ext4", Path: "fs/ext4.ko", Before: []string{"crypto_crc32c"}, After: []string{"ext4_late"}, Aliases: []string{"fs-ext4"}},
		{Name: "crc32c_intel", Path: "crypto/crc.ko", Aliases: []string{"crypto-crc32c"}},
		{Name: "ext4_late", Path: "fs/late.ko"},
		{Name: "i8042", Path: "i8042.ko", Aliases: []string{"acpi*:PNP030[0-9]:*", "serio:ty0[16]pr*id*ex*"}},
		{Name: "pcspkr", Path: "pcspkr.ko", Aliases: []string{"platform:pcspkr", "acpi*:PNP0800:*"}},
		{Name: "loop_a", Path: "a.ko", Needs: []string{"loop_b"}},
		{Name: "loop_b", Path: "b.ko", Needs: []string{"loop_a"}},
		{Name: "lonely", Path: "lonely.ko", Needs: []string{"gone"}},
		{Name: "uses_core", Path: "uses.ko", Needs: []string{"usbcore"}},
	}
}

// open returns the modules of a folder and what was given to the kernel.
func open(t *testing.T, refuse ...string) (*kmod.Modules, *[]string) {
	t.Helper()
	dir, got := t.TempDir(), new([]string)
	f, err := os.Create(filepath.Join(dir, kmod.IndexFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(kmod.WriteIndex(f, laptop(), []string{"usbcore"}), f.Close()); err != nil {
		t.Fatal(err)
	}
	m, err := kmod.Open(dir, kmod.WithInsert(func(path string) error {
		rel, _ := filepath.Rel(dir, path)
		*got = append(*got, rel)
		if slices.Contains(refuse, rel) {
			return errors.New("no such device")
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return m, got
}

func TestLoad(t *testing.T) {
	cases := []struct {
		name, what string
		want       []string
		err        error
	}{
		{"a device with dependencies", "pci:v00008086d0000153Asv000017AAsd00002211bc02sc00i00", []string{"pps/pps_core.ko.xz", "ptp/ptp.ko", "net/e1000e.ko"}, nil},
		{"another device", "pci:v00008086d0000153Bsv000017AAsd00002211bc02sc00i00", nil, kmod.ErrUnknown},
		{"a sound codec", "hdaudio:v10EC0269r00100203a01", []string{"sound/realtek.ko"}, nil},
		{"a name with a dash", "e1000e", []string{"pps/pps_core.ko.xz", "ptp/ptp.ko", "net/e1000e.ko"}, nil},
		{"soft dependencies before and after", "ext4", []string{"crypto/crc.ko", "fs/ext4.ko", "fs/late.ko"}, nil},
		{"a file system's alias", "fs-ext4", []string{"crypto/crc.ko", "fs/ext4.ko", "fs/late.ko"}, nil},
		{"a class of characters", "acpi:PNP0303:PNP030B:", []string{"i8042.ko"}, nil},
		{"a set of characters", "serio:ty06pr00id00ex00", []string{"i8042.ko"}, nil},
		{"the beeper's device", "platform:pcspkr", nil, nil},
		{"the beeper by its name", "pcspkr", nil, kmod.ErrBlocked},
		{"built in", "usbcore", nil, nil},
		{"needs what is built in", "uses_core", []string{"uses.ko"}, nil},
		{"needs what is not there", "lonely", nil, kmod.ErrUnknown},
		{"needs itself", "loop_a", nil, kmod.ErrUnknown},
		{"nothing", "", nil, kmod.ErrUnknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, got := open(t)
			err := m.Load(t.Context(), c.what)
			if !errors.Is(err, c.err) || !slices.Equal(*got, c.want) {
				t.Errorf("Load(%q) = %v, %v; want %v, %v", c.what, *got, err, c.want, c.err)
			}
		})
	}
}

func TestLoadOnce(t *testing.T) {
	m, got := open(t)
	for range 2 {
		if err := m.Load(t.Context(), "ptp"); err != nil {
			t.Fatal(err)
		}
	}
	if len(*got) != 2 {
		t.Errorf("given to the kernel = %v; want each once", *got)
	}
}

func TestLoadRefused(t *testing.T) {
	m, _ := open(t, "ptp/ptp.ko")
	if err := m.Load(t.Context(), "e1000e"); err == nil || !strings.Contains(err.Error(), "ptp: no such device") {
		t.Errorf("Load(e1000e) = %v; want the kernel's refusal of ptp", err)
	}
}

func TestLoadEnds(t *testing.T) {
	m, got := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Load(ctx, "e1000e"); !errors.Is(err, context.Canceled) || len(*got) > 0 {
		t.Errorf("Load = %v, %v; want nothing, context canceled", *got, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("mallette-kmod 1\nm\ta\ta.ko\t\t\t\na\tpci:*\n", "pci:v1")
	f.Add("mallette-kmod 1\na\tpci:*\n", "")
	f.Add("mallette-kmod 1\nm\ta\ta.ko\ta\ta\ta\na\t[a-\na\t*[x]*?\n", "abc")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, index, device string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, kmod.IndexFile), []byte(index), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := kmod.Open(dir, kmod.WithInsert(func(string) error { return nil }))
		if err == nil {
			_ = m.Load(t.Context(), device)
		}
	})
}
