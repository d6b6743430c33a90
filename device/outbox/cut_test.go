package outbox_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func execSQL(t testing.TB, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// checkpoint brings everything into the file itself.
func checkpoint(t testing.TB, path string) {
	t.Helper()
	execSQL(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
}

// image is what the disk holds at an instant.
type image struct{ db, wal []byte }

func snapshot(t testing.TB, path string) image {
	t.Helper()
	var im image
	for part, b := range map[string]*[]byte{"": &im.db, "-wal": &im.wal} {
		content, err := os.ReadFile(path + part)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		*b = content
	}
	return im
}

func (im image) restore(t testing.TB, path string) {
	t.Helper()
	for part, b := range map[string][]byte{"": im.db, "-wal": im.wal} {
		if err := os.WriteFile(path+part, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func copyOutbox(t testing.TB, from, to string) {
	t.Helper()
	snapshot(t, from).restore(t, to)
}

// torn is after, of which only the first n bytes reached the disk over before.
func torn(before, after []byte, n int) []byte {
	mix := append([]byte(nil), after[:min(n, len(after))]...)
	if len(before) > len(mix) {
		mix = append(mix, before[len(mix):]...)
	}
	return mix
}

// A write of the log stops at any byte: every record that was confirmed before
// it is there, the chain holds, and the log goes on.
func TestPowerCutAtAnyByte(t *testing.T) {
	b, path := newBench(t), newPath(t)
	o, report := b.open(t, path)
	before := snapshot(t, path)
	random := rand.New(rand.NewPCG(5, 6))
	for n := range pass.Serial(8) {
		mustAppend(t, o, validation(n+1))
		after := snapshot(t, path)
		for _, at := range cuts(random, before.wal, after.wal) {
			checkCut(t, b, report.Log, image{before.db, torn(before.wal, after.wal, at)}, int(n))
		}
		before = after
	}
}

// cuts returns the ends and some random bytes of what differs.
func cuts(random *rand.Rand, before, after []byte) []int {
	first, last := 0, len(after)
	for first < len(before) && first < last && before[first] == after[first] {
		first++
	}
	for last > first && last <= len(before) && before[last-1] == after[last-1] {
		last--
	}
	at := []int{first, first + 1, last - 1, last}
	for range 4 {
		at = append(at, first+random.IntN(max(1, last-first)))
	}
	return at
}

func checkCut(t *testing.T, b bench, log pass.LogID, im image, confirmed int) {
	t.Helper()
	path := newPath(t)
	im.restore(t, path)
	o, report, err := outbox.Open(context.Background(), path, b.Writer)
	if err != nil {
		t.Fatalf("Open after a cut = %v", err)
	}
	defer o.Close()
	if report.Log != log {
		t.Fatalf("a power cut set the log aside: %+v", report)
	}
	got := len(b.entriesOf(t, path))
	if got != confirmed && got != confirmed+1 {
		t.Fatalf("after a cut %d records; want %d, or one more", got, confirmed)
	}
	if at := mustAppend(t, o, validation(5000)); at.Seq != uint64(got)+1 {
		t.Fatalf("Append after a cut = %d; want %d", at.Seq, got+1)
	}
}

// TestMain lets the test binary be the program that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("OUTBOX_TEST_WRITE"); path != "" {
		appendForEver(path)
	}
	if os.Getenv("OUTBOX_TEST_FULL") != "" {
		mountSmall(os.Getenv("OUTBOX_TEST_FULL"))
	}
	os.Exit(m.Run())
}

// appendForEver prints each confirmed sequence number.
func appendForEver(path string) {
	seed, err := hex.DecodeString(os.Getenv("OUTBOX_TEST_SEED"))
	if err != nil {
		panic(err)
	}
	b := benchFrom(seed, os.Getenv("OUTBOX_TEST_RECIPIENT"))
	o, _, err := outbox.Open(context.Background(), path, b)
	if err != nil {
		panic(err)
	}
	for {
		at, err := o.Append(context.Background(), validation(pass.Serial(rand.Uint32())))
		if err != nil {
			panic(err)
		}
		fmt.Println(at.Seq)
	}
}

func TestKilledAnywhere(t *testing.T) {
	b, path := newBench(t), newPath(t)
	random := rand.New(rand.NewPCG(7, 8))
	var confirmed uint64
	for range 6 {
		confirmed = max(confirmed, runAndKill(t, b, path, 1+random.IntN(25)))
		if got := uint64(len(b.entriesOf(t, path))); got < confirmed {
			t.Fatalf("after a kill %d records; want at least %d", got, confirmed)
		}
	}
	if _, report := b.open(t, path); report.Fresh || len(report.Aside) != 0 {
		t.Errorf("killing damaged the file: %+v", report)
	}
}

// runAndKill kills the program once it has confirmed n records and returns the
// last number it printed.
func runAndKill(t *testing.T, b bench, path string, n int) uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "OUTBOX_TEST_WRITE="+path,
		"OUTBOX_TEST_SEED="+hex.EncodeToString(b.LedgerKey.Seed()), "OUTBOX_TEST_RECIPIENT="+b.fleet.Recipient().String())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it was killed: its error says no more
	var last uint64
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		if i == n {
			cmd.Process.Kill()
		}
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatalf("child printed %q", lines.Text())
		}
	}
	return last
}
