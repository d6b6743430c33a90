package evdev

import "os"

// Follow lets the fuzz test feed events without a device.
func Follow(device *os.File, emit func(string)) { _ = follow(device, emit) }
