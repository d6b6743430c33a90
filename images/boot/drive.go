package boot

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/images/stage"
)

// Overlay makes a disk at to (.qcow2) that starts as the image and keeps what
// is written; the image itself is only read. size is the disk's, 0 the image's.
func Overlay(ctx context.Context, image, to string, size int64) error {
	base, err := filepath.Abs(image)
	if err != nil {
		return err
	}
	format := "raw"
	if strings.HasSuffix(base, ".qcow2") {
		format = "qcow2"
	}
	args := []string{"create", "-q", "-f", "qcow2", "-b", base, "-F", format, to}
	if size > 0 {
		args = append(args, fmt.Sprint(size))
	}
	if said, err := exec.CommandContext(ctx, "qemu-img", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("make disk: %w: %s", err, said)
	}
	return nil
}

// Drive is a disk of a machine that is off, opened to be read and changed. Its
// methods are safe for concurrent use.
type Drive struct {
	server *stage.Program
	mu     sync.Mutex
	conn   net.Conn
	r      *bufio.Reader
	size   int64
}

// OpenDrive opens a disk file through qemu-nbd. Close it before a machine uses
// the file.
func OpenDrive(ctx context.Context, file string) (*Drive, error) {
	socket := file + ".nbd"
	format := "raw"
	if strings.HasSuffix(file, ".qcow2") {
		format = "qcow2"
	}
	said := &complaints{}
	server, err := stage.Run("qemu-nbd", []string{"-k", socket, "-f", format, file}, nil, said)
	if err != nil {
		return nil, fmt.Errorf("open drive: %w", err)
	}
	d := &Drive{server: server}
	err = server.Await(ctx, openLimit, func(ctx context.Context) error { return d.dial(ctx, socket) })
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open drive: %w: %s", err, said)
	}
	return d, nil
}

// Magic numbers and commands of the protocol, as its specification names them.
const (
	nbdMagic        = 0x4e42444d41474943
	nbdIHaveOpt     = 0x49484156454f5054
	nbdExportName   = 1
	nbdNoZeroes     = 2
	nbdRequest      = 0x25609513
	nbdSimpleReply  = 0x67446698
	nbdRead         = 0
	nbdWrite        = 1
	nbdFlush        = 3
	nbdLargest      = 1 << 20
	nbdGreeting     = 18
	nbdExportAnswer = 10
)

// errNBD says that the server spoke something else.
var errNBD = errors.New("not a disk server")

func (d *Drive) dial(ctx context.Context, socket string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	d.conn, d.r = conn, bufio.NewReader(conn)
	return d.greet()
}

// greet chooses the only export there is.
func (d *Drive) greet() error {
	hello := make([]byte, nbdGreeting)
	if _, err := io.ReadFull(d.r, hello); err != nil {
		return err
	}
	be := binary.BigEndian
	if be.Uint64(hello) != nbdMagic || be.Uint64(hello[8:]) != nbdIHaveOpt {
		return errNBD
	}
	ask := be.AppendUint32(nil, uint32(be.Uint16(hello[16:]))&(1|nbdNoZeroes))
	ask = be.AppendUint64(ask, nbdIHaveOpt)
	ask = be.AppendUint64(ask, nbdExportName<<32)
	if _, err := d.conn.Write(ask); err != nil {
		return err
	}
	answer := make([]byte, nbdExportAnswer)
	if _, err := io.ReadFull(d.r, answer); err != nil {
		return err
	}
	d.size = int64(be.Uint64(answer))
	return nil
}

// Size returns the disk's size in bytes.
func (d *Drive) Size() int64 { return d.size }

// ReadAt implements [io.ReaderAt].
func (d *Drive) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off+int64(n) >= d.size {
			return n, io.EOF
		}
		part := p[n:min(len(p), n+nbdLargest, n+int(min(d.size-off-int64(n), nbdLargest)))]
		if err := d.do(nbdRead, off+int64(n), len(part), nil, part); err != nil {
			return n, fmt.Errorf("read drive: %w", err)
		}
		n += len(part)
	}
	return n, nil
}

// WriteAt implements [io.WriterAt].
func (d *Drive) WriteAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		part := p[n:min(len(p), n+nbdLargest)]
		if err := d.do(nbdWrite, off+int64(n), len(part), part, nil); err != nil {
			return n, fmt.Errorf("write drive: %w", err)
		}
		n += len(part)
	}
	return n, nil
}

// Sync returns when what was written is in the file.
func (d *Drive) Sync() error { return d.do(nbdFlush, 0, 0, nil, nil) }

// do is one request and its reply.
func (d *Drive) do(command uint16, off int64, length int, out, in []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	be := binary.BigEndian
	b := be.AppendUint32(nil, nbdRequest)
	b = be.AppendUint32(b, uint32(command))
	b = be.AppendUint64(b, 0)
	b = be.AppendUint64(b, uint64(off))
	b = be.AppendUint32(b, uint32(length))
	if _, err := d.conn.Write(append(b, out...)); err != nil {
		return err
	}
	answer := make([]byte, 16)
	if _, err := io.ReadFull(d.r, answer); err != nil {
		return err
	}
	if be.Uint32(answer) != nbdSimpleReply || be.Uint32(answer[4:]) != 0 {
		return fmt.Errorf("error %d: %w", be.Uint32(answer[4:]), errNBD)
	}
	_, err := io.ReadFull(d.r, in)
	return err
}

// Close lets go of the file, with everything written.
func (d *Drive) Close() error {
	if d.conn == nil {
		d.server.Kill()
		return nil
	}
	err := d.Sync()
	d.conn.Close() // the server ends after its only client
	ctx, cancel := context.WithTimeout(context.Background(), openLimit)
	defer cancel()
	select {
	case <-d.server.Done():
		return err
	case <-ctx.Done():
		return errors.Join(err, d.server.Stop(ctx))
	}
}
