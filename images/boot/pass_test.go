package boot_test

import (
	"context"
	"errors"
	"image"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// TestScannedPass is a mediator's morning on a machine of her own: switched on,
// the day opened by keyboard alone, a pass read by a scanner on the USB socket,
// and the fleet server outside that has judged its record.
func TestScannedPass(t *testing.T) {
	long(t)
	ctx := within(t, 20)
	f := fleet(t)
	code := printedPass(ctx, t, f)
	token, err := f.Admin().IssueToken(ctx, stage.DemoToken())
	if err != nil {
		t.Fatal(err)
	}
	d := flashed(t, func(x *disk) { x.join(slot.Join{Token: token, Installed: true, Scanners: []string{boot.ScannerModel}}) })
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{d}, Nets: []boot.Net{{To: map[string]string{fleetDoor: f.Listen}}}})
	station, err := stage.Settle(ctx, f.Admin())
	if err != nil {
		t.Fatalf("%v\n%s", err, vm.Console.Text())
	}
	shows(ctx, t, vm, boot.HomePage)
	await(ctx, t, f, 10*time.Minute, func(ctx context.Context) error {
		s, err := f.Admin().Station(ctx, stage.Tenant, station)
		if err == nil && !(s.Reached() && s.Desired.Passes) {
			err = errors.New("the station is not yet what the fleet wants")
		}
		return err
	})
	t.Log("station is what the fleet wants")
	opensTheDay(ctx, t, vm)
	scans(ctx, t, vm, code)
	var said string
	await(ctx, t, f, 10*time.Minute, func(ctx context.Context) (err error) {
		said, err = judged(ctx, f.Metrics)
		return err
	})
	if want := `kit_intake_records_total{verdict="believed"} 1`; said != want {
		t.Errorf("the fleet server says %s; want %s", said, want)
	}
}

// await asks until there is an answer.
func await(ctx context.Context, t *testing.T, f *stage.Fleet, limit time.Duration, ready func(context.Context) error) {
	t.Helper()
	if err := f.Await(ctx, limit, ready); err != nil {
		t.Fatal(err)
	}
}

// opensTheDay goes from the home page to the desk by keyboard: backwards to the
// last link of the page, the code of the structure, the offered day, and the third
// link of what comes then.
func opensTheDay(ctx context.Context, t *testing.T, vm *boot.VM) {
	t.Helper()
	goes(ctx, t, vm, "shift-tab", "ret")
	for _, digit := range stage.PIN {
		tap(ctx, t, vm, "shift-"+string(digit)) // on a French keyboard
		settled(ctx, t, vm, func(*image.RGBA) bool { return true })
	}
	goes(ctx, t, vm, "ret")
	goes(ctx, t, vm, times(top+7, "tab", "ret")...) // past the links of the mode, and its way out, to "Oui"
	goes(ctx, t, vm, times(top+3, "tab", "ret")...)
}

// settled waits for a screen as wanted that stands still, and keeps it.
func settled(ctx context.Context, t *testing.T, vm *boot.VM, wanted func(*image.RGBA) bool) *image.RGBA {
	t.Helper()
	var last *image.RGBA
	still := 0
	shot, err := vm.AwaitScreen(ctx, func(now *image.RGBA) bool {
		if still++; last == nil || !alike(last, now) {
			still = 0
		}
		last = now
		return still >= 3 && wanted(now)
	})
	if shot != nil {
		keep(t, shot)
	}
	if err != nil {
		t.Fatal(err)
	}
	return shot
}

// alike reports whether two screens differ by no more than a cursor.
func alike(a, b *image.RGBA) bool { return differ(a, b) < 64 }

// differ counts, of a quarter of all points, those that are not the same.
func differ(a, b *image.RGBA) (n int) {
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y += 2 {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x += 2 {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				n++
			}
		}
	}
	return n
}

// scans plugs a hand scanner in and has it type the code.
func scans(ctx context.Context, t *testing.T, vm *boot.VM, code string) {
	t.Helper()
	before := settled(ctx, t, vm, func(*image.RGBA) bool { return true })
	if err := vm.Plug(ctx, map[string]any{"driver": "usb-kbd", "id": "scanner", "bus": "usb.0"}); err != nil {
		t.Fatal(err)
	}
	settled(ctx, t, vm, func(*image.RGBA) bool { return true })
	if err := vm.Type(ctx, code+"\n"); err != nil {
		t.Fatal(err)
	}
	settled(ctx, t, vm, func(now *image.RGBA) bool { return !alike(before, now) })
}

// printedPass prints the seeded carnets and returns what a scanner reads on the
// first pass.
func printedPass(ctx context.Context, t *testing.T, f *stage.Fleet) string {
	t.Helper()
	dir := t.TempDir()
	seeded, err := stage.Seed(ctx, f.Admin(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := f.Admin().Print(ctx, admin.Printing{Tenant: stage.Tenant, Issuer: seeded.Issuer, Batch: seeded.Batch, From: 1, To: 1, Format: admin.PDF})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "sheet.pdf"), sheet)
	first := filepath.Join(dir, "first")
	run(t, "pdftoppm", "-r", "150", "-x", "45", "-y", "45", "-W", "572", "-H", "332", "-gray", "-png", "-singlefile", filepath.Join(dir, "sheet.pdf"), first)
	run(t, "go", "build", "-o", filepath.Join(dir, "kitctl"), "../../provisioning/cmd/kitctl")
	said, err := exec.CommandContext(ctx, filepath.Join(dir, "kitctl"), "scan", first+".png").Output()
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(said), "\n")
	_, code, ok := strings.Cut(line, "\t")
	if !ok {
		t.Fatal("no code on the first pass")
	}
	return code
}

// judged is what the server says of the records that it has judged, by verdict.
func judged(ctx context.Context, metrics string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metrics+"/metrics", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if got := verdicts.FindAllString(string(text), -1); len(got) > 0 {
		return strings.Join(got, " "), nil
	}
	return "", errors.New("no record judged")
}

var verdicts = regexp.MustCompile(`(?m)^kit_intake_records_total.*`)
