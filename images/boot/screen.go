package boot

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"time"
)

// Screen returns what the machine shows now.
func (vm *VM) Screen(ctx context.Context) (image.Image, error) {
	file := vm.machine.path("screen.png")
	if _, err := vm.qmp.do(ctx, "screendump", map[string]any{"filename": file, "format": "png"}); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}

// AwaitScreen looks at the screen until it is as wanted, and returns it. The
// last screen is returned with the error too, if there was one.
func (vm *VM) AwaitScreen(ctx context.Context, wanted func(image.Image) bool) (image.Image, error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var shot image.Image
	for {
		now, err := vm.Screen(ctx)
		if err == nil {
			shot = now
		}
		if err == nil && wanted(now) {
			return now, nil
		}
		select {
		case <-tick.C:
		case <-vm.Off():
			return shot, fmt.Errorf("await screen: %w", ErrOff)
		case <-ctx.Done():
			return shot, fmt.Errorf("await screen: %w", ctx.Err())
		}
	}
}
