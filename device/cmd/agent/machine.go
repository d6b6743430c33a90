package main

import (
	"os"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// machine is what the station tells of itself when it enrols.
func (a *agent) machine() enroll.Machine {
	root := os.DirFS("/")
	return enroll.Machine{Model: board.Identify(root).Model, Hardware: enroll.HardwareID(root, a.Slot)}
}

// measureBoard reads the machine's sensors.
func measureBoard() health.Board {
	sample := board.Measure(os.DirFS("/"))
	var b health.Board
	if sample.Celsius != nil {
		b.Celsius = *sample.Celsius
	}
	if sample.Undervoltage != nil {
		b.Undervoltage = *sample.Undervoltage
	}
	if battery := sample.Battery; battery != nil {
		b.BatteryPercent, b.OnBattery, b.BatteryWear = &battery.Percent, battery.OnBattery, &battery.Wear
	}
	return b
}
