package board

import (
	"io/fs"
	"math"
	"path"
	"strconv"
)

// Sample is how a machine feels now. A nil part is one that it cannot tell.
type Sample struct {
	Celsius      *float64 `json:"celsius,omitempty"`      // the hottest sensor
	Undervoltage *bool    `json:"undervoltage,omitempty"` // a supply too weak for a Pi
	Battery      *Battery `json:"battery,omitempty"`
}

// Battery is the charge of all batteries together.
type Battery struct {
	Percent   int  `json:"percent"`
	Wear      int  `json:"wear"`       // per cent of the capacity when new that is lost
	OnBattery bool `json:"on_battery"` // not plugged in
}

// Measure reads the sensors under root.
func Measure(root fs.FS) Sample {
	return Sample{
		Celsius:      celsius(root),
		Undervoltage: undervoltage(root),
		Battery:      battery(root),
	}
}

// celsius is the hottest believable of the thermal zones and processor
// sensors. Some boards report −273 or 127 for a sensor that is not there.
func celsius(root fs.FS) *float64 {
	var hottest *float64
	for _, pattern := range []string{"sys/class/thermal/thermal_zone*/temp", "sys/class/hwmon/hwmon*/temp*_input"} {
		for _, name := range glob(root, pattern) {
			milli, ok := number(root, name)
			c := math.Round(float64(milli)/100) / 10
			if ok && c > -30 && c < 120 && (hottest == nil || c > *hottest) {
				hottest = &c
			}
		}
	}
	return hottest
}

// undervoltage asks the firmware of a Pi, by its sensor or by its property.
func undervoltage(root fs.FS) *bool {
	for _, dir := range glob(root, "sys/class/hwmon/hwmon*") {
		if line(root, path.Join(dir, "name")) != "rpi_volt" {
			continue
		}
		if alarm, ok := number(root, path.Join(dir, "in0_lcrit_alarm")); ok {
			low := alarm != 0
			return &low
		}
	}
	throttled := line(root, "sys/devices/platform/soc/soc:firmware/get_throttled")
	if bits, err := strconv.ParseUint(throttled, 16, 32); err == nil {
		low := bits&1 != 0 // bit 0: under voltage now
		return &low
	}
	return nil
}

// battery adds up the batteries of the machine itself; a mouse has one too.
func battery(root fs.FS) *Battery {
	var now, full, design int
	found, discharging := false, false
	for _, dir := range glob(root, "sys/class/power_supply/*") {
		if line(root, path.Join(dir, "type")) != "Battery" || line(root, path.Join(dir, "scope")) == "Device" {
			continue
		}
		n, f, d, ok := charge(root, dir)
		if !ok {
			continue
		}
		found = true
		now, full, design = now+n, full+f, design+d
		discharging = discharging || line(root, path.Join(dir, "status")) == "Discharging"
	}
	if !found {
		return nil
	}
	return &Battery{Percent: percent(now, full), Wear: 100 - percent(full, design), OnBattery: onBattery(root, discharging)}
}

// charge reads a battery that counts in watts, amperes or per cent.
func charge(root fs.FS, dir string) (now, full, design int, ok bool) {
	for _, unit := range []string{"energy", "charge"} {
		full, ok = number(root, path.Join(dir, unit+"_full"))
		if !ok || full <= 0 {
			continue
		}
		now, _ = number(root, path.Join(dir, unit+"_now"))
		if design, ok = number(root, path.Join(dir, unit+"_full_design")); !ok || design <= 0 {
			design = full
		}
		return now, full, design, true
	}
	now, ok = number(root, path.Join(dir, "capacity"))
	return now, 100, 100, ok
}

// onBattery trusts the mains when there is one to ask.
func onBattery(root fs.FS, discharging bool) bool {
	asked := false
	for _, dir := range glob(root, "sys/class/power_supply/*") {
		if kind := line(root, path.Join(dir, "type")); kind != "Mains" && kind != "USB" {
			continue
		}
		online, ok := number(root, path.Join(dir, "online"))
		if ok && online != 0 {
			return false
		}
		asked = asked || ok
	}
	return asked || discharging
}

func percent(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return min(max((part*100+whole/2)/whole, 0), 100)
}

func number(root fs.FS, name string) (int, bool) {
	n, err := strconv.Atoi(line(root, name))
	return n, err == nil
}

func glob(root fs.FS, pattern string) []string {
	names, _ := fs.Glob(root, pattern)
	return names
}
