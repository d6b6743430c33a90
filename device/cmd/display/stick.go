package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/screen"
)

// errNoStick says that no memory stick is plugged in, and errUnread that
// nothing on it can be read.
var (
	errNoStick = errors.New("no stick")
	errUnread  = errors.New("stick not readable")
)

// stickFlags are for good: nothing on somebody's stick is ever a program, a
// device or a way to more rights here.
const stickFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME

// stick opens a stick, or lets it go. In the help world it appears to the
// person; a session of the kiosk has no way to it, and only the station's own
// pages read and write there.
func (d *display) stick(open bool) {
	problem := screen.None
	switch err := d.plug(open); {
	case errors.Is(err, errNoStick):
		problem = screen.StickMissing
	case err != nil:
		d.log.Warn("stick not opened", "err", err)
		problem = screen.StickUnread
	}
	r := screen.Report{State: screen.Stick}
	if d.running != nil {
		r = d.running.says(screen.Stick)
	}
	r.Problem = problem
	d.report(r, nil)
}

func (d *display) plug(open bool) error {
	share := filepath.Join(d.flags.Run, "stick")
	if !open {
		return unplug(share)
	}
	devices, err := sticks("/sys/class/block", d.machine.disk)
	if err != nil {
		return err
	}
	return plugIn(devices, share)
}

// letGo writes what waits to the stick and takes it off. Its person may pull
// it out once the kiosk is back.
func (d *display) letGo() {
	if err := unplug(filepath.Join(d.flags.Run, "stick")); err != nil {
		d.log.Warn("stick not let go", "err", err)
	}
}

// openShare makes the folder through which a stick that is mounted later
// appears in a session that runs. Without a stick nothing can be written there:
// what was would meet the next person.
func openShare(share string) error {
	if err := os.MkdirAll(share, 0o755); err != nil {
		return err
	}
	if mounted(share) > 0 {
		return nil
	}
	if err := unix.Mount("tmpfs", share, "tmpfs", stickFlags|unix.MS_RDONLY, "size=4k,mode=0755"); err != nil {
		return fmt.Errorf("make share: %w", err)
	}
	return unix.Mount("", share, "", unix.MS_SHARED, "")
}

func closeShare(share string) error {
	if err := unplug(share); err != nil || mounted(share) == 0 {
		return err
	}
	return unix.Unmount(share, unix.MNT_DETACH)
}

// plugIn mounts the first device that has something to read.
func plugIn(devices []string, share string) error {
	if mounted(share) > 1 {
		return nil
	}
	if len(devices) == 0 {
		return errNoStick
	}
	for _, device := range devices {
		for _, kind := range []string{"vfat", "exfat", "ntfs3"} {
			if unix.Mount(device, share, kind, stickFlags, stickOptions(kind)) == nil {
				return nil
			}
		}
	}
	return errUnread
}

// stickOptions make every file the person's and none a program.
func stickOptions(kind string) string {
	options := "uid=1000,gid=1000,fmask=0177,dmask=0077,iocharset=utf8"
	if kind == "vfat" {
		options = "uid=1000,gid=1000,fmask=0177,dmask=0077,utf8=1,flush"
	}
	return options
}

// unplug takes off every stick and leaves the share.
func unplug(share string) error {
	for mounted(share) > 1 {
		if err := unix.Unmount(share, 0); err != nil {
			unix.Sync() // somebody still holds it: nothing unwritten may be lost
			return errors.Join(err, unix.Unmount(share, unix.MNT_DETACH))
		}
	}
	return nil
}

// mounted counts what is mounted on a folder.
func mounted(dir string) (n int) {
	for _, m := range mountsNow() {
		if m.at == dir {
			n++
		}
	}
	return n
}

type mountedAt struct{ device, at string }

// mountsNow lists device numbers and places of this machine's mounts.
func mountsNow() (list []mountedAt) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 4 {
			list = append(list, mountedAt{words[2], words[4]})
		}
	}
	return list
}

// sticks lists the partitions, or whole disks without any, of the USB disks of
// which nothing is mounted, but for the one that this station was started from:
// its boot partition is for nobody, also when its data could not be mounted.
func sticks(class, own string) (devices []string, err error) {
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, m := range mountsNow() {
		used[m.device] = true
	}
	var disks, parts []string
	for _, e := range entries {
		at, err := filepath.EvalSymlinks(filepath.Join(class, e.Name()))
		if err != nil || !strings.Contains(at, "/usb") || own == "/dev/"+filepath.Base(diskOf(at)) || diskUsed(at, used) {
			continue
		}
		if _, err := os.Stat(filepath.Join(at, "partition")); err == nil {
			parts = append(parts, "/dev/"+e.Name())
			continue
		}
		disks = append(disks, "/dev/"+e.Name())
	}
	slices.Sort(parts)
	return append(parts, disks...), nil
}

// diskUsed reports whether any part of the disk that at belongs to is mounted.
func diskUsed(at string, used map[string]bool) bool {
	disk := diskOf(at)
	for _, file := range append(glob(filepath.Join(disk, "*", "dev")), filepath.Join(disk, "dev")) {
		if text, err := os.ReadFile(file); err == nil && used[strings.TrimSpace(string(text))] {
			return true
		}
	}
	return false
}

// diskOf is the disk that a partition is on, or the disk itself.
func diskOf(at string) string {
	if _, err := os.Stat(filepath.Join(at, "partition")); err == nil {
		return filepath.Dir(at)
	}
	return at
}
