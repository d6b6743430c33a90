package boot

// ScannerModel is the number of QEMU's USB keyboard. It acts as the hand scanner
// of a station that was told so (slot.Join): by itself it is a keyboard.
const ScannerModel = "0627:0001"
