// Package squash makes and opens squashfs images with Debian's squashfs-tools,
// with everything fixed that would differ from one build to the next: times,
// owners and the order of the work. It never needs root rights.
package squash

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// Compression is how contents are stored.
type Compression int

// Kinds of storage. Plain is for what is updated by chunks: a change in a file
// changes only its place. Zlib is all that a Raspberry Pi's kernel reads.
const (
	Plain Compression = iota
	Zlib
)

func (c Compression) flags() []string {
	if c == Zlib {
		return []string{"-comp", "gzip", "-Xcompression-level", "9"}
	}
	return []string{"-noI", "-noId", "-noD", "-noF", "-noX"}
}

// Make writes the folder as an image to the file named out. All of it belongs
// to root and carries the same time.
func Make(ctx context.Context, folder, out string, c Compression, at time.Time) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	args := append([]string{folder, out, "-noappend", "-no-progress", "-quiet", "-no-xattrs", "-all-root", "-no-exports", "-b", "131072",
		"-mkfs-time", stamp, "-all-time", stamp}, c.flags()...)
	return run(ctx, "mksquashfs", args...)
}

// Open unpacks the image into a folder that must not exist yet.
func Open(ctx context.Context, image, folder string) error {
	return run(ctx, "unsquashfs", "-no-progress", "-quiet", "-no-xattrs", "-d", folder, image)
}

func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	// mksquashfs refuses a time both here and on its command line.
	for _, e := range os.Environ() {
		if len(e) < 18 || e[:18] != "SOURCE_DATE_EPOCH=" {
			cmd.Env = append(cmd.Env, e)
		}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
