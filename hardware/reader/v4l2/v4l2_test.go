package v4l2_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/readertest"
	"github.com/mallette-kit/mallette/hardware/reader/v4l2"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCamerasConform(t *testing.T) {
	for _, pixel := range []string{"GREY", "YUYV", "MJPG"} {
		t.Run(pixel, func(t *testing.T) {
			readertest.Run(t, func(t *testing.T) readertest.Rig { return mount(t, pixel) })
		})
	}
}

// mount makes a camera that sees a plain grey: thing n is 16 n + 16.
func mount(t *testing.T, pixel string) readertest.Rig {
	dir := t.TempDir()
	path := filepath.Join(dir, "video0")
	var level atomic.Int32
	shades := make(map[int32][]byte)
	for n := range int32(6) {
		frame := make([]byte, 1280*720*2)
		shades[16*n+16] = frame[:fill(pixel, byte(16*n+16), frame)]
	}
	level.Store(16)
	var driver atomic.Pointer[v4l2.Driver]
	open := func(string) (v4l2.Node, error) {
		if d := driver.Load(); d != nil {
			return d.Open(path)
		}
		return nil, os.ErrNotExist
	}
	return readertest.Rig{
		Source: v4l2.Cameras{Dir: dir, Open: open},
		Plug: func(t *testing.T) {
			driver.Store(&v4l2.Driver{
				Formats: map[string][2]uint32{pixel: {1280, 720}},
				Fill:    func(frame []byte) int { return copy(frame, shades[level.Load()]) },
			})
			must(t, os.WriteFile(path, nil, 0o600))
		},
		Unplug: func(t *testing.T) {
			must(t, os.Remove(path))
			driver.Swap(nil).Pull()
		},
		Show: func(t *testing.T, n int) { level.Store(int32(16*n + 16)) },
		Is: func(c reader.Capture, n int) bool {
			return c.Frame.Rect == image.Rect(0, 0, 1280, 720) && c.Frame.GrayAt(640, 360).Y == byte(16*n+16)
		},
	}
}

// fill makes a frame of one grey.
func fill(pixel string, level byte, frame []byte) int {
	switch pixel {
	case "MJPG":
		return copy(frame, picture(level))
	case "YUYV":
		for i := 0; i < 1280*720*2; i += 2 {
			frame[i], frame[i+1] = level, 128
		}
		return 1280 * 720 * 2
	}
	for i := range 1280 * 720 {
		frame[i] = level
	}
	return 1280 * 720
}

func picture(level byte) []byte {
	p := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio422)
	for i := range p.Y {
		p.Y[i] = level
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = 128, 128
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, p, nil)
	return out.Bytes()
}

func TestFormatChosen(t *testing.T) {
	cases := []struct {
		name string
		can  map[string][2]uint32
		want string
	}{
		{"all at the wanted size", map[string][2]uint32{"GREY": {1280, 720}, "YUYV": {1280, 720}, "MJPG": {1280, 720}}, "GREY 1280x720"},
		{"compressed is larger", map[string][2]uint32{"YUYV": {640, 480}, "MJPG": {1280, 720}}, "MJPG 1280x720"},
		{"none at the wanted size", map[string][2]uint32{"YUYV": {800, 600}, "MJPG": {640, 480}}, "YUYV 800x600"},
		{"too large", map[string][2]uint32{"YUYV": {640, 480}, "MJPG": {8000, 6000}}, "YUYV 640x480"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &v4l2.Driver{Formats: c.can, Fill: func([]byte) int { return 0 }}
			n, _ := d.Open("")
			must(t, v4l2.Start(n))
			if d.Set != c.want {
				t.Errorf("format = %s; want %s", d.Set, c.want)
			}
			if d.Mapped != 0 {
				t.Errorf("buffers mapped after the end = %d; want 0", d.Mapped)
			}
		})
	}
}

func TestNodeWithoutPicturesIsNoCamera(t *testing.T) {
	n, _ := (&v4l2.Driver{Metadata: true}).Open("")
	if err := v4l2.Start(n); !errors.Is(err, v4l2.ErrNoCapture) {
		t.Errorf("start = %v; want ErrNoCapture", err)
	}
}

func TestBusyCameraIsStillACamera(t *testing.T) {
	n, _ := (&v4l2.Driver{Busy: true}).Open("")
	if err := v4l2.Start(n); !errors.Is(err, unix.EBUSY) || errors.Is(err, v4l2.ErrNoCapture) {
		t.Errorf("start = %v; want EBUSY and not ErrNoCapture, which is for ever", err)
	}
}

func TestSilentCameraIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &v4l2.Driver{Silent: true, Formats: map[string][2]uint32{"GREY": {1280, 720}}}
		n, _ := d.Open("")
		if err := v4l2.Roll(t.Context(), n, func(reader.Capture) {}); !errors.Is(err, v4l2.ErrSilent) {
			t.Errorf("roll = %v; want ErrSilent", err)
		}
	})
}

func TestFrameIsNeverWrittenToAgain(t *testing.T) {
	level := byte(0)
	d := &v4l2.Driver{Formats: map[string][2]uint32{"GREY": {1280, 720}}}
	d.Fill = func(frame []byte) int { level++; return fill("GREY", level, frame) }
	n, _ := d.Open("")
	ctx, cancel := context.WithCancel(t.Context())
	var kept []*image.Gray
	must(t, v4l2.Roll(ctx, n, func(c reader.Capture) {
		if kept = append(kept, c.Frame); len(kept) == 12 {
			cancel()
		}
	}))
	for i, f := range kept {
		if want := (color.Gray{Y: byte(i + 1)}); f.GrayAt(0, 0) != want {
			t.Errorf("frame %d = %v; want %v", i, f.GrayAt(0, 0), want)
		}
	}
}

func TestFrameWithoutHuffmanTables(t *testing.T) {
	whole := picture(80)
	at := bytes.Index(whole, []byte{0xff, 0xc4})
	size := 2 + int(whole[at+2])<<8 + int(whole[at+3])
	bare := append(append([]byte{}, whole[:at]...), whole[at+size:]...)
	got := v4l2.Decode("MJPG", 1280, 720, bare)
	if got == nil || got.GrayAt(5, 5).Y != 80 {
		t.Error("decode(frame without DHT): not read; want grey 80")
	}
}

func FuzzFrame(f *testing.F) {
	f.Add("MJPG", picture(9))
	f.Add("YUYV", []byte{1, 2, 3, 4})
	f.Add("GREY", []byte{})
	f.Fuzz(func(t *testing.T, pixel string, frame []byte) {
		if len(pixel) != 4 {
			t.Skip()
		}
		if got := v4l2.Decode(pixel, 16, 8, frame); got != nil && got.Rect.Dx()*got.Rect.Dy() > reader.MaxPixels {
			t.Errorf("decode = %v; want at most MaxPixels", got.Rect)
		}
	})
}

func TestOpenCamerasAreTold(t *testing.T) {
	rig := mount(t, "GREY")
	rig.Plug(t)
	cameras := rig.Source.(v4l2.Cameras)
	told := make(chan string, 8)
	cameras.Opened = func(name string) func() {
		told <- "opened " + name
		return func() { told <- "closed " + name }
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- cameras.Run(ctx, func(reader.Capture) {}) }()
	if got, want := <-told, "opened camera video0"; got != want {
		t.Errorf("told %q; want %q", got, want)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
	if got, want := <-told, "closed camera video0"; got != want {
		t.Errorf("told %q; want %q", got, want)
	}
}
