package boot

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"time"
)

// Screen returns what the machine shows now.
func (vm *VM) Screen(ctx context.Context) (*image.RGBA, error) {
	file := vm.machine.path("screen.ppm")
	if _, err := vm.qmp.do(ctx, "screendump", map[string]any{"filename": file, "format": "ppm"}); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readPPM(f)
}

// maxSide bounds a screen, in points.
const maxSide = 8192

// readPPM reads a binary portable pixmap of 8 bits a colour, as QEMU writes it
// (netpbm's ppm(5), without comments). QEMU holds the machine while it writes a
// picture; to pack it as a PNG takes far longer.
func readPPM(r io.Reader) (*image.RGBA, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	var w, h, most int
	if _, err := fmt.Fscanf(b, "P6\n%d %d\n%d\n", &w, &h, &most); err != nil {
		return nil, fmt.Errorf("read screen: %w", err)
	}
	if w < 1 || w > maxSide || h < 1 || h > maxSide || most != 255 {
		return nil, fmt.Errorf("read screen: %d × %d points of %d", w, h, most)
	}
	m, row := image.NewRGBA(image.Rect(0, 0, w, h)), make([]byte, 3*w)
	for to := m.Pix; len(to) > 0; {
		if _, err := io.ReadFull(b, row); err != nil {
			return nil, fmt.Errorf("read screen: %w", err)
		}
		for from := row; len(from) > 0; from, to = from[3:], to[4:] {
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], 255
		}
	}
	return m, nil
}

// AwaitScreen looks at the screen until it is as wanted, and returns it. The
// last screen is returned with the error too, if there was one.
func (vm *VM) AwaitScreen(ctx context.Context, wanted func(*image.RGBA) bool) (*image.RGBA, error) {
	return vm.WatchScreen(ctx, pause, wanted)
}

// WatchScreen is [VM.AwaitScreen] for what passes sooner: it looks this often.
func (vm *VM) WatchScreen(ctx context.Context, often time.Duration, wanted func(*image.RGBA) bool) (*image.RGBA, error) {
	tick := time.NewTicker(often)
	defer tick.Stop()
	var shot *image.RGBA
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
