package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

// VM is a machine that is switched on. Its methods are safe for concurrent use.
type VM struct {
	Console *Console

	machine   Machine
	qmp       *qmp
	program   *stage.Program
	complains *complaints
	listening sync.WaitGroup
	doors     []net.Listener
	lines     []io.Closer
}

// complaints keeps what QEMU itself says, for the error of a start.
type complaints struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (c *complaints) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.Write(b)
}

func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.TrimSpace(c.said.String())
}

// start opens both lines before QEMU does, so that no word is lost. QEMU opens
// the serial one before it calls at the door.
func (vm *VM) start(ctx context.Context) error {
	if err := vm.machine.prepare(); err != nil {
		return err
	}
	console, err := openSerial(vm.machine.path(serialName))
	if err != nil {
		return err
	}
	vm.lines = append(vm.lines, console)
	door, err := vm.listen("qmp.sock")
	if err != nil {
		return err
	}
	vm.complains = &complaints{}
	vm.program, err = stage.Run(vm.machine.program(), vm.machine.args(), nil, vm.complains)
	if err != nil {
		return err
	}
	return vm.connect(ctx, console, door)
}

func (vm *VM) listen(name string) (net.Listener, error) {
	l, err := net.Listen("unix", vm.machine.path(name))
	if err == nil {
		vm.doors = append(vm.doors, l)
	}
	return l, err
}

func (vm *VM) connect(ctx context.Context, console io.Reader, door net.Listener) error {
	asked, err := vm.accept(ctx, door)
	if err != nil {
		return err
	}
	vm.listening.Go(func() { vm.Console.listen(console) })
	vm.qmp = newQMP(asked)
	vm.listening.Go(vm.qmp.listen)
	if _, err = vm.qmp.do(ctx, "qmp_capabilities", nil); err != nil {
		return fmt.Errorf("%w: %s", err, vm.complains)
	}
	return nil
}

// accept waits for QEMU's call, its end or the end of patience.
func (vm *VM) accept(ctx context.Context, l net.Listener) (net.Conn, error) {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-vm.program.Done():
		case <-ctx.Done():
		case <-ended:
			return
		}
		l.Close()
	}()
	conn, err := l.Accept()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errors.Join(err, ctx.Err()), vm.complains)
	}
	vm.lines = append(vm.lines, conn)
	return conn, nil
}

// Off is closed when the power is off: by the guest, by Cut or by Close.
func (vm *VM) Off() <-chan struct{} { return vm.program.Done() }

// AwaitOff waits until the guest has switched the machine off.
func (vm *VM) AwaitOff(ctx context.Context) error {
	select {
	case <-vm.Off():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("machine still on: %w", ctx.Err())
	}
}

// Reset presses the reset button.
func (vm *VM) Reset(ctx context.Context) error {
	_, err := vm.qmp.do(ctx, "system_reset", nil)
	return err
}

// PressPower presses the power button.
func (vm *VM) PressPower(ctx context.Context) error {
	_, err := vm.qmp.do(ctx, "system_powerdown", nil)
	return err
}

// Cut takes the power away: what QEMU has not yet written is lost.
func (vm *VM) Cut() { vm.Close() }

// Close switches the machine off and lets go of everything. It may be called
// more than once.
func (vm *VM) Close() {
	if vm.program != nil {
		vm.program.Kill()
	}
	for _, l := range vm.doors {
		l.Close()
	}
	for _, c := range vm.lines {
		c.Close()
	}
	vm.listening.Wait()
}

// Events returns what has happened to the machine so far.
func (vm *VM) Events() []Event {
	events, _ := vm.qmp.since(0)
	return append([]Event(nil), events...)
}

// AwaitEvent waits for an event of that name after the first n of Events, and
// returns how many there were then.
func (vm *VM) AwaitEvent(ctx context.Context, n int, name string) (int, error) {
	for {
		events, changed := vm.qmp.since(n)
		for i, e := range events {
			if e.Name == name {
				return n + i + 1, nil
			}
		}
		select {
		case <-changed:
		case <-vm.Off():
			return 0, fmt.Errorf("await %s: %w", name, ErrOff)
		case <-ctx.Done():
			return 0, fmt.Errorf("await %s: %w", name, ctx.Err())
		}
	}
}

// Plug connects a device, as QEMU's device_add describes it: {"driver":
// "usb-kbd", "id": "scanner", "bus": "usb.0"}.
func (vm *VM) Plug(ctx context.Context, device map[string]any) error {
	_, err := vm.qmp.do(ctx, "device_add", device)
	return err
}

// Pull takes a device out of its socket without asking. A disk's id is "drive"
// and its number.
func (vm *VM) Pull(ctx context.Context, id string) error {
	_, err := vm.qmp.do(ctx, "device_del", map[string]any{"id": id})
	return err
}

// pause is between two looks at the screen, which has no events; each costs the
// machine a picture.
const pause = 2 * time.Second

// openLimit bounds how long a disk takes to be opened or let go.
const openLimit = 30 * time.Second
