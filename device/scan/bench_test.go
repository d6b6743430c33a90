package scan_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/scan/scantest"
)

// harsh is the number of frames of the comparison.
const harsh = 300

// score is what a decoder made of a set.
type score struct {
	read, wrong int
	cpu         time.Duration
	of          map[string]int // frames read, by hardship
}

func (s *score) add(f scantest.Frame, got []string) {
	hardship, _, _ := strings.Cut(f.Name, "-")
	for _, code := range got {
		if code != f.Code {
			s.wrong++
			continue
		}
		s.read++
		if s.of == nil {
			s.of = make(map[string]int)
		}
		s.of[hardship]++
	}
}

// BenchmarkHarsh reads the same harsh frames as zbar does, in one thread
// each, and prints what each read, what it misread and the CPU it took.
func BenchmarkHarsh(b *testing.B) {
	frames := scantest.Harsh(harsh)
	zbar, err := zbar(b, frames)
	if err != nil {
		b.Skipf("no zbar to compare with: %v", err)
	}
	for b.Loop() {
		ours := cascade(frames)
		report(b, "qr_frames_read", float64(ours.read), "frames", float64(zbar.read))
		report(b, "qr_frames_misread", float64(ours.wrong), "frames", float64(zbar.wrong))
		report(b, "qr_cpu_per_frame", ms(ours.cpu)/harsh, "ms", ms(zbar.cpu)/harsh)
		report(b, "qr_cpu_per_empty_frame", ms(empty(len(frames)))/harsh, "ms", none)
		for _, hardship := range slices.Sorted(maps.Keys(ours.of)) {
			report(b, "qr_read_"+hardship, float64(ours.of[hardship]), "frames", float64(zbar.of[hardship]))
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// none is beside a figure that zbar does not have.
const none = -1

// report prints "name value unit beside ratio".
func report(b *testing.B, name string, value float64, unit string, beside float64) {
	other, ratio := "-", "-"
	if beside != none {
		other = fmt.Sprintf("%.4g", beside)
	}
	if beside > 0 {
		ratio = fmt.Sprintf("%.2f", value/beside)
	}
	fmt.Printf("%s %.4g %s %s %s\n", name, value, unit, other, ratio)
	b.ReportMetric(value, name)
}

func cascade(frames []scantest.Frame) score {
	var s score
	began := cpu()
	for _, f := range frames {
		var got []string
		for _, symbol := range scan.Decode(context.Background(), f.Picture) {
			got = append(got, symbol.Text)
		}
		s.add(f, got)
	}
	s.cpu = cpu() - began
	return s
}

// empty is the CPU of looking at frames without a code, at 1280 × 720.
func empty(n int) time.Duration {
	frame := scantest.Desk(image.Pt(1280, 720))
	began := cpu()
	for range n / 10 {
		scan.Decode(context.Background(), frame)
	}
	return 10 * (cpu() - began)
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// zbar compiles testdata/zbar.c and has it read the frames in one process.
func zbar(b *testing.B, frames []scantest.Frame) (score, error) {
	program := filepath.Join(b.TempDir(), "zbar")
	if out, err := exec.Command("cc", "-O2", "-o", program, "testdata/zbar.c", "-lzbar").CombinedOutput(); err != nil {
		return score{}, fmt.Errorf("compile: %w: %s", err, out)
	}
	in, err := os.CreateTemp(b.TempDir(), "frames")
	if err != nil {
		return score{}, err
	}
	defer in.Close()
	for _, f := range frames {
		header := binary.LittleEndian.AppendUint32(nil, uint32(f.Picture.Rect.Dx()))
		header = binary.LittleEndian.AppendUint32(header, uint32(f.Picture.Rect.Dy()))
		if _, err := in.Write(append(header, f.Picture.Pix...)); err != nil {
			return score{}, err
		}
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return score{}, err
	}
	cmd := exec.Command(program)
	cmd.Stdin = in
	out, err := cmd.Output()
	if err != nil {
		return score{}, err
	}
	return read(out, frames)
}

// read parses zbar.c's lines: microseconds of CPU, then the codes of a frame.
func read(out []byte, frames []scantest.Frame) (score, error) {
	var s score
	lines := bufio.NewScanner(bytes.NewReader(out))
	for _, f := range frames {
		if !lines.Scan() {
			return s, io.ErrUnexpectedEOF
		}
		fields := strings.Fields(lines.Text())
		micros, err := strconv.Atoi(fields[0])
		if err != nil {
			return s, err
		}
		s.cpu += time.Duration(micros) * time.Microsecond
		s.add(f, fields[1:])
	}
	return s, nil
}
