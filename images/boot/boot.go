// Package boot starts a disk image on a machine that exists only inside QEMU,
// and looks at it as people and their hands do: what the serial line says, what
// the screen shows, keys that are pressed, devices plugged and pulled, the power
// cut, and what is on the disk afterwards.
//
//	vm, err := boot.Machine{Dir: dir, Disks: []boot.Disk{{File: overlay}}}.Start(ctx)
//	defer vm.Close()
//	_, err = vm.Console.Await(ctx, `slot=([ab])`)
//	shot, err := vm.AwaitScreen(ctx, boot.HomePage)
//
// It waits for lines, screens and events, never for a time to pass, and every
// wait ends with its context. It never changes the image it is given: disks are
// written through an [Overlay]. It knows nothing of what the image should do;
// that is in its tests.
package boot
