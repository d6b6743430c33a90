package boot

import (
	"context"
	"os"
	"time"
)

// Accelerator returns "kvm" where it truly starts a machine's firmware, else
// "tcg,thread=multi". A machine may have /dev/kvm and not run this: it is tried,
// in the empty folder dir, for seconds at most.
func Accelerator(ctx context.Context, dir string) string {
	const slow = "tcg,thread=multi"
	if _, err := os.Stat("/dev/kvm"); err != nil {
		return slow
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	vm, err := Machine{Dir: dir, Accel: "kvm", Memory: 256}.Start(ctx)
	if err != nil {
		return slow
	}
	defer vm.Close()
	if vm.firmwareSpeaks(ctx) {
		return "kvm"
	}
	return slow
}

// firmwareSpeaks waits for the firmware's word that nothing can be started; a
// processor that stops on an instruction KVM cannot do says STOP instead.
func (vm *VM) firmwareSpeaks(ctx context.Context) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = vm.AwaitEvent(ctx, 0, "STOP")
		cancel()
	}()
	_, err := vm.Console.Await(ctx, "BdsDxe")
	return err == nil
}
