package health_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// An empty file fits on a full disk; nothing else does.
func TestFullDiskIsNotHealthy(t *testing.T) {
	dir := needs.SmallDisk(t, 256<<10)
	disk := health.Writable(dir)
	if !disk.Met(t.Context()) {
		t.Error("an empty disk does not keep a file")
	}
	if err := os.WriteFile(filepath.Join(dir, "hog"), make([]byte, 256<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if disk.Met(t.Context()) {
		t.Error("a full disk is called healthy")
	}
}

func TestJudge(t *testing.T) {
	answer := http.StatusOK
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	defer pages.Close()
	run := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	judge := func(data string) []string {
		return health.Judge{health.Pages(pages.Listener.Addr().String()), health.Drawn(run), health.Reader(run), health.Writable(data)}.Missing(context.Background())
	}
	check := func(name string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: Missing = %v; want %v", name, got, want)
		}
	}
	check("nothing has started", judge(filepath.Join(run, "gone")), []string{health.NeedDisplay, health.NeedReader, health.NeedDisk})
	put("readers.json", `{"readers":[]}`)
	put("display.json", `{"state":"starting"}`)
	check("a screen is starting", judge(run), []string{health.NeedDisplay})
	put("display.json", `{"state":"drawn","session":1}`)
	check("all is there", judge(run), nil)
	answer = http.StatusInternalServerError
	check("pages fail", judge(run), []string{health.NeedLauncher})
	pages.Close()
	check("pages are gone", judge(run), []string{health.NeedLauncher})
}
