package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/parcel"
)

// firstProcess is what a session's first process is called while it builds
// the session's root, and service keeper once it has given up its rights.
const (
	firstProcess  = "mallette-session"
	serviceKeeper = "mallette-services"
)

// The descriptors that the first process is born with.
const (
	talkFD = 3
	planFD = 4
)

// order is what the first process is told.
type order struct {
	Plan Plan
	Dir  string // on the host: this session's empty folder
}

// Main returns at once unless this process is the first of a session; then it
// never returns. Programs that start sessions call it before anything else.
func Main() {
	switch filepath.Base(os.Args[0]) {
	case firstProcess:
		os.Exit(build())
	case serviceKeeper:
		os.Exit(keep())
	}
}

// build makes the session's root, and becomes the service keeper in it.
func build() int {
	talk, err := parcel.Adopt(os.NewFile(talkFD, "talk"))
	if err != nil {
		return 1
	}
	text, err := io.ReadAll(os.NewFile(planFD, "plan"))
	if err != nil {
		return tell(talk, "read plan", err)
	}
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		return tell(talk, "read plan", err)
	}
	for _, step := range steps() {
		if err := step.do(&o); err != nil {
			return tell(talk, step.name, err)
		}
	}
	return tell(talk, "open network", become(talk, &o))
}

// tell reports why the session cannot be.
func tell(talk *net.UnixConn, step string, err error) int {
	_ = parcel.Send(talk, event{Kind: eventFailed, Name: step, Text: err.Error()}) // whoever started it is gone: so is the session
	return 1
}

type step struct {
	name string
	do   func(*order) error
}

// steps build the root from nothing and enter it. Everything happens in the
// session's own namespaces, so that there is no undo: it ends with them.
func steps() []step {
	return []step{
		{"leave the host's mounts", func(*order) error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, "") }},
		{"lay the userland", layUserland},
		{"mount kernel folders", mountKernel},
		{"make devices", makeDevices},
		{"share folder", shareFolder},
		{"write files", writeFiles},
		{"enter", enter},
		{"name", func(*order) error { return unix.Sethostname([]byte("mallette")) }},
		{"bring up loopback", func(*order) error { return loopbackUp() }},
	}
}

func (o *order) root(path ...string) string {
	return filepath.Join(append([]string{o.Dir, "root"}, path...)...)
}

// layUserland mounts the session's memory and lays the userland under it.
func layUserland(o *order) error {
	space := fmt.Sprintf("size=%d,mode=0711", o.Plan.space())
	if err := unix.Mount("tmpfs", o.Dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, space); err != nil {
		return err
	}
	for _, name := range []string{"root", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(o.Dir, name), 0o755); err != nil {
			return err
		}
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", o.Plan.Root, filepath.Join(o.Dir, "upper"), filepath.Join(o.Dir, "work"))
	return unix.Mount("overlay", o.root(), "overlay", unix.MS_NOSUID|unix.MS_NODEV, layers)
}

// shareFolder shows the host's folder, and what is mounted on it later, inside.
func shareFolder(o *order) error {
	if o.Plan.Share == "" {
		return nil
	}
	at := o.root(o.Plan.ShareAt)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	return unix.Mount(o.Plan.Share, at, "", unix.MS_BIND|unix.MS_REC, "")
}

func writeFiles(o *order) error {
	for _, f := range o.Plan.Files {
		if err := f.write(o.root(f.Path)); err != nil {
			return err
		}
	}
	return nil
}

func (f File) write(at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	make := func() error { return os.WriteFile(at, []byte(f.Text), 0o600) }
	if f.Mode.IsDir() {
		make = func() error { return os.MkdirAll(at, 0o700) }
	}
	if err := make(); err != nil {
		return err
	}
	if err := os.Chmod(at, f.Mode&(fs.ModePerm|fs.ModeSticky)); err != nil {
		return err
	}
	return os.Chown(at, f.UID, f.UID)
}

// enter makes the new root the only one: the host's files are not hidden
// below it, they are not there.
func enter(o *order) error {
	if err := unix.Chdir(o.root()); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	return unix.Chdir("/")
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// become opens the listeners, hands them out, gives up this process's rights
// and starts it again as the service keeper.
func become(talk *net.UnixConn, o *order) error {
	files, err := listen(o.Plan.Listen)
	if err != nil {
		return err
	}
	if err := parcel.Send(talk, event{Kind: eventReady}, files...); err != nil {
		return err
	}
	parcel.Close(files)
	services, err := json.Marshal(o.Plan.Services)
	if err != nil {
		return err
	}
	keep, err := talk.File()
	if err != nil {
		return err
	}
	return again(keep, services)
}

func listen(addresses []string) (files []*os.File, err error) {
	for _, address := range addresses {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		f, err := ln.(*net.TCPListener).File()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
