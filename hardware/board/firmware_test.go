package board_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/board"
)

func TestMissingFirmware(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"nothing", []string{"6,1,0,-;Linux version 6.12.48"}, nil},
		{"as Debian says it", []string{"4,812,5123456,-;r8169 0000:02:00.0: firmware: failed to load rtl_nic/rtl8168g-3.fw (-2)"}, []string{"rtl_nic/rtl8168g-3.fw"}},
		{"as the kernel says it", []string{"4,812,5123456,-;amdgpu 0000:04:00.0: Direct firmware load for amdgpu/raven_gpu_info.bin failed with error -2"}, []string{"amdgpu/raven_gpu_info.bin"}},
		{"both ways", []string{
			"3,1,2,-;rtw_8822ce 0000:03:00.0: firmware: failed to load rtw88/rtw8822c_fw.bin (-2)",
			"3,1,2,-;rtw_8822ce 0000:03:00.0: Direct firmware load for rtw88/rtw8822c_fw.bin failed with error -2"}, []string{"rtw88/rtw8822c_fw.bin"}},
		{"asks for newer ones first", []string{
			"4,1,2,-;iwlwifi 0000:00:14.3: firmware: failed to load iwlwifi-so-a0-gf-a0-81.ucode (-2)",
			"4,1,2,-;iwlwifi 0000:00:14.3: firmware: failed to load iwlwifi-so-a0-gf-a0-80.ucode (-2)",
			"6,1,2,-;iwlwifi 0000:00:14.3: loaded firmware version 77.2df8986f.0"}, nil},
		{"another device is content", []string{
			"4,1,2,-;iwlwifi 0000:00:14.3: firmware: failed to load iwlwifi-so-a0-gf-a0-81.ucode (-2)",
			"6,1,2,-;i915 0000:00:02.0: firmware: direct-loading firmware i915/adlp_dmc.bin"}, []string{"iwlwifi-so-a0-gf-a0-81.ucode"}},
		{"works without", []string{"4,1,2,-;iwlwifi 0000:00:14.3: firmware: failed to load iwl-debug-yoyo.bin (-2)",
			"4,1,2,-;platform regulatory.0: Direct firmware load for regulatory.db failed with error -2"}, nil},
		{"no file name", []string{"4,1,2,-;evil 1-1: firmware: failed to load ../../etc/passwd (-2)", "4,1,2,-;evil 1-1: firmware: failed to load <b>x</b> (-2)", "", ";"}, nil},
	}
	for _, tt := range tests {
		var f board.Firmware
		for _, line := range tt.lines {
			f.Hear(line)
		}
		if got := f.Missing(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Missing = %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestForRadio(t *testing.T) {
	for file, want := range map[string]bool{"iwlwifi-so-a0-gf-a0-81.ucode": true, "rtw88/rtw8822c_fw.bin": true, "ath10k/QCA6174/hw3.0/firmware-6.bin": true,
		"brcm/brcmfmac43455-sdio.bin": true, "rtl_nic/rtl8168g-3.fw": false, "amdgpu/raven_gpu_info.bin": false, "intel/sof/sof-tgl.ri": false} {
		if got := board.ForRadio(file); got != want {
			t.Errorf("ForRadio(%s) = %v; want %v", file, got, want)
		}
	}
}

func FuzzFirmware(f *testing.F) {
	f.Add("4,1,2,-;iwlwifi 0000:00:14.3: firmware: failed to load a.ucode (-2)")
	f.Add(": Direct firmware load for  failed")
	f.Fuzz(func(t *testing.T, log string) {
		var missing board.Firmware
		for line := range strings.Lines(log) {
			missing.Hear(strings.TrimSpace(line))
		}
		for _, file := range missing.Missing() {
			if file == "" || len(file) > 96 || strings.ContainsAny(file, "<>&\" ") {
				t.Errorf("Missing = %q; want names of files", file)
			}
		}
	})
}
