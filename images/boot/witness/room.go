package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// room is a network of its own, with the second radio and an access point.
type room struct {
	*witness

	net     *os.File // its namespace
	hostapd *exec.Cmd
	ended   chan error
}

// newRoom makes the room's network and moves the second radio into it: the
// station must not find it.
func newRoom(w *witness) (*room, error) {
	net, err := namespace()
	if err != nil {
		return nil, fmt.Errorf("make a room: %w", err)
	}
	if err := move(1, net); err != nil {
		return nil, fmt.Errorf("move a radio: %w", err)
	}
	return &room{witness: w, net: net}, nil
}

// namespace makes a network on a thread that ends with it.
func namespace() (net *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			net, err = os.Open("/proc/thread-self/ns/net")
		}
	}()
	<-done
	return net, err
}

// Numbers of <linux/nl80211.h>.
const (
	setNetwork  = 49  // NL80211_CMD_SET_WIPHY_NETNS
	radioNumber = 1   // NL80211_ATTR_WIPHY
	networkFile = 219 // NL80211_ATTR_NETNS_FD
)

// move gives a radio to another network.
func move(number uint32, to *os.File) error {
	family, err := netlink.GenlFamilyGet("nl80211")
	if err != nil {
		return err
	}
	r := nl.NewNetlinkRequest(int(family.ID), unix.NLM_F_ACK)
	r.AddData(&nl.Genlmsg{Command: setNetwork, Version: 1})
	r.AddData(nl.NewRtAttr(radioNumber, nl.Uint32Attr(number)))
	r.AddData(nl.NewRtAttr(networkFile, nl.Uint32Attr(uint32(to.Fd()))))
	_, err = r.Execute(unix.NETLINK_GENERIC, 0)
	return err
}

// open switches the access point on and waits until it is.
func (r *room) open(ctx context.Context, secret string) error {
	file := filepath.Join("/run", "hostapd.conf")
	if err := os.WriteFile(file, settings(secret), 0o600); err != nil {
		return err
	}
	said, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	r.hostapd, r.ended = exec.CommandContext(ctx, "/usr/sbin/hostapd", file), make(chan error, 1)
	r.hostapd.Stdout, r.hostapd.Stderr = out, out
	if err := r.begin(); err != nil {
		said.Close()
		return fmt.Errorf("open a Wi-Fi: %w", err)
	}
	ready := make(chan struct{})
	go r.listen(said, ready)
	select {
	case <-ready:
		r.say("the room has a Wi-Fi")
		return nil
	case err := <-r.ended:
		return fmt.Errorf("open a Wi-Fi: hostapd ended: %w", err)
	}
}

// listen reads what hostapd says to its end.
func (r *room) listen(said *os.File, ready chan<- struct{}) {
	defer said.Close()
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), "AP-ENABLED") {
			close(ready)
		}
		r.say("hostapd: %s", lines.Text())
	}
}

// begin starts hostapd on a thread that is in the room's network and ends with it.
func (r *room) begin() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(r.net.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			err = r.hostapd.Start()
		}
		started <- err
		if err == nil {
			r.ended <- r.hostapd.Wait()
		}
	}()
	return <-started
}

// closing is how long hostapd takes to say goodbye.
const closing = 20 * time.Second

// close switches the access point off.
func (r *room) close() error {
	if err := r.hostapd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("close a Wi-Fi: %w", err)
	}
	select {
	case <-r.ended:
		r.say("the room has no Wi-Fi")
		return nil
	case <-time.After(closing):
		return errors.Join(errors.New("close a Wi-Fi: hostapd stays"), r.hostapd.Process.Kill())
	}
}
